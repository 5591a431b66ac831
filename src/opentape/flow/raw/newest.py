"""The newest prints of each underlying, all of them and the large ones alone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw.rack import Rack, put_all
from opentape.flow.raw.records import TRADE
from opentape.flow.raw.shelf import Shelf, taken
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
        self._recent = Rack(TRADE, RECENT)
        self._blocks = Rack(TRADE, BLOCKS)
        self._fewer: set[int] = set()
        """Owners of whom prints were taken back that are still on a shelf."""

    def admit(self, owners: int) -> None:
        """Have room for so many owners."""
        self._recent.admit(owners)
        self._blocks.admit(owners)

    def add(self, trades: Records, owners: NDArray[np.int32]) -> None:
        """Keep prints, each of an owner."""
        _put(self._recent, trades, owners, 1)
        _put(self._blocks, trades, owners, self._block)

    def remove(self, trades: Records, owners: NDArray[np.int32]) -> None:
        """Leave prints out; what they had pushed out does not come back.

        They stay on their shelf without a size and push out as they did before, so that it
        does not matter when a cancel comes.
        """
        for owner in set[int](owners.tolist()):
            mine = taken(trades, owners == owner)
            for shelf in (self._recent.shelf(owner), self._blocks.shelf(owner)):
                kept = shelf.records
                gone = np.isin(kept["row"], mine["row"]) & np.isin(kept["ts"], mine["ts"])
                if gone.any():
                    kept = kept.copy()
                    kept["size"][gone] = 0
                    shelf.replace(kept)
                    self._fewer.add(owner)

    def recent(self, owner: int) -> Records:
        """Return an owner's newest prints, oldest first; what is returned never changes."""
        return self._left(self._recent.shelf(owner), owner)

    def blocks(self, owner: int) -> Records:
        """Return an owner's newest blocks, oldest first; what is returned never changes."""
        return self._left(self._blocks.shelf(owner), owner)

    def _left(self, shelf: Shelf, owner: int) -> Records:
        kept = shelf.records
        return taken(kept, kept["size"] > 0) if owner in self._fewer else kept


def _put(rack: Rack, trades: Records, owners: NDArray[np.int32], least: int) -> None:
    """Put prints of at least some size on a rack."""
    came = 0
    while True:
        came = put_all(
            trades, owners, came, least, rack.most, rack.records, rack.following,
            rack.chains, rack.heap,
        )  # fmt: skip
        if came == trades.size:
            return
        rack.grow()
