"""How numbers, instants and contracts are spelled for people."""

import datetime as dt
from typing import Final

from opentape.cli.arguments import NEW_YORK

_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_MILLISECONDS_END: Final = 23
_UNITS: Final = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
_ROUNDS_UP: Final = 0.9995
_TEN, _HUNDRED = 10, 100


def usd(amount: float) -> str:
    """Return dollars in three digits.

    Examples
    --------
    >>> usd(1_860_000), usd(87_541), usd(412), usd(999_900)
    ('$1.86M', '$87.5K', '$412', '$1.00M')
    """
    for unit, name in _UNITS:
        if amount >= unit * _ROUNDS_UP:
            value = amount / unit
            decimals = 2 if value < _TEN else 1 if value < _HUNDRED else 0
            return f"${value:.{decimals}f}{name}"
    return f"${amount:.0f}"


def signed_usd(amount: float | None) -> str:
    """Return dollars in three digits with their sign, a dash where they are not known.

    Examples
    --------
    >>> signed_usd(-3_917_835_882), signed_usd(28_200_000), signed_usd(None)
    ('-$3.92B', '+$28.2M', '-')
    """
    if amount is None:
        return "-"
    text = usd(abs(amount))
    if text == "$0":
        return text
    return f"{'-' if amount < 0 else '+'}{text}"


def percent(fraction: float | None, decimals: int = 1) -> str:
    """Return a fraction as a percentage, a dash where it is not known.

    Examples
    --------
    >>> percent(0.1312), percent(-0.0046, 2), percent(None)
    ('13.1', '-0.46', '-')
    """
    return "-" if fraction is None else f"{100 * fraction:.{decimals}f}"


def count(contracts: int | None) -> str:
    """Return a number of contracts, a dash where it is not known."""
    return "-" if contracts is None else f"{contracts:,}"


def dollars(price: float | None) -> str:
    """Return a price with two to four decimals, a dash where there is none.

    Examples
    --------
    >>> dollars(12.4), dollars(12.4025), dollars(None)
    ('12.40', '12.4025', '-')
    """
    if price is None:
        return "-"
    text = f"{price:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


def strike(price: float) -> str:
    """Return a strike with the decimals it has."""
    return f"{price:.3f}".rstrip("0").rstrip(".")


def expiry(date: dt.date) -> str:
    """Return a date in seven characters: ``19Jun26``."""
    return f"{date.day:02d}{_MONTHS[date.month - 1]}{date.year % 100:02d}"


def new_york(ts: str) -> dt.datetime:
    """Return an instant of the wire as New York time."""
    return dt.datetime.fromisoformat(ts).astimezone(NEW_YORK)


def date_of(ts_ns: int) -> dt.date:
    """Return the date in New York of an instant."""
    return instant(ts_ns).date()


def instant(ts_ns: int) -> dt.datetime:
    """Return an instant in New York, to the second."""
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000_000, NEW_YORK)


def clock(ts: str) -> str:
    """Return the time of day in New York, with milliseconds.

    Examples
    --------
    >>> clock("2016-06-01T13:48:28.925999Z")
    '09:48:28.925'
    """
    return new_york(ts).isoformat(timespec="milliseconds")[11:_MILLISECONDS_END]


def signed(contracts: int) -> str:
    """Return contracts with their sign, none on 0."""
    return f"{contracts:+,}" if contracts else "0"


def bars(points: tuple[int, ...], weights: tuple[float, ...], *, plain: bool) -> str:
    """Return a bar a part, full where it has all its points, a dot where it has none.

    Examples
    --------
    >>> bars((22, 9, 0), (22.0, 18.0, 14.0), plain=False)
    '█▄·'
    >>> bars((22, 9, 0), (22.0, 18.0, 14.0), plain=True)
    '84.'
    """
    return "".join(
        _bar(got, full, plain=plain) for got, full in zip(points, weights, strict=True)
    )


def _bar(got: int, full: float, *, plain: bool) -> str:
    if got <= 0:
        return "." if plain else "·"
    eighths = max(1, min(8, round(8 * got / full))) if full > 0 else 8
    return str(eighths) if plain else _EIGHTHS[eighths]
