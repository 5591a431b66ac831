"""One print and the quote before it: who crossed, and where the price stood."""

from typing import NamedTuple

from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE
from opentape.market.conditions import CLASSES, Condition
from opentape.market.money import NANOS, UNKNOWN

_CENT = NANOS // 100
_PART_OF_SPREAD = 20
_GOOD = ("ok", "venue")
_NAMED = {Condition.BUY_AGGRESSOR: "buy", Condition.SELL_AGGRESSOR: "sell"}
_MAY_SIGN = {rule.condition for rule in CLASSES if rule.signed}


class Print(NamedTuple):
    """One print; its fields are those of `PrintBatch`."""

    row: int
    entry: int
    """Number of the entry that it came with."""
    ts: int
    sequence: int
    contract: int
    price: int
    size: int
    bid: int
    ask: int
    spot: int
    venue: int
    condition: int
    marks: int


def state_of(one: Print) -> str:
    """Return what the quote before a print was good for."""
    bid, ask = one.bid, one.ask
    if (bid == ask == UNKNOWN) or (bid == ask == 0):
        return "missing"
    if ask <= 0 or bid < 0:
        return "one_sided"
    if bid >= ask:
        return "locked" if bid == ask else "crossed"
    if one.marks & STALE_QUOTE:
        return "stale"
    return "venue" if one.marks & VENUE_QUOTE else "ok"


def side_of(one: Print, *, timely: bool) -> str:
    """Return who crossed: twice the price against the sum of the quote, in nanodollars.

    Parameters
    ----------
    timely
        Whether it is not too soon after the open.
    """
    if not timely:
        return "mid"
    if one.condition in _NAMED:
        return _NAMED[Condition(one.condition)]
    if not _may_sign(one) or 2 * one.price == one.bid + one.ask:
        return "mid"
    return "buy" if 2 * one.price > one.bid + one.ask else "sell"


def aggressor_of(one: Print, *, timely: bool) -> str:
    """Return where the price stood; near is a cent or 5 % of the spread, what is less."""
    if not timely or not _may_sign(one):
        return "mid"
    if one.price > one.ask:
        return "above_ask"
    if one.price < one.bid:
        return "below_bid"
    if _near(one.ask - one.price, one.ask - one.bid):
        return "at_ask"
    return "at_bid" if _near(one.price - one.bid, one.ask - one.bid) else "mid"


def _may_sign(one: Print) -> bool:
    return one.condition in _MAY_SIGN and state_of(one) in _GOOD


def _near(away: int, spread: int) -> bool:
    return away <= _CENT and _PART_OF_SPREAD * away <= spread
