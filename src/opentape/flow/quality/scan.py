"""Rows into what is wrong with each by itself, in one pass."""

import numpy as np
from numpy.typing import NDArray

from opentape.flow import pair
from opentape.flow.quality.records import NO_VENUE, Kind, Source
from opentape.flow.records import NbboState, Records, Verdict
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.conditions import Condition
from opentape.market.open_interest import UNKNOWN_OI
from opentape.pricing.jit import kernel, stage

MOST = 3
"""Flaws of one row, at most: late, its quote, no open interest."""
_FOLDED, _LATE, _CANCEL = int(Verdict.FOLDED), int(Verdict.LATE), int(Verdict.CANCEL)
_DUPLICATE, _EXPIRED = int(Verdict.DUPLICATE), int(Verdict.EXPIRED)
_BAD_TICK, _ABSURD = int(Verdict.BAD_TICK), int(Verdict.ABSURD_PRICE)
_OVERFLOW = int(Verdict.VOLUME_OVERFLOW)
_EXCLUDED, _REGULAR = int(Condition.EXCLUDED), int(Condition.REGULAR)
_OK, _CROSSED, _STALE = int(NbboState.OK), int(NbboState.CROSSED), int(NbboState.STALE)
_ONE_SIDED, _MISSING = int(NbboState.ONE_SIDED), int(NbboState.MISSING)
_AGAIN, _BEHIND, _OFF = int(Kind.DUPLICATE), int(Kind.LATE), int(Kind.OFF_QUOTE)
_PRICE, _SIZE = int(Kind.IMPOSSIBLE_PRICE), int(Kind.IMPOSSIBLE_SIZE)
_OVER, _NO_OI = int(Kind.EXPIRED_CONTRACT), int(Kind.MISSING_OI)
_CROSS, _NO_QUOTE = int(Kind.CROSSED_NBBO), int(Kind.MISSING_NBBO)
_OLD = int(Kind.STALE_NBBO)
_OPTIONS, _STOCKS = int(Source.OPTION_PRINTS), int(Source.STOCK_PRINTS)
_INTEREST = int(Source.OPEN_INTEREST)
_UNKNOWN_OI, _NO_VENUE = UNKNOWN_OI, NO_VENUE
_NONE = -1


@kernel
def options(
    batch: PrintBatch,
    verdicts: NDArray[np.uint8],
    interest: NDArray[np.int64],
    noted: NDArray[np.bool_],
    volume: NDArray[np.int64],
    now: NDArray[np.int64],
    numbers: NDArray[np.int64],
    found: Records,
) -> tuple[int, int]:
    """Write what is wrong with each row of a batch; return how many, and how many odd rows.

    Odd are cancels, rejects, and prints with one of some `numbers`, which ascend. `volume`,
    `now` and `noted` are state: contracts traded, the newest instant, and contracts whose
    open interest is told or was found missing.
    """
    count, odd = 0, 0
    for i in range(batch.ts_event.size):
        verdict, place = int(verdicts[i]), int(batch.contract[i])
        ts = batch.ts_event[i]
        kind, value = of_verdict(verdict, int(batch.price[i]), max(now[0] - ts, 0))
        if verdict <= _CANCEL:
            now[0] = max(now[0], ts)
        odd += verdict >= _CANCEL and verdict != _DUPLICATE
        if kind != _NONE:
            note(batch, i, kind, value, found[count])
            count += 1
        if verdict > _LATE:
            continue
        volume[place] += batch.size[i]
        odd += among(batch.sequence[i], numbers)
        kind, value = of_quote(
            int(batch.price[i]), int(batch.bid[i]), int(batch.ask[i]),
            int(batch.condition[i]), int(batch.marks[i]),
        )  # fmt: skip
        if kind != _NONE:
            note(batch, i, kind, value, found[count])
            count += 1
        if not noted[place]:
            noted[place] = True
            if interest[place] == _UNKNOWN_OI:
                note(batch, i, _NO_OI, 0, found[count])
                found[count]["source"] = _INTEREST
                count += 1
    return count, odd


