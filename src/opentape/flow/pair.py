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
_AT_MID = int(Aggressor.MID)
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
def side_of(
    price: int, bid: int, ask: int, condition: int, nbbo: int, signed: bool
) -> int:
    """Return who crossed: above the middle of the quote a buy, below it a sell.

    In whole nanodollars, so that a print exactly at the middle gets no side. A condition
    that names the aggressor is believed; one that may not be signed gets none, and neither
    does any print while `signed` is false.
    """
    if not signed:
        return _MID
    if condition == _NAMED_BUY:
        return _BUY
    if condition == _NAMED_SELL:
        return _SELL
    usable = nbbo in (_OK, _VENUE)
    if not usable or not SIGNED[condition]:
        return _MID
    twice = 2 * price - bid - ask
    if twice == 0:
        return _MID
    return _BUY if twice > 0 else _SELL


@stage
def aggressor_of(
    price: int, bid: int, ask: int, condition: int, nbbo: int, signed: bool
) -> int:
    """Return where the price stood: at a quote means within a cent and 5 % of the spread."""
    usable = signed and nbbo in (_OK, _VENUE)
    if not usable or not SIGNED[condition]:
        return _AT_MID
    if price > ask:
        return _ABOVE_ASK
    if price < bid:
        return _BELOW_BID
    reach = min(_CENT, (ask - bid) // _SHARE_OF_SPREAD)
    if ask - price <= reach:
        return _AT_ASK
    return _AT_BID if price - bid <= reach else _AT_MID
