"""A rack: records on their way to shelves, in links of a few, one chain for each owner.

The fold puts records down here without a thought for who will ask; a shelf takes what is
its owner's when somebody does. A tape of thousands of names would else touch thousands of
shelves for every batch.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw.records import NEVER
from opentape.flow.raw.shelf import Shelf, plain
from opentape.flow.records import Records
from opentape.pricing.jit import kernel, stage

LINK: Final = 16
"""Records in a link."""
FIRST, LAST, USED, COUNT, FACTS = 0, 1, 2, 3, 4
"""What is noted of an owner: two links, records in the last one, and in all."""
FREE, FRESH = 0, 1
"""What is noted of all: the first link that was given back, the first never taken."""

_ROOM: Final = 64
"""Links at first."""
_NONE: Final = -1
_LINK, _NO_LINK = LINK, _NONE
_FIRST, _LAST, _USED, _COUNT = FIRST, LAST, USED, COUNT
_FREE, _FRESH = FREE, FRESH


class Rack:
    """Chains of records of one kind; the room for them grows.

    Parameters
    ----------
    most
        How many of an owner are kept, give or take a link; older ones are forgotten.
    """

    def __init__(self, dtype: np.dtype[np.void], most: int) -> None:
        self._dtype = dtype
        self.most = most
        self.records: Records = np.empty(_ROOM * LINK, dtype)
        """Every `LINK` of them are a link."""
        self.following: NDArray[np.int32] = np.empty(_ROOM, np.int32)
        """The link after each, of its owner or of those given back."""
        self.chains: NDArray[np.int64] = np.zeros((0, FACTS), np.int64)
        """Facts of each owner."""
        self.heap = np.array([_NONE, 0], np.int64)
        self._shelves: list[Shelf] = []

    def admit(self, owners: int) -> None:
        """Have a chain and a shelf for each of so many owners."""
        more = range(len(self._shelves), owners)
        self._shelves.extend(Shelf(self._dtype, self.most) for _ in more)
        if owners > len(self.chains):
            grown = np.zeros((2 * owners, FACTS), np.int64)
            grown[: len(self.chains)] = self.chains
            self.chains = grown

    def grow(self) -> None:
        """Have four times the room; what is never written to costs nothing."""
        records: Records = np.empty(4 * self.records.size, self._dtype)
        plain(records)[: self.records.size] = plain(self.records)
        following = np.empty(4 * self.following.size, np.int32)
        following[: self.following.size] = self.following
        self.records, self.following = records, following

    def shelf(self, owner: int, since: int = NEVER) -> Shelf:
        """Return an owner's shelf, with all that was put down; `since` is as in `Shelf`."""
        shelf = self._shelves[owner]
        count = int(self.chains[owner, COUNT])
        if count:
            found: Records = np.empty(count, self._dtype)
            _take(self.records, self.following, self.chains, self.heap, owner, found)
            shelf.put(plain(found), since)
        return shelf


@stage
def put_down(
    record: np.void,
    owner: int,
    most: int,
    records: Records,
    following: NDArray[np.int32],
    chains: NDArray[np.int64],
    heap: NDArray[np.int64],
) -> bool:
    """Put a record down at the end of its owner's chain, unless there is no room."""
    chain = chains[owner]
    if chain[_COUNT] == 0 or chain[_USED] == _LINK:
        link = heap[_FREE]
        if link != _NO_LINK:
            heap[_FREE] = following[link]
        elif heap[_FRESH] < following.size:
            link = heap[_FRESH]
            heap[_FRESH] += 1
        else:
            return False
        if chain[_COUNT] == 0:
            chain[_FIRST] = link
        else:
            following[chain[_LAST]] = link
        chain[_LAST], chain[_USED] = link, 0
    records[chain[_LAST] * _LINK + chain[_USED]] = record
    chain[_USED] += 1
    chain[_COUNT] += 1
    if chain[_COUNT] >= most + _LINK:
        first = chain[_FIRST]
        chain[_FIRST] = following[first]
        following[first] = heap[_FREE]
        heap[_FREE] = first
        chain[_COUNT] -= _LINK
    return True


@kernel
def put_all(
    trades: Records,
    owners: NDArray[np.int32],
    came: int,
    least: int,
    most: int,
    records: Records,
    following: NDArray[np.int32],
    chains: NDArray[np.int64],
    heap: NDArray[np.int64],
) -> int:
    """Put prints of at least some size down; return how far there was room."""
    for i in range(came, trades.size):
        if trades[i]["size"] >= least and not put_down(
            trades[i], owners[i], most, records, following, chains, heap
        ):
            return i
    return trades.size


@kernel
def _take(
    records: Records,
    following: NDArray[np.int32],
    chains: NDArray[np.int64],
    heap: NDArray[np.int64],
    owner: int,
    found: Records,
) -> None:
    """Write the records of an owner in the order they came, and give its links back."""
    chain = chains[owner]
    link = chain[_FIRST]
    for i in range(found.size):
        if i > 0 and i % _LINK == 0:
            link = following[link]
        found[i] = records[link * _LINK + i % _LINK]
    following[chain[_LAST]] = heap[_FREE]
    heap[_FREE] = chain[_FIRST]
    chain[_COUNT] = 0
