"""The newest prints of each underlying, all of them and the large ones alone."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw.records import TRADE
from opentape.flow.raw.shelf import Shelf, apart, taken
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

    def admit(self, owners: int) -> None:
        """Have room for so many owners."""
        while len(self._recent) < owners:
            self._recent.append(Shelf(TRADE, RECENT))
            self._blocks.append(Shelf(TRADE, BLOCKS))

    def add(self, trades: Records, owners: NDArray[np.int32]) -> list[int]:
        """Keep prints, each of an owner; return the owners."""
        found: list[int] = []
        for owner, mine in _by_owner(trades, owners):
            self._recent[owner].put(mine)
            found.append(owner)
        large = trades["size"] >= self._block
        if large.any():
            for owner, mine in _by_owner(taken(trades, large), owners[large]):
                self._blocks[owner].put(mine)
        return found

    def remove(self, trades: Records, owners: NDArray[np.int32]) -> None:
        """Forget prints; what they had pushed out does not come back."""
        for owner, mine in _by_owner(trades, owners):
            for shelf in (self._recent[owner], self._blocks[owner]):
                kept = shelf.records
                gone = np.isin(kept["row"], mine["row"]) & np.isin(kept["ts"], mine["ts"])
                if gone.any():
                    shelf.replace(taken(kept, ~gone))

    def recent(self, owner: int) -> Records:
        """Return an owner's newest prints, oldest first; what is returned never changes."""
        return self._recent[owner].records

    def blocks(self, owner: int) -> Records:
        """Return an owner's newest blocks, oldest first; what is returned never changes."""
        return self._blocks[owner].records


def _by_owner(trades: Records, owners: NDArray[np.int32]) -> Iterator[tuple[int, Records]]:
    """Yield the prints of each owner, in the order they came."""
    return apart(trades, owners, np.argsort(owners, kind="stable"))