@kernel
def stocks(
    batch: StockBatch, first: int, late_ns: int, now: NDArray[np.int64], found: Records
) -> int:
    """Write what is wrong with each stock print, rows from `first`; return how many."""
    count = 0
    for i in range(batch.ts_event.size):
        price, size, ts = int(batch.price[i]), int(batch.size[i]), batch.ts_event[i]
        bid, ask = int(batch.bid[i]), int(batch.ask[i])
        nbbo = pair.nbbo_state(bid, ask, 0)
        verdict = pair.fitness(price, size, bid, ask, _REGULAR, nbbo)
        behind = now[0] - ts
        now[0] = max(now[0], ts)
        kind, value = of_verdict(verdict, price, 0)
        if kind == _NONE and behind > late_ns:
            kind, value = _BEHIND, behind
        if kind == _NONE:
            kind, value = broken(nbbo), 0
        if kind == _NONE:
            continue
        one = found[count]
        one["ts"], one["last"], one["sequence"], one["row"] = ts, ts, 0, first + i
        one["count"], one["value"], one["place"] = 1, value, batch.symbol[i]
        one["kind"], one["source"], one["venue"] = kind, _STOCKS, _NO_VENUE
        count += 1
    return count


@stage
def among(number: int, numbers: NDArray[np.int64]) -> int:
    """Return 1 where a number is one of some that ascend, else 0."""
    low, high = 0, numbers.size
    while low < high:
        middle = (low + high) // 2
        if numbers[middle] < number:
            low = middle + 1
        else:
            high = middle
    return int(low < numbers.size and numbers[low] == number)


@stage
def of_verdict(verdict: int, price: int, behind: int) -> tuple[int, int]:
    """Return what a verdict says is wrong with a row, and what of it a sentence tells."""
    if verdict == _FOLDED:
        return _NONE, 0
    if verdict == _LATE:
        return _BEHIND, behind
    if verdict == _DUPLICATE:
        return _AGAIN, 0
    if verdict == _ABSURD or (verdict == _BAD_TICK and price <= 0):
        return _PRICE, price
    if verdict in (_BAD_TICK, _OVERFLOW):
        return _SIZE, 0
    return (_OVER, 0) if verdict == _EXPIRED else (_NONE, 0)


@stage
def of_quote(price: int, bid: int, ask: int, condition: int, marks: int) -> tuple[int, int]:
    """Return what is wrong with the quote of a print that counts.

    A print of a class that trades at the market stands within one spread of it.
    """
    if condition == _EXCLUDED:
        return _NONE, 0
    nbbo = pair.nbbo_state(bid, ask, marks)
    outside = max(price - ask, bid - price)
    if nbbo == _OK and outside > ask - bid and pair.may_sign(condition, nbbo):
        return _OFF, outside
    return broken(nbbo), 0


@stage
def broken(nbbo: int) -> int:
    """Return the kind of a quote that is no market, -1 for a market."""
    if nbbo == _CROSSED:
        return _CROSS
    if nbbo in (_MISSING, _ONE_SIDED):
        return _NO_QUOTE
    return _OLD if nbbo == _STALE else _NONE


@stage
def note(batch: PrintBatch, i: int, kind: int, value: int, one: np.void) -> None:
    """Write down a flaw of one row."""
    one["ts"] = one["last"] = batch.ts_event[i]
    one["sequence"], one["row"] = batch.sequence[i], batch.row[i]
    one["count"], one["value"], one["place"] = 1, value, batch.contract[i]
    one["kind"], one["source"], one["venue"] = kind, _OPTIONS, batch.venue[i]


@kernel
def enter(
    batch: PrintBatch,
    verdicts: NDArray[np.uint8],
    first: int,
    waiting: Records,
    held: int,
) -> tuple[int, int]:
    """Keep the rows of a batch that have a number; return how far it came, and rows held.

    It stops where there is no more room. Repeats are not kept.
    """
    i = first
    while i < batch.ts_event.size and held < waiting.size:
        if batch.sequence[i] > 0 and verdicts[i] != _DUPLICATE:
            one = waiting[held]
            one["sequence"], one["row"] = batch.sequence[i], batch.row[i]
            one["ts"], one["place"] = batch.ts_event[i], batch.contract[i]
            one["venue"] = batch.venue[i]
            one["refused"] = verdicts[i] > _CANCEL
            held += 1
        i += 1
    return i, held
