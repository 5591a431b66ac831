"""Gather child prints into parents: one intention each, rebuilt from what it left behind.

Every contract has two open windows, one a side. A print of the other side in between
neither joins nor closes one.
"""

import numpy as np
from numpy.typing import NDArray

from opentape.flow import pair
from opentape.flow.records import NO_ROW, NOTIONAL_SHIFT, Records
from opentape.market.conditions import FLAG_MASK, Condition
from opentape.pricing.jit import kernel, stage

_ISO, _AUCTION_ISO = int(Condition.ISO), int(Condition.AUCTION_ISO)
_EXCLUDED = int(Condition.EXCLUDED)
_LOW_BITS = (1 << NOTIONAL_SHIFT) - 1


@stage
def large(mine: np.void, series: Records, rules: np.void) -> bool:
    """Return whether a print is large enough to be a member of a sweep."""
    return not rules["blocks_only"] or mine["size"] >= series[mine["contract"]]["block"]


@stage
def joins(contract: np.void, side: int, ts: int, now: int, rules: np.void) -> bool:
    """Return whether a print belongs to the open window of its side.

    It lies within the gap of a leg, the window would not outlast its span, and the tape
    has not moved on by more than the gap.
    """
    if contract["held"][side] == 0:
        return False
    gap = rules["gap_ns"]
    last = contract["last"][side]
    first = last - np.int64(contract["span"][side])
    near = first - gap <= ts <= last + gap
    return near and now - last <= gap and max(last, ts) - min(first, ts) <= rules["span_ns"]


@stage
def extend(contract: np.void, side: int, recent: Records, row: int) -> None:
    """Add a print to the open window of its side."""
    mine = recent[row & (recent.size - 1)]
    ts = mine["ts_event"]
    last = contract["last"][side]
    first = min(last - np.int64(contract["span"][side]), ts)
    contract["last"][side] = max(last, ts)
    contract["span"][side] = max(last, ts) - first
    mine["link"] = contract["tail"][side]
    contract["tail"][side] = row
    contract["held"][side] += mine["size"]


@stage
def begin(contract: np.void, side: int, recent: Records, row: int) -> None:
    """Open a window with a print as its first leg."""
    mine = recent[row & (recent.size - 1)]
    contract["last"][side] = mine["ts_event"]
    contract["span"][side] = 0
    contract["tail"][side] = row
    contract["held"][side] = mine["size"]


@stage
def close(
    contract: np.void,
    side: int,
    recent: Records,
    series: Records,
    parents: Records,
    count: int,
    rules: np.void,
) -> int:
    """Close a window; write its parent if it is block-sized. Return how many there are."""
    held = int(contract["held"][side])
    contract["held"][side] = 0
    if held < rules["block_floor"]:
        return count
    return keep(recent, int(contract["tail"][side]), held, series, parents, count, rules)


@stage
def stand_alone(
    mine: np.void,
    row: int,
    recent: Records,
    series: Records,
    parents: Records,
    count: int,
    rules: np.void,
) -> int:
    """Write a lone print's parent if it is block-sized. Return how many there are."""
    size = int(mine["size"])
    if size < rules["block_floor"] or mine["condition"] == _EXCLUDED:
        return count
    return keep(recent, row, size, series, parents, count, rules)


@kernel
def keep(
    recent: Records,
    tail: int,
    size: int,
    series: Records,
    parents: Records,
    count: int,
    rules: np.void,
) -> int:
    """Write a parent if it reaches the block size of its contract."""
    if size < series[recent[tail & (recent.size - 1)]["contract"]]["block"]:
        return count
    describe(recent, tail, parents[count], rules)
    return count + 1


