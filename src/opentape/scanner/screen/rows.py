"""A signal as the cells of a row: what fits into how many columns."""

import datetime as dt
from collections.abc import Callable
from typing import Final, cast

import msgspec
from rich.text import Text

from opentape.scanner.lines import UNKNOWN, count, instant, is_instant
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.rule import NEW_YORK

STYLES: Final = {"bullish": "green", "bearish": "red"}
WEIGHTS: Final = (22, 18, 14, 12, 22, 12)
"""What each part of a score may have."""
_EIGHTHS: Final = "▁▂▃▄▅▆▇█"
_UNITS: Final = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
_GOLDEN: Final = "bold yellow"
_GAP: Final = 2
_ARROWS: Final = {"bullish": "▲", "bearish": "▼"}


class Cell(msgspec.Struct, frozen=True):
    """One column of the tape."""

    title: str
    width: int
    rank: int
    """Which go first where there is no room: the highest."""
    read: Callable[[Facts], str]
    right: bool = False
    least: int = 0
    """Width that is enough where there is no more; 0 for all of it."""


def usd(amount: float | None) -> str:
    """Return dollars in three digits.

    Examples
    --------
    >>> usd(1_860_000.0), usd(12_300), usd(None)
    ('$1.86M', '$12.3K', '-')
    """
    if amount is None:
        return UNKNOWN
    for unit, letter in _UNITS:
        if amount >= unit:
            return f"${amount / unit:.3g}{letter}"
    return f"${amount:.0f}"


def contract(facts: Facts) -> str:
    """Return expiry, strike and right in a few letters: ``29May26 950C``."""
    signal = facts.signal
    if not signal.expiry:
        return UNKNOWN
    day = dt.date.fromisoformat(signal.expiry)
    return f"{day:%d%b%y} {signal.strike:g}{signal.right}"


def time(facts: Facts) -> str:
    """Return the time of day of a signal in New York."""
    ts = facts.signal.ts
    return f"{instant(ts).astimezone(NEW_YORK):%H:%M:%S}" if is_instant(ts) else UNKNOWN


def parts(facts: Facts) -> str:
    """Return a bar for each part of the score, full where it has all its points."""
    points = msgspec.structs.astuple(facts.signal.score_breakdown)
    return "".join(_bar(got, most) for got, most in zip(points, WEIGHTS, strict=True))


def structure(facts: Facts) -> str:
    """Return how it was executed: ``sweep 4/3`` is of four prints on three exchanges."""
    signal = facts.signal
    if signal.structure != "sweep" or not signal.legs:
        return signal.structure or UNKNOWN
    return f"sweep {signal.legs}/{len(signal.venues)}"


def intent(facts: Facts) -> str:
    """Return which way it bets."""
    told = facts.signal.intent or UNKNOWN
    return f"{_ARROWS.get(told, ' ')} {told}"


def bias(facts: Facts) -> str:
    """Return whether its contract opens, ``opening``, closes, or is ``unknown``."""
    return (facts.signal.open_close_bias or UNKNOWN).removesuffix("_bias")


def golden(facts: Facts) -> str:
    """Return the score, starred where it is golden."""
    star = "★" if "golden" in facts.signal.tags else " "
    # another server of the wire may leave it out
    score = cast("int | None", facts.signal.score)
    return f"{UNKNOWN if score is None else score}{star}"


def greek(value: float | None, digits: int) -> str:
    """Return a number with so many digits."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


CELLS: Final = (
    Cell("score", 5, 0, golden, right=True),
    Cell("time", 8, 0, time),
    Cell("symbol", 6, 0, lambda facts: facts.symbol),
    Cell("contract", 14, 0, contract),
    Cell("side", 4, 1, lambda facts: facts.signal.side or UNKNOWN),
    Cell("size", 7, 1, lambda facts: count(facts.signal.size), right=True),
    Cell("premium", 7, 0, lambda facts: usd(facts.signal.premium), right=True),
    Cell("intent", 9, 2, intent),
    Cell("parts", 6, 3, parts),
    Cell("structure", 10, 4, structure),
    Cell("bias", 7, 5, bias),
    Cell("iv", 5, 6, lambda facts: greek(facts.signal.enrichment.iv, 3), right=True),
    Cell("delta", 6, 7, lambda facts: greek(facts.signal.enrichment.delta, 2), right=True),
    Cell("oi", 8, 8, lambda facts: count(facts.signal.open_interest), right=True),
    Cell("tags", 34, 9, lambda facts: " ".join(facts.signal.tags) or UNKNOWN, least=12),
)


def fitting(width: int) -> list[Cell]:
    """Return the columns that fit a width, in their order.

    Examples
    --------
    >>> [cell.title for cell in fitting(70)]
    ['score', 'time', 'symbol', 'contract', 'side', 'size', 'premium']
    """
    room, taken = width, dict[str, int]()
    for cell in sorted(CELLS, key=lambda one: one.rank):
        given = min(cell.width, max(room - _GAP, cell.least or cell.width))
        room -= given + _GAP
        if room >= 0 or cell.rank == 0:
            taken[cell.title] = given
    return [
        msgspec.structs.replace(cell, width=taken[cell.title])
        for cell in CELLS
        if cell.title in taken
    ]


def cells(facts: Facts, columns: list[Cell]) -> list[Text]:
    """Return a signal as the cells of a row, in the colour of its intent."""
    style = STYLES.get(facts.signal.intent, "")
    return [
        Text(
            (told := cell.read(facts))[: cell.width],
            style=_GOLDEN if "★" in told else style,
            justify="right" if cell.right else "left",
            no_wrap=True,
        )
        for cell in columns
    ]


def _bar(got: float | None, most: int) -> str:
    if not got or got <= 0:
        return "·"
    return _EIGHTHS[min(7, max(0, round(8 * got / most) - 1))]
