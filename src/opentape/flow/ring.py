"""The ring: the newest parents of each underlying, so that a question finds them at once.

The log of a date keeps every parent. The ring says where in it the newest of an underlying
stand, which is all that a question about the last minutes needs.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.records import Records

DEPTH: Final = 512
"""Parents kept of each underlying."""


class Window(NamedTuple):
    """Parents of one underlying in a span of time."""

    places: NDArray[np.int64]
    """Where they stand in the log, oldest first."""
    truncated: bool
    """Whether parents of the span have left the ring, so that the log must be read."""
    oldest_ts: int | None
    """How far back the ring reaches, None where it holds nothing."""


class Ring:
    """Places in a log of parents, by underlying and in order of their first leg."""

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._places: dict[int, NDArray[np.int64]] = {}
        self._left: set[int] = set()

    def keep(self, parents: Records, first: int, underlyings: NDArray[np.int64]) -> None:
        """Take up the parents of the log from `first` on.

        Parameters
        ----------
        underlyings
            The underlying of each of those, as an integer.
        """
        order = np.argsort(underlyings, kind="stable")
        edges = np.flatnonzero(np.diff(underlyings[order])) + 1
        for mine in np.split(order, edges):
            if mine.size:
                self._keep_of(parents, int(underlyings[mine[0]]), mine + first)

    def window(self, parents: Records, underlying: int, after: int, until: int) -> Window:
        """Return the parents of an underlying with ``after < ts <= until``."""
        places = self._places.get(underlying, np.empty(0, np.int64))
        places = places[~parents["dropped"][places]]
        times = parents["first_ts"][places]
        oldest = int(times[0]) if places.size else None
        truncated = underlying in self._left and (oldest is None or oldest > after)
        return Window(places[(times > after) & (times <= until)], truncated, oldest)

    def clear(self) -> None:
        """Forget everything: a new date has a new log."""
        self._places.clear()
        self._left.clear()

    def _keep_of(self, parents: Records, underlying: int, fresh: NDArray[np.int64]) -> None:
        held = np.append(self._places.get(underlying, np.empty(0, np.int64)), fresh)
        held = held[np.argsort(parents["first_ts"][held], kind="stable")]
        if held.size > self._depth:
            self._left.add(underlying)
        self._places[underlying] = held[-self._depth :]
