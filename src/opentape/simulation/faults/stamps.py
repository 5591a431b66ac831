"""Stamps of single rows that are far off: from later in the day, or of the night before."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.simulation.records import Delivered

_AHEAD_S: Final = (600, 6_000)
_BEHIND_S: Final = (25_200, 32_400)
"""Seven to nine hours: every session is shorter, and the date began before."""


class Stamped(NamedTuple):
    """Rows some of which are stamped far from when they were made."""

    rows: Delivered
    at: NDArray[np.intp]
    """Where in them."""
    how: list[str]
    """What is wrong with each."""


def astray(rows: Delivered, hit: NDArray[np.bool_], rng: np.random.Generator) -> Stamped:
    """Return the rows; those hit are stamped ahead of their time, or before the session."""
    at = np.flatnonzero(hit)
    ahead = rng.integers(2, size=at.size) == 1
    later = rng.integers(*_AHEAD_S, at.size, endpoint=True)
    sooner = rng.integers(*_BEHIND_S, at.size, endpoint=True)
    seconds = np.where(ahead, later, -sooner)
    ts = rows.ts_event.copy()
    ts[at] += seconds * SECOND_NS
    how = [
        f"stamped {abs(off):,} s {'ahead' if off > 0 else 'behind'}"
        for off in seconds.tolist()
    ]
    return Stamped(rows._replace(ts_event=ts), at, how)
