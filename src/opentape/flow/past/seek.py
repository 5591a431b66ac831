"""Find rows of a trade date: by contract, by time, and with the clock as it stood.

Rows are looked at in blocks. A survey notes of each block where the clock stood before it
and how far its instants reach, so that whoever asks for few rows reads few.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.records import Verdict
from opentape.pricing.jit import kernel

BLOCK: Final = 128
"""Rows in a block."""
CLOCK, TICK, FIRST, LAST, FACTS = 0, 1, 2, 3, 4
"""What is noted of a block: the clock before it, the ticks before it, its instants."""
NEVER: Final = -(1 << 62)
ALWAYS: Final = 1 << 62

_BLOCK, _NEVER, _ALWAYS = BLOCK, NEVER, ALWAYS
_CLOCK, _TICK, _FIRST, _LAST = CLOCK, TICK, FIRST, LAST
_COUNTED = int(Verdict.CANCEL_DONE)


@kernel
def survey(
    ts: NDArray[np.int64],
    verdicts: NDArray[np.uint8],
    begins: int,
    ticks: NDArray[np.int64],
    now: int,
    blocks: NDArray[np.int64],
) -> int:
    """Note the facts of each block of rows, return where the clock stands after them.

    The first row is the one numbered `begins`; `ticks` are pairs of the number of the row
    that each came before, and the instant.
    """
    tick, first, last = 0, _ALWAYS, _NEVER
    for i in range(ts.size):
        block = blocks[i // _BLOCK]
        if i % _BLOCK == 0:
            block[_CLOCK], block[_TICK] = now, tick
            first, last = _ALWAYS, _NEVER
        while tick < ticks.shape[0] and ticks[tick, 0] <= begins + i:
            now = max(now, ticks[tick, 1])
            tick += 1
        if verdicts[i] <= _COUNTED:
            now = max(now, ts[i])
            first, last = min(first, ts[i]), max(last, ts[i])
        block[_FIRST], block[_LAST] = first, last
    return now


@kernel
def clocks(
    ts: NDArray[np.int64],
    verdicts: NDArray[np.uint8],
    begins: int,
    ticks: NDArray[np.int64],
    blocks: NDArray[np.int64],
    at: NDArray[np.int64],
    found: NDArray[np.int64],
) -> None:
    """Write where the clock stood when each of some rows, ascending, had just come."""
    block, i, tick, now = -1, 0, 0, _NEVER
    for k in range(at.size):
        if at[k] // _BLOCK != block:
            block = at[k] // _BLOCK
            i, now, tick = block * _BLOCK, blocks[block, _CLOCK], blocks[block, _TICK]
        while i <= at[k]:
            while tick < ticks.shape[0] and ticks[tick, 0] <= begins + i:
                now = max(now, ticks[tick, 1])
                tick += 1
            if verdicts[i] <= _COUNTED:
                now = max(now, ts[i])
            i += 1
        found[k] = now


@kernel
def of_contracts(
    contract: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    first: int,
    last: int,
    at: NDArray[np.int64],
) -> int:
    """Write where the rows of wanted contracts are; return how many.

    All that are wanted lie from `first` to `last`.
    """
    count = 0
    for begin in range(0, contract.size, _BLOCK):
        end = min(begin + _BLOCK, contract.size)
        # many at once, which the processor can do, before one by one, which it can not
        near = False
        for i in range(begin, end):
            near |= (contract[i] >= first) & (contract[i] <= last)
        if not near:
            continue
        for i in range(begin, end):
            place = contract[i]
            if first <= place <= last and wanted[place]:
                at[count] = i
                count += 1
    return count


@kernel
def between(
    ts: NDArray[np.int64],
    contract: NDArray[np.int32],
    blocks: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    since: int,
    until: int,
    at: NDArray[np.int64],
) -> int:
    """Write where the rows of wanted contracts in a span of time are; return how many."""
    count = 0
    for block in range(blocks.shape[0]):
        if blocks[block, _LAST] < since or blocks[block, _FIRST] >= until:
            continue
        for i in range(block * _BLOCK, min((block + 1) * _BLOCK, ts.size)):
            if since <= ts[i] < until and wanted[contract[i]]:
                at[count] = i
                count += 1
    return count
