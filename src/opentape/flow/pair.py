"""Pair each print with the quote before it: side by the quote rule, aggressor by geometry."""

from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE
from opentape.market.conditions import SIGNED, Condition
from opentape.market.money import NANOS, UNKNOWN
from opentape.flow.records import Aggressor, NbboState, Side
from opentape.pricing.jit import stage

_CENT = NANOS // 100
_SHARE_OF_SPREAD = 20
"""One twentieth: a print within 5 % of the spread of a quote is at it."""

_BUY, _SELL, _MID = int(Side.BUY), int(Side.SELL), int(Side.MID)
_NAMED_BUY, _NAMED_SELL = int(Condition.BUY_AGGRESSOR), int(Condition.SELL_AGGRESSOR)
_AT_ASK, _ABOVE_ASK = int(Aggressor.AT_ASK), int(Aggressor.ABOVE_ASK)
_AT_BID, _BELOW_BID = int(Aggressor.AT_BID), int(Aggressor.BELOW_BID)
_OK, _LOCKED, _CROSSED = int(NbboState.OK), int(NbboState.LOCKED), int(NbboState.CROSSED)
_ONE_SIDED, _MISSING = int(NbboState.ONE_SIDED), int(NbboState.MISSING)
_STALE, _VENUE = int(NbboState.STALE), int(NbboState.VENUE)


@stage
def nbbo_state(bid: int, ask: int, marks: int) -> int:
    """Return what a quote is good for; only `OK` and `VENUE` give a side.

    A zero bid under a positive ask is a market like any other: cheap options trade so.
    """
    if (bid == UNKNOWN and ask == UNKNOWN) or (bid == 0 and ask == 0):
        return _MISSING
    if ask <= 0 or bid < 0:
        return _ONE_SIDED
    if bid >= ask:
        return _LOCKED if bid == ask else _CROSSED
    if marks & STALE_QUOTE:
        return _STALE
    return _VENUE if marks & VENUE_QUOTE else _OK


@stage
def may_sign(condition: int, nbbo: int) -> int:
    """Return 1 where the quote rule may give a print a side, else 0."""
    return SIGNED[condition] & ((nbbo == _OK) | (nbbo == _VENUE))


@stage
def side_of(price: int, bid: int, ask: int, condition: int, signed: int) -> int:
    """Return who crossed: above the middle of the quote a buy, below it a sell.

    In whole nanodollars, so that a print exactly at the middle gets no side. Without a
    branch, because nobody can predict it. A condition that names the aggressor is believed.
    """
    twice = 2 * price - bid - ask
    side = _MID - signed * (2 * (twice > 0) + (twice < 0))
    if condition == _NAMED_BUY:
        return _BUY
    return _SELL if condition == _NAMED_SELL else side


@stage
def aggressor_of(price: int, bid: int, ask: int, signed: int) -> int:
    """Return where the price stood: at a quote means within a cent and 5 % of the spread."""
    under, over = ask - price, price - bid
    spread = ask - bid
    above, below = under < 0, over < 0
    at_ask = (0 <= under) & (under <= _CENT) & (under * _SHARE_OF_SPREAD <= spread)
    at_bid = (0 <= over) & (over <= _CENT) & (over * _SHARE_OF_SPREAD <= spread)
    return signed * (
        _ABOVE_ASK * above + _BELOW_BID * below + _AT_ASK * at_ask + _AT_BID * at_bid
    )
