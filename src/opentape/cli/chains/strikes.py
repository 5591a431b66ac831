"""Gamma by strike as bars: puts to the left, calls to the right, levels marked."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rich.text import Text

from opentape.cli import words
from opentape.desk.chain.reply import ChainReply, StrikeRow

ROWS: Final = 31
"""Strikes that are shown, those nearest to spot."""
MORE: Final = 40
"""Strikes that are shown where the levels want it."""
_WIDEST: Final = 60
_FAINT: Final = "bright_black"
_NET: Final = 8


class Shape(NamedTuple):
    """What bars are drawn with."""

    full: str
    left: str
    """The half that a bar to the left ends in."""
    right: str
    axis: str
    rule: str


_BLOCKS: Final = Shape("█", "▐", "▌", "│", "─")
_ASCII: Final = Shape("#", " ", " ", "|", "-")


class Window(NamedTuple):
    """The strikes that are shown, and what was left out on either side."""

    below: Sequence[StrikeRow]
    shown: Sequence[StrikeRow]
    above: Sequence[StrikeRow]


def scale(reply: ChainReply) -> str:
    """Return what the bars are measured in, and how long the longest is."""
    shown = window(reply).shown
    if not shown:
        return ""
    longest = words.usd(_longest(shown))
    return f"  dollars of delta for 1 % of spot, the longest bar is {longest}"


def price_text(price: float) -> str:
    """Return a spot or a strike, with cents where it has some."""
    return f"{price:.2f}".removesuffix(".00")


def window(reply: ChainReply) -> Window:
    """Return the strikes with open interest around spot, wide enough for near levels."""
    held = [row for row in reply.strikes if row.call_oi or row.put_oi]
    prices = [row.strike for row in held]
    middle = sum(price < reply.quoted_spot for price in prices)
    first = max(0, min(middle - ROWS // 2, len(held) - ROWS))
    last = min(len(held), first + ROWS)
    for level in _levels(reply).values():
        at = [place for place, price in enumerate(prices) if price <= level]
        place = max(0, at[-1] if at else 0)
        low, high = min(first, place), max(last, place + 1)
        if high - low <= MORE:
            first, last = low, high
    return Window(held[:first], held[first:last], held[last:])


def lines(reply: ChainReply, width: int, *, plain: bool) -> Iterator[Text]:
    """Yield a line a strike from the highest to the lowest, and what was left out."""
    seen = window(reply)
    if not seen.shown:
        yield Text("  no open interest is known", _FAINT)
        return
    shape = _ASCII if plain else _BLOCKS
    names = _names(reply)
    longest_name = max((len(name) for name in names.values()), default=0)
    label = max(
        len(price_text(price)) for price in [*names, *(r.strike for r in seen.shown)]
    )
    room = width - 2 - label - 1 - 1 - 1 - _NET - 2 - longest_name
    half = max(5, min(_WIDEST, (room - 1) // 2))
    unit = _longest(seen.shown) / half
    heads = f"  {'strike':>{label}} {'puts':>{half}} {'calls':<{half}}"
    yield Text(f"{heads}   {'net':>{_NET}}", _FAINT)
    yield from _rest("above", seen.above)
    between = {price: name for price, name in names.items() if _is_between(price, seen)}
    for row in reversed(seen.shown):
        for price in sorted((p for p in between if p > row.strike), reverse=True):
            yield _rule(price, between.pop(price), label, half, shape)
        yield _line(row, names.get(row.strike, ""), (label, half), unit, shape)
    yield from _rest("below", seen.below)
    yield from _beyond(names, seen)


def _levels(reply: ChainReply) -> dict[str, float]:
    known = {
        "call wall": reply.levels.call_wall,
        "put wall": reply.levels.put_wall,
        "flip": reply.levels.gamma_flip,
        "max pain": reply.levels.max_pain,
    }
    return {name: price for name, price in known.items() if price is not None}


def _names(reply: ChainReply) -> dict[float, str]:
    """Return what stands at each price that is marked."""
    names: dict[float, str] = {}
    for name, price in {"spot": reply.quoted_spot, **_levels(reply)}.items():
        names[price] = ", ".join([names[price], name] if price in names else [name])
    return names


def _is_between(price: float, seen: Window) -> bool:
    strikes = [row.strike for row in seen.shown]
    return strikes[0] < price < strikes[-1] and price not in strikes


def _longest(shown: Sequence[StrikeRow]) -> float:
    return max((max(row.call_gex, -row.put_gex) for row in shown), default=0.0) or 1.0


def _line(
    row: StrikeRow, name: str, widths: tuple[int, int], unit: float, shape: Shape
) -> Text:
    label, half = widths
    line = Text(f"  {words.strike(row.strike):>{label}} ", "bold" if name else "")
    puts = _bar(-row.put_gex / unit, shape.full, shape.left)
    line.append(puts[::-1].rjust(half), "not bold red")
    line.append(shape.axis, f"not bold {_FAINT}")
    line.append(_bar(row.call_gex / unit, shape.full, shape.right).ljust(half), "green")
    line.append(f" {words.signed_usd(row.net_gex):>{_NET}}")
    line.append(f"  {name}" if name else "")
    return line


def _bar(length: float, full: str, half: str) -> str:
    halves = round(2 * length)
    if not halves and length > 0:
        halves = 1
    return full * (halves // 2) + half * (halves % 2)


def _rule(price: float, name: str, label: int, half: int, shape: Shape) -> Text:
    style = "magenta" if name == "flip" else "bold"
    rule = shape.rule * (2 * half + 1)
    return Text(f"  {price_text(price):>{label}} {rule} {'':>{_NET}}  {name}", style)


def _rest(where: str, rows: Sequence[StrikeRow]) -> Iterator[Text]:
    if rows:
        strikes = "strike" if len(rows) == 1 else "strikes"
        net = words.signed_usd(sum(row.net_gex for row in rows))
        yield Text(f"  {len(rows):,} more {strikes} {where}, net {net}", _FAINT)


def _beyond(names: dict[float, str], seen: Window) -> Iterator[Text]:
    low, high = seen.shown[0].strike, seen.shown[-1].strike
    out = [
        f"{name} {price_text(price)}"
        for price, name in names.items()
        if not low <= price <= high
    ]
    if out:
        yield Text(f"  outside: {', '.join(out)}", _FAINT)
