"""Prints into buckets, and buckets into larger ones: every step exact, in any grouping.

Whatever is counted does not depend on the order that prints come in; where two prints of
one nanosecond compete for open or close, the one that came first opens and the one that
came last closes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw import rack
from opentape.flow.raw.records import ALWAYS, BUCKET, NEVER
from opentape.flow.records import NOTIONAL_SHIFT, Records, Side
from opentape.pricing.jit import kernel, prefetch, stage

_AHEAD: Final = 16
_WORDS: Final = BUCKET.itemsize // 8
_LINE: Final = 8
"""Words in a bucket, which is two cache lines, and in one of them."""
_BUY, _SELL, _MID = int(Side.BUY), int(Side.SELL), int(Side.MID)
_LOW: Final = (1 << NOTIONAL_SHIFT) - 1
_ALWAYS, _NEVER = ALWAYS, NEVER
LATE, NEWEST, FLOOR = 0, 1, 2
"""Places in what `gather` counts: the last two are where a bucket begins."""


@stage
def begin(bucket: np.void, ts: int, slot: int) -> None:
    """Empty a bucket that is to begin at an instant."""
    bucket["ts"], bucket["slot"] = ts, slot
    bucket["trades"] = 0
    bucket["first_ts"], bucket["last_ts"] = _ALWAYS, _NEVER
    bucket["biggest"], bucket["biggest_ts"] = 0, _ALWAYS
    bucket["open"], bucket["close"] = 0, 0
    bucket["high"], bucket["low"] = 0, _ALWAYS
    bucket["notional_high"], bucket["notional_low"] = 0, 0
    bucket["buy"], bucket["sell"], bucket["mid"] = 0, 0, 0


@stage
def put(bucket: np.void, trade: np.void) -> None:
    """Count a print."""
    ts, price, size = trade["ts"], trade["price"], trade["size"]
    side = trade["side"]
    if ts < bucket["first_ts"]:
        bucket["first_ts"], bucket["open"] = ts, price
    if ts >= bucket["last_ts"]:
        bucket["last_ts"], bucket["close"] = ts, price
    if size > bucket["biggest"] or (
        size == bucket["biggest"] and ts < bucket["biggest_ts"]
    ):
        bucket["biggest"], bucket["biggest_ts"] = size, ts
    bucket["high"] = max(bucket["high"], price)
    bucket["low"] = min(bucket["low"], price)
    bucket["notional_high"] += (price >> NOTIONAL_SHIFT) * size
    bucket["notional_low"] += (price & _LOW) * size
    bucket["buy"] += size * (side == _BUY)
    bucket["sell"] += size * (side == _SELL)
    bucket["mid"] += size * (side == _MID)
    bucket["trades"] += 1


@stage
def join(bucket: np.void, other: np.void) -> None:
    """Count all that a later bucket counted."""
    if other["first_ts"] < bucket["first_ts"]:
        bucket["first_ts"], bucket["open"] = other["first_ts"], other["open"]
    if other["last_ts"] >= bucket["last_ts"]:
        bucket["last_ts"], bucket["close"] = other["last_ts"], other["close"]
    if other["biggest"] > bucket["biggest"] or (
        other["biggest"] == bucket["biggest"] and other["biggest_ts"] < bucket["biggest_ts"]
    ):
        bucket["biggest"], bucket["biggest_ts"] = other["biggest"], other["biggest_ts"]
    bucket["high"] = max(bucket["high"], other["high"])
    bucket["low"] = min(bucket["low"], other["low"])
    bucket["notional_high"] += other["notional_high"]
    bucket["notional_low"] += other["notional_low"]
    bucket["buy"] += other["buy"]
    bucket["sell"] += other["sell"]
    bucket["mid"] += other["mid"]
    bucket["trades"] += other["trades"]


@stage
def place_of(slot: int, start: int, width: int, depth: int) -> int:
    """Return where the open bucket of a slot stands that begins at an instant."""
    return int(depth * slot + (start // width & depth - 1))


@kernel
def gather(
    trades: Records,
    slots: NDArray[np.int32],
    came: int,
    opened: Records,
    lines: NDArray[np.int64],
    owner: NDArray[np.int32],
    width: int,
    depth: int,
    records: Records,
    following: NDArray[np.int32],
    chains: NDArray[np.int64],
    heap: NDArray[np.int64],
    late: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """Count prints into the open buckets from the one at `came` on; return how far it came.

    The newest `depth` of one `width` after the other are open. What closes goes to the
    rack of its slot's `owner` in the order (ts, slot); it stops where there is no room. The
    places of prints whose buckets have closed are written to `late`. `lines` is the memory
    of `opened`.
    """
    behind, newest, floor = counts[LATE], counts[NEWEST], counts[FLOOR]
    length = trades.size
    i = came
    while i < length:
        ahead = place_of(slots[min(i + _AHEAD, length - 1)], newest, width, depth)
        prefetch(lines, ahead * _WORDS)
        prefetch(lines, ahead * _WORDS + _LINE)
        trade = trades[i]
        start = trade["ts"] - trade["ts"] % width
        if start > newest:
            until = start - (depth - 1) * width
            span = (floor, min(newest, until - width))
            if newest > _NEVER and not close(
                opened, owner, width, depth, span, records, following, chains, heap
            ):
                break
            newest, floor = start, until
        if start < floor:
            late[behind] = i
            behind += 1
        else:
            bucket = opened[place_of(slots[i], start, width, depth)]
            if bucket["trades"] == 0:
                begin(bucket, start, slots[i])
            put(bucket, trade)
        i += 1
    counts[LATE], counts[NEWEST], counts[FLOOR] = behind, newest, floor
    return i


@kernel
def close(
    opened: Records,
    owner: NDArray[np.int32],
    width: int,
    depth: int,
    span: tuple[int, int],
    records: Records,
    following: NDArray[np.int32],
    chains: NDArray[np.int64],
    heap: NDArray[np.int64],
) -> bool:
    """Put the open buckets that begin from one instant to another on the rack.

    Returns
    -------
    bool
        Whether there was room for all; those that are left stay open.
    """
    first, last = span
    start = first
    while start <= last:
        for slot in range(owner.size):
            bucket = opened[place_of(slot, start, width, depth)]
            if bucket["trades"] > 0:
                if not rack.put_down(
                    bucket, owner[slot], _ALWAYS, records, following, chains, heap
                ):
                    return False
                bucket["trades"] = 0
        start += width
    return True


@kernel
def collect(
    opened: Records,
    slots: NDArray[np.int32],
    width: int,
    depth: int,
    floor: int,
    out: Records,
) -> int:
    """Write open buckets of ascending slots in order (ts, slot); return how many."""
    count = 0
    for step in range(depth):
        start = floor + step * width
        for i in range(slots.size):
            bucket = opened[place_of(slots[i], start, width, depth)]
            if bucket["trades"] > 0 and bucket["ts"] == start:
                out[count] = bucket
                count += 1
    return count


@kernel
def alone(trades: Records, slots: NDArray[np.int32], width: int, out: Records) -> None:
    """Write a bucket for each print."""
    for i in range(trades.size):
        trade = trades[i]
        bucket = out[i]
        begin(bucket, trade["ts"] - trade["ts"] % width, slots[i])
        put(bucket, trade)


@kernel
def merge(records: Records, width: int, out: Records) -> int:
    """Join neighbours of one slot that fall into one `width`; return how many are left."""
    count = 0
    for i in range(records.size):
        bucket = records[i]
        start = bucket["ts"] - bucket["ts"] % width
        same = count > 0 and out[count - 1]["ts"] == start
        if not (same and out[count - 1]["slot"] == bucket["slot"]):
            begin(out[count], start, bucket["slot"])
            count += 1
        join(out[count - 1], bucket)
    return count
