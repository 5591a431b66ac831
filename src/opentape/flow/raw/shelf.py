"""A shelf: records put down one after the other, handed out while more are put down.

Nothing that was handed out is ever written to again: what is out of room moves to a new
buffer, and what has to change is put on a new one.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw.records import NEVER
from opentape.flow.records import Records

_FEWEST: Final = 16


class Shelf:
    """The newest records of a kind.

    Parameters
    ----------
    most
        How many are handed out; older ones are forgotten.
    """

    __slots__ = ("_buffer", "_dtype", "_end", "_most", "_plain")

    def __init__(self, dtype: np.dtype[np.void], most: int) -> None:
        self._dtype = dtype
        self._most = most
        self._buffer: Records = np.empty(0, dtype)
        self._plain = plain(self._buffer)
        self._end = 0

    @property
    def records(self) -> Records:
        """The newest, oldest first."""
        return self._buffer[max(0, self._end - self._most) : self._end]

    def put(self, records: Records, since: int = NEVER) -> None:
        """Put `plain` records down; where room has to be made, those of old ``ts`` go.

        A `since` needs a shelf that is in the order of ``ts``.
        """
        end = self._end + records.size
        if end > self._buffer.size:
            kept = self.records
            if since > NEVER:
                kept = kept[int(np.searchsorted(kept["ts"], since)) :]
            self._move(plain(kept), records.size)
            end = self._end + records.size
        self._plain[self._end : end] = records
        self._end = end

    def replace(self, records: Records) -> None:
        """Have these records instead."""
        self._move(plain(records), 0)

    def _move(self, kept: Records, more: int) -> None:
        """Go to a new buffer, with `kept` records on it and room for `more`."""
        kept = kept[max(0, kept.size + more - self._most) :]
        self._buffer = np.empty(max(_FEWEST, 2 * (kept.size + more)), self._dtype)
        self._plain = plain(self._buffer)
        self._plain[: kept.size] = kept
        self._end = kept.size


def plain(records: Records) -> Records:
    """Return records as bytes: ten times as fast to copy as field by field."""
    return records.view(np.dtype((np.void, records.dtype.itemsize)))


def taken(records: Records, places: NDArray[np.int64] | NDArray[np.bool_]) -> Records:
    """Return the records at `places`."""
    return plain(records)[places].view(records.dtype)


def joined(parts: Sequence[Records]) -> Records:
    """Return records of one kind, one part after the other."""
    return np.concatenate([plain(part) for part in parts]).view(parts[0].dtype)
