"""A table: the buckets of one width, of many slots at once.

A slot is what is counted apart: an underlying, or one expiry of it. The bucket that time
is in and a few before it are open; older ones are closed, and stand on the shelf of the
slot's owner in the order (ts, slot). A print for a closed bucket makes a new shelf.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw import buckets
from opentape.flow.raw.records import BUCKET, NEVER
from opentape.flow.raw.shelf import Shelf, joined, plain, taken
from opentape.flow.records import Records, aligned

_CHUNK: Final = 1 << 16
_ALL: Final = 1 << 40


class Spans(NamedTuple):
    """Buckets named one by one: where they begin, and whose they are."""

    start: NDArray[np.int64]
    slot: NDArray[np.int32]

    def hold(self, start: NDArray[np.int64], slot: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of some buckets are among these."""
        mine = np.unique(np.stack([self.start, self.slot]), axis=1)
        slots = np.unique(mine[1])
        found = np.zeros(start.size, np.bool_)
        for one in slots.tolist():
            starts = mine[0][mine[1] == one]
            found |= (slot == one) & np.isin(start, starts)
        return found


class Table:
    """Buckets of one width.

    Parameters
    ----------
    width_ns
        How long a bucket is.
    kept
        How many of them are kept, back from the newest bucket of any slot.
    depth
        How many are open, a power of two.
    """

    def __init__(self, width_ns: int, kept: int, depth: int = 2) -> None:
        self.width_ns = width_ns
        self._depth = depth
        self._kept_ns = (kept - 1) * width_ns
        self._opened: Records = aligned(BUCKET, 0)
        self._owner = np.zeros(0, np.int32)
        self._shelves: list[Shelf] = []
        self._counts = np.zeros(3, np.int64)
        self._counts[buckets.NEWEST] = NEVER
        self._floor = NEVER
        self._spill: Records = np.empty(0, BUCKET)
        self._late = np.empty(0, np.int64)

    @property
    def since_ns(self) -> int:
        """Where the oldest bucket that is kept begins."""
        return int(self._counts[buckets.NEWEST]) - self._kept_ns

    def admit(self, owners: NDArray[np.int32]) -> None:
        """Take on new slots, numbered on from the last, each with its owner's place."""
        self._owner = np.concatenate([self._owner, owners])
        room = self._depth * self._owner.size
        if room > self._opened.size:
            grown = aligned(BUCKET, 2 * room)
            grown[: self._opened.size] = self._opened
            self._opened = grown
        while len(self._shelves) <= int(self._owner.max(initial=-1)):
            self._shelves.append(Shelf(BUCKET, _ALL))

    def add(self, trades: Records, slots: NDArray[np.int32]) -> None:
        """Count prints, each under a slot."""
        for first in range(0, trades.size, _CHUNK):
            part = slice(first, first + _CHUNK)
            self._add(trades[part], slots[part])

    def closed(self, owner: int) -> Records:
        """Return an owner's closed buckets; what is returned never changes."""
        return self._shelves[owner].records

    def opened(self, slots: NDArray[np.int32]) -> Records:
        """Return the open buckets of ascending slots as they are, in order (ts, slot)."""
        out: Records = np.empty(self._depth * slots.size, BUCKET)
        count = buckets.collect(
            self._opened, slots, self.width_ns, self._depth, self._floor, out
        )
        return out[:count]

    def again(self, spans: Spans, trades: Records, slots: NDArray[np.int32]) -> None:
        """Make some buckets anew: of these prints, in the order they came."""
        fresh = self._made_of(trades, slots)
        places = self._places(spans.start, spans.slot)
        held = self._opened[places]
        mine = places[(held["trades"] > 0) & (held["ts"] == spans.start)]
        self._opened["trades"][mine] = 0
        still = fresh["ts"] >= self._floor
        opened = taken(fresh, still)
        self._opened[self._places(opened["ts"], opened["slot"])] = opened
        fresh = taken(fresh, ~still)
        for owner in sorted(set[int](self._owner[spans.slot].tolist())):
            shelf = self._shelves[owner]
            kept = shelf.records
            kept = taken(kept, ~spans.hold(kept["ts"], kept["slot"]))
            more = taken(fresh, self._owner[fresh["slot"]] == owner)
            shelf.replace(_in_order(joined([kept, more])))

    def _add(self, trades: Records, slots: NDArray[np.int32]) -> None:
        spill, late = self._room(trades.size)
        counts = self._counts
        buckets.gather(
            trades, slots, self._opened, self.width_ns, self._depth, self._floor, spill,
            late, counts,
        )  # fmt: skip
        floor = int(counts[buckets.NEWEST]) - (self._depth - 1) * self.width_ns
        spilled = int(counts[buckets.SPILLED])
        if floor > self._floor:
            floors = (self._floor, floor)
            spilled = buckets.close(
                self._opened, self.width_ns, self._depth, floors, spill, spilled
            )
            self._floor = floor
        if spilled:
            for owner, mine in self._by_owner(spill[:spilled]):
                self._shelves[owner].put(plain(mine), self.since_ns)
        if behind := int(counts[buckets.LATE]):
            self._add_late(taken(trades, late[:behind]), slots[late[:behind]])

    def _room(self, rows: int) -> tuple[Records, NDArray[np.int64]]:
        """Return where to put whatever falls out of the open buckets."""
        if rows + self._opened.size > self._spill.size:
            self._spill = np.empty(2 * (rows + self._opened.size), BUCKET)
            self._late = np.empty(self._spill.size, np.int64)
        return self._spill, self._late

    def _add_late(self, trades: Records, slots: NDArray[np.int32]) -> None:
        """Count prints whose buckets have closed."""
        fresh = self._made_of(trades, slots)
        fresh = taken(fresh, fresh["ts"] >= self.since_ns)
        for owner, mine in self._by_owner(fresh):
            shelf = self._shelves[owner]
            kept = shelf.records
            at = int(np.searchsorted(kept["ts"], int(mine["ts"][0])))
            tail = merged(_in_order(joined([kept[at:], mine])), self.width_ns)
            shelf.replace(joined([kept[:at], tail]))

    def _made_of(self, trades: Records, slots: NDArray[np.int32]) -> Records:
        """Return the buckets that prints make by themselves."""
        each: Records = np.empty(trades.size, BUCKET)
        buckets.alone(trades, slots, self.width_ns, each)
        return merged(_in_order(each), self.width_ns)

    def _by_owner(self, found: Records) -> Iterator[tuple[int, Records]]:
        """Yield the buckets of each owner, in the order (ts, slot)."""
        owner = self._owner[found["slot"]]
        order = np.lexsort((found["slot"], found["ts"], owner))
        found, owner = taken(found, order), owner[order]
        edges: list[int] = (np.flatnonzero(np.diff(owner)) + 1).tolist()
        for first, end in pairwise([0, *edges, found.size]):
            if first < end:
                yield int(owner[first]), found[first:end]

    def _places(
        self, start: NDArray[np.int64], slot: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return where open buckets stand."""
        return self._depth * slot.astype(np.int64) + (
            start // self.width_ns & self._depth - 1
        )


def merged(records: Records, width_ns: int) -> Records:
    """Return neighbours of one slot that fall into one width as one bucket."""
    out: Records = np.empty(records.size, BUCKET)
    return out[: buckets.merge(records, width_ns, out)]


def _in_order(records: Records) -> Records:
    return taken(records, np.lexsort((records["slot"], records["ts"])))
