"""A table: the buckets of one width, of many slots at once.

A slot is what is counted apart: an underlying, or one expiry of it. The bucket that time
is in and a few before it are open; older ones are closed, and stand on the shelf of the
slot's owner in the order (ts, slot). Prints for closed buckets wait until that is asked
for, and make a new shelf.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw import buckets
from opentape.flow.raw.rack import Rack
from opentape.flow.raw.records import BUCKET, NEVER
from opentape.flow.raw.shelf import Shelf, joined, taken
from opentape.flow.records import Records, aligned

_CHUNK: Final = 1 << 16
_LATE: Final = 1 << 12
"""Late buckets of an owner that may wait."""
_ALL: Final = 1 << 40


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
        self._lines = self._opened.view(np.int64)
        self._owner = np.zeros(0, np.int32)
        self._closed = Rack(BUCKET, _ALL)
        self._behind: dict[int, list[Records]] = {}
        """Late buckets that are not on the shelf of their owner yet."""
        self._late = np.empty(_CHUNK, np.int64)
        self._counts = np.array([0, NEVER, NEVER], np.int64)

    @property
    def since_ns(self) -> int:
        """Where the oldest bucket that is kept begins."""
        return int(self._counts[buckets.NEWEST]) - self._kept_ns

    def admit(self, owners: NDArray[np.int32]) -> None:
        """Take on new slots, numbered on from the last, each with its owner's place."""
        if not owners.size:
            return
        self._owner = np.concatenate([self._owner, owners])
        room = self._depth * self._owner.size
        if room > self._opened.size:
            grown = aligned(BUCKET, 2 * room)
            grown[: self._opened.size] = self._opened
            self._opened, self._lines = grown, grown.view(np.int64)
        self._closed.admit(int(owners.max()) + 1)

    def add(self, trades: Records, slots: NDArray[np.int32]) -> None:
        """Count prints, each under a slot."""
        for first in range(0, trades.size, _CHUNK):
            part = slice(first, first + _CHUNK)
            self._add(trades[part], slots[part])

    def closed(self, owner: int) -> Records:
        """Return an owner's closed buckets; what is returned never changes."""
        return self._shelf(owner).records

    def opened(self, slots: NDArray[np.int32]) -> Records:
        """Return the open buckets of ascending slots as they are, in order (ts, slot)."""
        out: Records = np.empty(self._depth * slots.size, BUCKET)
        count = buckets.collect(
            self._opened, slots, self.width_ns, self._depth, self._floor, out
        )
        return out[:count]

    def again(
        self,
        start: int,
        gone: NDArray[np.int32],
        trades: Records,
        slots: NDArray[np.int32],
    ) -> None:
        """Make the buckets of some slots anew that begin at an instant.

        Parameters
        ----------
        gone
            The slots.
        trades
            The prints that are left of those buckets, in the order they came; there may be
            others among them, of other `slots`.
        """
        mine = np.isin(slots, gone)
        fresh = self._made_of(taken(trades, mine), slots[mine])
        if start >= self._floor:
            turn = start // self.width_ns & self._depth - 1
            self._opened["trades"][self._depth * gone.astype(np.int64) + turn] = 0
            self._opened[self._depth * fresh["slot"].astype(np.int64) + turn] = fresh
            return
        for owner in set[int](self._owner[gone].tolist()):
            shelf = self._shelf(owner)
            kept = shelf.records
            first = int(np.searchsorted(kept["ts"], start))
            last = int(np.searchsorted(kept["ts"], start, side="right"))
            then = kept[first:last]
            stay = taken(then, ~np.isin(then["slot"], gone))
            more = taken(fresh, self._owner[fresh["slot"]] == owner)
            then = _in_order(joined([stay, more]))
            shelf.replace(joined([kept[:first], then, kept[last:]]))

    @property
    def _floor(self) -> int:
        """Where the oldest bucket that may be open begins."""
        return int(self._counts[buckets.FLOOR])

    def _add(self, trades: Records, slots: NDArray[np.int32]) -> None:
        counts, rack = self._counts, self._closed
        counts[buckets.LATE] = came = 0
        while True:
            came = buckets.gather(
                trades, slots, came, self._opened, self._lines, self._owner,
                self.width_ns, self._depth, rack.records, rack.following, rack.chains,
                rack.heap, self._late, counts,
            )  # fmt: skip
            if came == trades.size:
                break
            rack.grow()
        if behind := int(counts[buckets.LATE]):
            late = self._late[:behind]
            self._add_late(taken(trades, late), slots[late])

    def _add_late(self, trades: Records, slots: NDArray[np.int32]) -> None:
        """Count prints whose buckets have closed."""
        fresh = self._made_of(trades, slots)
        fresh = taken(fresh, fresh["ts"] >= self.since_ns)
        for owner, mine in self._by_owner(fresh):
            waiting = self._behind.setdefault(owner, [])
            waiting.append(mine)
            if sum(one.size for one in waiting) > _LATE:
                self._shelf(owner)

    def _shelf(self, owner: int) -> Shelf:
        """Return the shelf of an owner, with all that is closed by now."""
        shelf = self._closed.shelf(owner, self.since_ns)
        waiting = self._behind.pop(owner, None)
        if waiting is not None:
            kept = shelf.records
            first = min(int(one["ts"][0]) for one in waiting)
            at = int(np.searchsorted(kept["ts"], first))
            tail = merged(_in_order(joined([kept[at:], *waiting])), self.width_ns)
            shelf.replace(joined([kept[:at], tail]))
        return shelf

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


def merged(records: Records, width_ns: int) -> Records:
    """Return neighbours of one slot that fall into one width as one bucket."""
    out: Records = np.empty(records.size, BUCKET)
    return out[: buckets.merge(records, width_ns, out)]


def _in_order(records: Records) -> Records:
    return taken(records, np.lexsort((records["slot"], records["ts"])))
