"""Pair each print with the quote before it: side by the quote rule, aggressor by geometry.

What can be read from a print alone is read for a block of prints at once, without a branch:
nobody can predict which way the next print crossed, least of all a processor.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.records import Aggressor, NbboState, Side, Verdict
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, PrintBatch
from opentape.market.conditions import SIGNED, SWEEPS, Condition
from opentape.market.money import NANOS, UNKNOWN
from opentape.pricing.jit import kernel, stage

SIDE_BITS: Final = 0b11
"""A reading is one number: side on two bits, then aggressor, NBBO, verdict, sweeps."""
AGGRESSOR_AT: Final = 2
NBBO_AT: Final = 5
THREE_BITS: Final = 0b111
VERDICT_AT: Final = 8
VERDICT_BITS: Final = 0b1111
MAY_SWEEP: Final = 1 << 12

_CENT: Final = NANOS // 100
_SHARE_OF_SPREAD: Final = 20
"""One twentieth: a print within 5 % of the spread of a quote is at it."""
_ABSURD: Final = 10
"""A price beyond ten times the ask, or a tenth of the bid, is a typing error."""

_MAY_BE_SIGNED: Final = sum(1 << kind for kind in Condition if SIGNED[kind])
_MAY_JOIN: Final = sum(1 << kind for kind in Condition if SWEEPS[kind])
_NAMED_BUY, _NAMED_SELL = int(Condition.BUY_AGGRESSOR), int(Condition.SELL_AGGRESSOR)
_EXCLUDED, _CANCEL = int(Condition.EXCLUDED), int(Condition.CANCEL)
_BUY, _SELL, _MID = int(Side.BUY), int(Side.SELL), int(Side.MID)
_AT_ASK, _ABOVE_ASK = int(Aggressor.AT_ASK), int(Aggressor.ABOVE_ASK)
_AT_BID, _BELOW_BID = int(Aggressor.AT_BID), int(Aggressor.BELOW_BID)
_OK, _LOCKED, _CROSSED = int(NbboState.OK), int(NbboState.LOCKED), int(NbboState.CROSSED)
_ONE_SIDED, _MISSING = int(NbboState.ONE_SIDED), int(NbboState.MISSING)
_STALE, _VENUE = int(NbboState.STALE), int(NbboState.VENUE)
_FOLDED, _CANCELS = int(Verdict.FOLDED), int(Verdict.CANCEL)
_BAD_TICK, _ABSURD_PRICE = int(Verdict.BAD_TICK), int(Verdict.ABSURD_PRICE)


@stage
def cut(batch: PrintBatch, start: int, stop: int) -> PrintBatch:
    """Return a block of a batch: within it no place is negative, which saves a test."""
    return PrintBatch(
        batch.ts_event[start:stop],
        batch.sequence[start:stop],
        batch.row[start:stop],
        batch.contract[start:stop],
        batch.price[start:stop],
        batch.size[start:stop],
        batch.bid[start:stop],
        batch.ask[start:stop],
        batch.spot[start:stop],
        batch.venue[start:stop],
        batch.condition[start:stop],
        batch.marks[start:stop],
        batch.cancels[start:stop],
    )


@kernel
def read(block: PrintBatch, rules: np.void, readings: NDArray[np.uint16]) -> None:
    """Write the reading of each print of a block."""
    begins, ends = rules["unsigned_from"], rules["unsigned_to"]
    for i in range(block.ts_event.size):
        price, bid, ask = int(block.price[i]), int(block.bid[i]), int(block.ask[i])
        condition, marks, ts = (
            int(block.condition[i]),
            int(block.marks[i]),
            block.ts_event[i],
        )
        timely = int((ts < begins) | (ts >= ends))
        nbbo = nbbo_state(bid, ask, marks)
        signed = timely * may_sign(condition, nbbo)
        side = side_of(price, bid, ask, condition, signed, timely)
        verdict = fitness(price, int(block.size[i]), bid, ask, condition, nbbo)
        sweeps = (_MAY_JOIN >> condition & 1) * int(side != _MID)
        readings[i] = (
            side
            | aggressor_of(price, bid, ask, signed) << AGGRESSOR_AT
            | nbbo << NBBO_AT
            | verdict << VERDICT_AT
            | sweeps * MAY_SWEEP
        )


@stage
def choose(flag: bool, yes: int, no: int) -> int:
    """Return one of two numbers; both are at hand, so it is no branch."""
    return yes if flag else no


@stage
def nbbo_state(bid: int, ask: int, marks: int) -> int:
    """Return what a quote is good for; only `OK` and `VENUE` give a side.

    A zero bid under a positive ask is a market like any other: cheap options trade so.
    """
    unknown = (bid == UNKNOWN) & (ask == UNKNOWN)
    state = choose(marks & VENUE_QUOTE != 0, _VENUE, _OK)
    state = choose(marks & STALE_QUOTE != 0, _STALE, state)
    state = choose(bid == ask, _LOCKED, choose(bid > ask, _CROSSED, state))
    state = choose((ask <= 0) | (bid < 0), _ONE_SIDED, state)
    return choose(unknown | ((bid == 0) & (ask == 0)), _MISSING, state)


@stage
def may_sign(condition: int, nbbo: int) -> int:
    """Return 1 where the quote rule may give a print a side, else 0."""
    return (_MAY_BE_SIGNED >> condition & 1) * ((nbbo == _OK) | (nbbo == _VENUE))


@stage
def side_of(
    price: int, bid: int, ask: int, condition: int, signed: int, timely: int
) -> int:
    """Return who crossed: above the middle of the quote a buy, below it a sell.

    In whole nanodollars, so that a print exactly at the middle gets no side. A condition
    that names the aggressor is believed, unless the print is too soon after the open.
    """
    twice = 2 * price - bid - ask
    side = _MID - signed * (2 * (twice > 0) + (twice < 0))
    side = choose(condition == _NAMED_BUY, _MID - timely * (_MID - _BUY), side)
    return choose(condition == _NAMED_SELL, _MID - timely * (_MID - _SELL), side)


@stage
def aggressor_of(price: int, bid: int, ask: int, signed: int) -> int:
    """Return where the price stood; at a quote is within a cent and 5 % of the spread."""
    under, over, spread = ask - price, price - bid, ask - bid
    near_ask = (under >= 0) & (under <= _CENT) & (under * _SHARE_OF_SPREAD <= spread)
    near_bid = (over >= 0) & (over <= _CENT) & (over * _SHARE_OF_SPREAD <= spread)
    beyond = _ABOVE_ASK * (under < 0) + _BELOW_BID * (over < 0)
    return signed * (beyond + _AT_ASK * near_ask + _AT_BID * near_bid)


@stage
def fitness(price: int, size: int, bid: int, ask: int, condition: int, nbbo: int) -> int:
    """Return the verdict that a row deserves by itself.

    Prints that may report off the market (class `EXCLUDED`) and prints under a crossed
    quote are not held against it.
    """
    high = (ask > 0) & (price > _ABSURD * ask)
    low = (bid > 0) & (price * _ABSURD < bid)
    judged = (nbbo != _CROSSED) & (condition != _EXCLUDED)
    verdict = choose(judged & (high | low), _ABSURD_PRICE, _FOLDED)
    verdict = choose((price <= 0) | (size <= 0), _BAD_TICK, verdict)
    return choose(condition == _CANCEL, _CANCELS, verdict)
