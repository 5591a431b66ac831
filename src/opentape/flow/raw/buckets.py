"""Prints into buckets, and buckets into larger ones: every step exact, in any grouping.

Whatever is counted does not depend on the order that prints come in; where two prints of
one nanosecond compete for open or close, the one that came first opens and the one that
came last closes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw.records import ALWAYS, NEVER
from opentape.flow.records import NOTIONAL_SHIFT, Records, Side
from opentape.pricing.jit import kernel, prefetch, stage

_AHEAD: Final = 16
_BUY, _SELL, _MID = int(Side.BUY), int(Side.SELL), int(Side.MID)
_LOW: Final = (1 << NOTIONAL_SHIFT) - 1
_ALWAYS, _NEVER = ALWAYS, NEVER
SPILLED, LATE, NEWEST = 0, 1, 2
"""Places in what `gather` counts."""


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
    opened: Records,
    width: int,
    depth: int,
    floor: int,
    spill: Records,
    late: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Count prints into the open buckets: `depth` of one `width` after the other a slot.

    A bucket that has to make room is written to `spill`; the places of prints that belong
    to buckets which have closed are written to `late`.
    """
    spilled, behind, newest = 0, 0, counts[NEWEST]
    length = trades.size
    for i in range(length):
        prefetch(opened, depth * slots[min(i + _AHEAD, length - 1)])
        trade = trades[i]
        start = trade["ts"] - trade["ts"] % width
        newest = max(newest, start)
        bucket = opened[place_of(slots[i], start, width, depth)]
        held = bucket["trades"] > 0
        if start < floor or (held and bucket["ts"] > start):
            late[behind] = i
            behind += 1
            continue
        if not held or bucket["ts"] < start:
            if held:
                spill[spilled] = bucket
                spilled += 1
            begin(bucket, start, slots[i])
        put(bucket, trade)
    counts[SPILLED], counts[LATE], counts[NEWEST] = spilled, behind, newest


@kernel
def close(
    opened: Records,
    width: int,
    depth: int,
    floors: tuple[int, int],
    spill: Records,
    at: int,
) -> int:
    """Move the open buckets that began before a new floor to `spill`; return its length.

    `floors` are the one before, before which none is open, and the new one.
    """
    before, floor = floors
    steps = min((floor - before) // width, depth)
    for slot in range(opened.size // depth):
        for step in range(1, steps + 1):
            bucket = opened[place_of(slot, floor - step * width, width, depth)]
            if bucket["trades"] > 0 and bucket["ts"] < floor:
                spill[at] = bucket
                bucket["trades"] = 0
                at += 1
    return at


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


@kernel
def group(
    owners: NDArray[np.int32],
    ends: NDArray[np.int64],
    order: NDArray[np.int64],
    found: NDArray[np.int32],
) -> int:
    """Write an order in which owners ascend, prints as they came; return how many own.

    `ends` is where each owner's prints end in the order; `found` are the owners that occur.
    """
    ends[:] = 0
    for i in range(owners.size):
        ends[owners[i]] += 1
    total, count = 0, 0
    for owner in range(ends.size):
        if ends[owner] > 0:
            found[count] = owner
            count += 1
        total += ends[owner]
        ends[owner] = total - ends[owner]
    for i in range(owners.size):
        order[ends[owners[i]]] = i
        ends[owners[i]] += 1
    return count