@stage
def describe(recent: Records, tail: int, parent: np.void, rules: np.void) -> None:
    """Write a parent from its members, the chain of links that starts at `tail`."""
    by_label = rules["by_label"]
    by_label[:] = 0
    mask = recent.size - 1
    newest = recent[tail & mask]
    parent["contract"], parent["tail"] = newest["contract"], tail
    parent["side"] = newest["reading"] & pair.SIDE_BITS
    parent["first_ts"] = parent["last_ts"] = newest["ts_event"]
    parent["price_min"] = parent["price_max"] = newest["price"]
    parent["notional_high"] = parent["notional_low"] = 0
    parent["size"] = parent["legs"] = parent["iso_legs"] = 0
    parent["venues"] = parent["flags"] = 0
    parent["dropped"] = False
    first = row = tail
    while row != NO_ROW:
        mine = recent[row & mask]
        _add_member(parent, mine)
        by_label[mine["reading"] >> pair.AGGRESSOR_AT & pair.THREE_BITS] += mine["size"]
        if _earlier(mine, recent[first & mask]):
            first = row
        row = int(mine["link"])
    _name_by(parent, recent[first & mask])
    parent["aggressor"] = _largest(by_label)
    legs = int(parent["legs"])
    if rules["strict"] and legs > 1:
        legs = _strict_legs(recent, tail, parent)
    parent["sweep"] = legs > 1


@stage
def _largest(contracts: NDArray[np.int64]) -> int:
    best = 0
    for label in range(1, contracts.size):
        if contracts[label] > contracts[best]:
            best = label
    return best


@stage
def _add_member(parent: np.void, mine: np.void) -> None:
    price, size = int(mine["price"]), int(mine["size"])
    condition = int(mine["condition"])
    parent["first_ts"] = min(parent["first_ts"], mine["ts_event"])
    parent["last_ts"] = max(parent["last_ts"], mine["ts_event"])
    parent["price_min"] = min(parent["price_min"], price)
    parent["price_max"] = max(parent["price_max"], price)
    parent["notional_high"] += (price >> NOTIONAL_SHIFT) * size
    parent["notional_low"] += (price & _LOW_BITS) * size
    parent["size"] += size
    parent["legs"] += 1
    parent["iso_legs"] += condition in (_ISO, _AUCTION_ISO)
    parent["venues"] |= 1 << int(mine["venue"])
    parent["flags"] |= FLAG_MASK[condition]


@stage
def _earlier(one: np.void, other: np.void) -> bool:
    if one["ts_event"] != other["ts_event"]:
        return one["ts_event"] < other["ts_event"]
    if one["sequence"] != other["sequence"]:
        return one["sequence"] < other["sequence"]
    return one["row"] < other["row"]


@stage
def _name_by(parent: np.void, first: np.void) -> None:
    parent["sequence"], parent["row"] = first["sequence"], first["row"]
    parent["venue"], parent["spot"] = first["venue"], first["spot"]
    parent["nbbo"] = first["reading"] >> pair.NBBO_AT & pair.THREE_BITS


@kernel
def _strict_legs(recent: Records, tail: int, parent: np.void) -> int:
    """Count members of one venue and one nanosecond as one leg; 1 if no sweep is shown."""
    venues = parent["venues"]
    many = (venues & (venues - 1)) != 0 or parent["price_min"] != parent["price_max"]
    if not (many or parent["iso_legs"] > 0):
        return 1
    legs = 0
    row = tail
    while row != NO_ROW:
        legs += _first_of_allocation(recent, row)
        row = int(recent[row & (recent.size - 1)]["link"])
    return legs


@stage
def _first_of_allocation(recent: Records, row: int) -> bool:
    mask = recent.size - 1
    mine = recent[row & mask]
    other = int(mine["link"])
    while other != NO_ROW:
        theirs = recent[other & mask]
        same_instant = theirs["ts_event"] == mine["ts_event"]
        if same_instant and theirs["venue"] == mine["venue"]:
            return False
        other = int(theirs["link"])
    return True


def members(recent: Records, tail: int) -> list[int]:
    """Return where a parent's prints are at hand, in the order they joined."""
    rows: list[int] = []
    while tail != NO_ROW:
        rows.append(tail)
        tail = int(recent[tail & (recent.size - 1)]["link"])
    return rows[::-1]
