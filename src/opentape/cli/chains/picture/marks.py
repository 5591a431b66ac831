"""What the panels of a picture share: colours, a span, levels and their labels."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from matplotlib.axes import Axes

from opentape.desk.chain.reply import ChainReply

INK: Final = "#2b2b2b"
GREY: Final = "#6f6f6f"
FAINT: Final = "#c4c4c4"
CALLS: Final = "#22936a"
PUTS: Final = "#cc4055"
FLIP: Final = "#7b35bd"
PAIN: Final = "#b97a00"
_UNITS: Final = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
_MONTH_DAYS: Final = 30
_NARROWEST, _WIDEST, _USUAL = 0.05, 0.40, 0.10
_ROOM: Final = 0.03
_LETTER: Final = 0.0057
"""Width of a letter of a label in widths of the figure."""
_LANE: Final = 0.072
"""Height of a row of labels in heights of a panel."""


class Span(NamedTuple):
    """The strikes and spots that a picture shows, in dollars."""

    low: float
    high: float

    def holds(self, price: float) -> bool:
        """Return whether a price lies inside."""
        return self.low <= price <= self.high


class Mark(NamedTuple):
    """A level: a line with a label, or several that stand at one price."""

    price: float
    name: str
    colour: str
    dashes: str


def span_of(reply: ChainReply) -> Span:
    """Return what is shown: two deviations of a month around spot, and the levels."""
    reach = _reach(reply)
    low, high = reply.quoted_spot * (1 - reach), reply.quoted_spot * (1 + reach)
    furthest = Span(
        reply.quoted_spot * (1 - 2 * reach), reply.quoted_spot * (1 + 2 * reach)
    )
    near = [mark.price for mark in levels_of(reply) if furthest.holds(mark.price)]
    room = _ROOM * (high - low)
    return Span(
        min([low, *(price - room for price in near)]),
        max([high, *(price + room for price in near)]),
    )


def spot_of(reply: ChainReply) -> Mark:
    """Return spot."""
    return Mark(reply.quoted_spot, "spot", INK, "-")


def levels_of(reply: ChainReply, *, held: bool = False) -> list[Mark]:
    """Return spot and the levels that are known, in order of their price.

    `held` asks for those of open interest: max pain instead of the flip.
    """
    levels = reply.levels
    all_of_them = [
        (reply.quoted_spot, "spot", INK, "-"),
        (None if held else levels.gamma_flip, "gamma flip", FLIP, "--"),
        (levels.call_wall, "call wall", CALLS, "--"),
        (levels.put_wall, "put wall", PUTS, "--"),
        (levels.max_pain if held else None, "max pain", PAIN, ":"),
    ]
    found: dict[float, Mark] = {}
    for price, name, *drawn in all_of_them:
        if price in found:
            mark = found[price]
            found[price] = mark._replace(name=f"{mark.name}, {name}")
        elif price is not None:
            found[price] = Mark(price, name, *drawn)
    return [found[price] for price in sorted(found)]


def draw_levels(axes: Axes, marked: Sequence[Mark], span: Span) -> None:
    """Draw levels from the left to the right, each label below those it would cross.

    Call it last: it makes room for the labels above what is drawn.
    """
    letter = _LETTER / axes.get_position().width
    placed: list[tuple[Mark, float, float, int]] = []
    for mark in marked:
        wide = letter * (len(label_of(mark, span)) + 2)
        share = (mark.price - span.low) / (span.high - span.low)
        start = min(max(share, 0.0), 1 - wide)
        crossed = [lane for _, _, end, lane in placed if end > start]
        placed.append((mark, start, start + wide, 1 + max(crossed, default=-1)))
    lanes = 1 + max((lane for *_, lane in placed), default=-1)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, bottom + (top - bottom) / (1 - _LANE * (lanes + 0.3)))
    for mark, start, _, lane in placed:
        height = 1 - _LANE * (lane + 0.5)
        if span.holds(mark.price):
            axes.axvline(
                mark.price, 0, height + 0.4 * _LANE,
                color=mark.colour, linestyle=mark.dashes, linewidth=1.4,
            )  # fmt: skip
        axes.text(
            start + 0.5 * letter, height, label_of(mark, span), transform=axes.transAxes,
            color=mark.colour, fontweight="bold", va="center",
        )  # fmt: skip


def label_of(mark: Mark, span: Span) -> str:
    """Return a level's name and price, with an arrow where it lies outside."""
    text = f"{mark.name} {price_of(mark.price)}"
    if mark.price < span.low:
        return f"← {text}"
    return f"{text} →" if mark.price > span.high else text


def price_of(price: float) -> str:
    """Return a price in whole dollars or with cents."""
    return f"{price:,.2f}".removesuffix(".00")


def unit_of(most: float) -> tuple[float, str]:
    """Return what to divide by and its name, for amounts of up to so much."""
    return next(((unit, name) for unit, name in _UNITS if most >= unit), (1.0, ""))


def money(amount: float) -> str:
    """Return dollars in three digits with the sign before them: ``-$3.92 bn``."""
    unit, name = unit_of(abs(amount) * 1.0005)
    value = abs(amount) / unit
    decimals = max(0, 2 - int(math.log10(value))) if value >= 1 else 2
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}${value:.{decimals}f} {name}".rstrip()


def _reach(reply: ChainReply) -> float:
    known = [row for row in reply.expiries if row.atm_iv is not None and row.years > 0]
    if not known:
        return _USUAL
    month = min(known, key=lambda row: abs(row.dte - _MONTH_DAYS))
    deviations = 2 * (month.atm_iv or 0.0) * math.sqrt(_MONTH_DAYS / 365)
    return min(max(deviations, _NARROWEST), _WIDEST)
