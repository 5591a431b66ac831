"""Batches into the prints that count, each with its side."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow import pair
from opentape.flow.raw.records import ALWAYS, NEVER
from opentape.flow.records import Records, Verdict
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.conditions import Condition
from opentape.pricing.jit import kernel

_LATE, _FOLDED = int(Verdict.LATE), int(Verdict.FOLDED)
_EXCLUDED, _REGULAR = int(Condition.EXCLUDED), int(Condition.REGULAR)
_NEVER, _ALWAYS = NEVER, ALWAYS
MOST_SHARES: Final = 1 << 31
"""No print of a stock has so many; one that says so is not counted."""
_MOST = MOST_SHARES


@kernel
def options(
    batch: PrintBatch,
    verdicts: NDArray[np.uint8],
    rule: Records,
    readings: NDArray[np.uint16],
    trades: Records,
) -> int:
    """Write the prints of a batch that count; return how many.

    Those that were folded, late ones included. Prints that may report off the market
    (class `EXCLUDED`) are left out: their price is nobody's.
    """
    rules = rule[0]
    count, came = 0, 0
    while came < batch.ts_event.size:
        stop = min(came + readings.size, batch.ts_event.size)
        block = pair.cut(batch, came, stop)
        pair.read(block, rules, readings)
        for i in range(stop - came):
            if verdicts[came + i] > _LATE or block.condition[i] == _EXCLUDED:
                continue
            trade = trades[count]
            trade["ts"], trade["price"] = block.ts_event[i], block.price[i]
            trade["bid"], trade["ask"] = block.bid[i], block.ask[i]
            trade["size"], trade["row"] = block.size[i], block.row[i]
            trade["place"] = block.contract[i]
            trade["side"] = readings[i] & pair.SIDE_BITS
            count += 1
        came = stop
    return count


@kernel
def stocks(batch: StockBatch, first: int, trades: Records, quotes: Records) -> int:
    """Write the prints of a batch that count, and the newest of each symbol; how many.

    A print counts as one of a regular option would: price and size above zero, and no
    typing error against its quote. Rows are numbered from `first`.
    """
    count = 0
    for i in range(batch.ts_event.size):
        price, size = int(batch.price[i]), int(batch.size[i])
        bid, ask = int(batch.bid[i]), int(batch.ask[i])
        nbbo = pair.nbbo_state(bid, ask, 0)
        verdict = pair.fitness(price, size, bid, ask, _REGULAR, nbbo)
        if verdict != _FOLDED or size >= _MOST:
            continue
        trade = trades[count]
        trade["ts"], trade["price"] = batch.ts_event[i], price
        trade["bid"], trade["ask"] = bid, ask
        trade["size"], trade["row"] = size, first + i
        trade["place"] = batch.symbol[i]
        signed = pair.may_sign(_REGULAR, nbbo)
        trade["side"] = pair.side_of(price, bid, ask, _REGULAR, signed, 1)
        quote = quotes[int(batch.symbol[i])]
        if batch.ts_event[i] >= quote["ts"]:
            quote["ts"], quote["price"] = batch.ts_event[i], price
            quote["bid"], quote["ask"] = bid, ask
            quote["bid_size"] = batch.bid_size[i]
            quote["ask_size"] = batch.ask_size[i]
        count += 1
    return count


@kernel
def own(
    trades: Records,
    owner: NDArray[np.int32],
    slot: NDArray[np.int32],
    owners: NDArray[np.int32],
    slots: NDArray[np.int32],
    touched: NDArray[np.bool_],
) -> None:
    """Write owner and slot of each print's contract, and which owners there are."""
    for i in range(trades.size):
        place = int(trades[i]["place"])
        owners[i], slots[i] = owner[place], slot[place]
        touched[owners[i]] = True


@kernel
def note(
    trades: Records,
    slots: NDArray[np.int32],
    since: int,
    begins: int,
    last: NDArray[np.int64],
    before: NDArray[np.int64],
    traded: NDArray[np.int32],
) -> int:
    """Note when contracts traded last, and last before today; count new ones by slot.

    Returns
    -------
    int
        When the first of the new ones traded.
    """
    first = _ALWAYS
    for i in range(trades.size):
        place, ts = int(trades[i]["place"]), trades[i]["ts"]
        if last[place] < begins and last[place] > before[place]:
            before[place] = last[place]
        if last[place] < since and ts >= since:
            traded[slots[i]] += 1
            first = min(first, ts)
        last[place] = max(last[place], ts)
    return first
