"""A shelf: records put down one after the other, handed out while more are put down.

Nothing that was handed out is ever written to again: what is out of room moves to a new
buffer, and what has to change is put on a new one.
"""

from collections.abc import Iterator, Sequence
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

    __slots__ = ("_buffer", "_end", "_most")

    def __init__(self, dtype: np.dtype[np.void], most: int) -> None:
        self._buffer: Records = np.empty(0, dtype)
        self._end = 0
        self._most = most

    @property
    def records(self) -> Records:
        """The newest, oldest first."""
        return self._buffer[max(0, self._end - self._most) : self._end]

    def put(self, records: Records, since: int = NEVER) -> None:
        """Put records down; where room has to be made, those with an older ``ts`` go.

        A `since` needs a shelf that is in the order of ``ts``.
        """
        records = records[-self._most :]
        if self._end + records.size > self._buffer.size:
            kept = self.records
            if since > NEVER:
                kept = kept[int(np.searchsorted(kept["ts"], since)) :]
            self._move(kept[max(0, kept.size + records.size - self._most) :], records.size)
        end = self._end + records.size
        plain(self._buffer)[self._end : end] = plain(records)
        self._end = end

    def replace(self, records: Records) -> None:
        """Have these records instead."""
        self._move(records[-self._most :], 0)

    def _move(self, kept: Records, more: int) -> None:
        room = max(_FEWEST, 2 * (kept.size + more))
        buffer: Records = np.empty(room, self._buffer.dtype)
        plain(buffer)[: kept.size] = plain(kept)
        self._buffer, self._end = buffer, kept.size


def plain(records: Records) -> Records:
    """Return records as bytes: ten times as fast to copy as field by field."""
    return records.view(np.dtype((np.void, records.dtype.itemsize)))


def taken(records: Records, places: NDArray[np.int64] | NDArray[np.bool_]) -> Records:
    """Return the records at `places`."""
    return plain(records)[places].view(records.dtype)


def joined(parts: Sequence[Records]) -> Records:
    """Return records of one kind, one part after the other."""
    return np.concatenate([plain(part) for part in parts]).view(parts[0].dtype)


def apart(
    records: Records, owners: NDArray[np.int32], order: NDArray[np.intp]
) -> Iterator[tuple[int, Records]]:
    """Yield the records of each owner; `order` is one in which owners ascend."""
    if not order.size:
        return
    records, owners = taken(records, order), owners[order]
    edges = np.flatnonzero(np.diff(owners)) + 1
    starts: list[int] = [0, *edges.tolist()]
    ends: list[int] = [*edges.tolist(), owners.size]
    for first, end in zip(starts, ends, strict=True):
        yield int(owners[first]), records[first:end]
