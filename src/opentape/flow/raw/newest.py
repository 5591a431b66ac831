"""The newest prints of each underlying, all of them and the large ones alone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw import buckets
from opentape.flow.raw.records import TRADE
from opentape.flow.raw.shelf import Shelf, plain, taken
from opentape.flow.records import Records

RECENT: Final = 2_000
"""Prints kept of an underlying."""
BLOCKS: Final = 1_000
"""Prints of block size kept of it."""


class Newest:
    """Prints in the order they came, by the place of their owner.

    Parameters
    ----------
    block
        Size from which on a print is a block.
    """

    def __init__(self, block: int) -> None:
        self._block = block
        self._recent: list[Shelf] = []
        self._blocks: list[Shelf] = []
        self._fewer: set[int] = set()
        """Owners of whom prints were taken back that are still on a shelf."""

    def admit(self, owners: int) -> None:
        """Have room for so many owners."""
        while len(self._recent) < owners:
            self._recent.append(Shelf(TRADE, RECENT))
            self._blocks.append(Shelf(TRADE, BLOCKS))

    def add(self, trades: Records, owners: NDArray[np.int32]) -> list[int]:
        """Keep prints, each of an owner; return the owners."""
        large = np.flatnonzero(trades["size"] >= self._block)
        if large.size:
            self._put(self._blocks, taken(trades, large), owners[large])
        return self._put(self._recent, trades, owners)

    def remove(self, trades: Records, owners: NDArray[np.int32]) -> None:
        """Leave prints out; what they had pushed out does not come back.

        They stay on their shelf without a size and push out as they did before, so that it
        does not matter when a cancel comes.
        """
        for owner in set[int](owners.tolist()):
            mine = taken(trades, owners == owner)
            for shelf in (self._recent[owner], self._blocks[owner]):
                kept = shelf.records
                gone = np.isin(kept["row"], mine["row"]) & np.isin(kept["ts"], mine["ts"])
                if gone.any():
                    kept = kept.copy()
                    kept["size"][gone] = 0
                    shelf.replace(kept)
                    self._fewer.add(owner)

    def recent(self, owner: int) -> Records:
        """Return an owner's newest prints, oldest first; what is returned never changes."""
        return self._left(self._recent[owner], owner)

    def blocks(self, owner: int) -> Records:
        """Return an owner's newest blocks, oldest first; what is returned never changes."""
        return self._left(self._blocks[owner], owner)

    def _left(self, shelf: Shelf, owner: int) -> Records:
        kept = shelf.records
        return taken(kept, kept["size"] > 0) if owner in self._fewer else kept

    def _put(
        self, shelves: list[Shelf], trades: Records, owners: NDArray[np.int32]
    ) -> list[int]:
        bare = plain(trades)
        if trades.size == 1:
            owner = int(owners[0])
            shelves[owner].put(bare)
            return [owner]
        ends = np.empty(len(shelves), np.int64)
        found = np.empty(len(shelves), np.int32)
        order = np.empty(trades.size, np.int64)
        found = found[: buckets.group(owners, ends, order, found)]
        first = 0
        mine: list[int] = found.tolist()
        for owner, end in zip(mine, ends[found].tolist(), strict=True):
            # no more of them than a shelf holds
            shelves[owner].put(bare[order[max(first, end - RECENT) : end]])
            first = end
        return mine
