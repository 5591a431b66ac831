"""Venues whose clocks are off: their instants contradict the order of the numbers.

A row was reported between its neighbours in the numbers, so two venues contradict each
other where a row of the one is stamped later than a row of the other that follows it. The
venue that contradicts most others within a minute is off, and is left out, until none
contradicts three others; a venue left out that the rest has nothing against is taken in
again. So most venues have to be right, a clock that is off by less than the time between
two prints is never seen, and of two that contradict each other alone either may be off:
a third that only both of them contradict is not held to be.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.records import MINUTE_NS, Kind, flaws
from opentape.flow.records import Records
from opentape.pricing.jit import kernel

_ENOUGH: Final = 3
"""Venues that one has to contradict to be the one that is off."""
_FAR = 1 << 62


class Skew(NamedTuple):
    """How far a venue's clock is off in some rows."""

    venue: int
    ahead_ns: int
    """Below 0 where it is behind."""


def skewed(rows: Records) -> Records:
    """Return the venues whose clocks are off, one flaw for each and minute.

    Parameters
    ----------
    rows
        `records.NUMBERED` in the order of their numbers, each of which comes once.
    """
    found: list[Records] = []
    for part in _minutes(rows["ts"]):
        mine = rows[part]
        found += (
            _flaw(mine[mine["venue"] == skew.venue], skew)
            for skew in skews(mine["ts"], mine["venue"])
        )
    return np.concatenate([flaws(0), *found])


def skews(ts: NDArray[np.int64], venue: NDArray[np.uint8]) -> list[Skew]:
    """Return the venues whose clocks are off in some rows, in the order of the numbers."""
    venues, place = np.unique(venue, return_inverse=True)
    least = np.full((venues.size, venues.size), -_FAR, np.int64)
    apart(np.ascontiguousarray(ts), place, np.full(venues.size, -_FAR, np.int64), least)
    np.fill_diagonal(least, -_FAR)
    right, accused = _accused(least, np.bincount(place))
    found: list[Skew] = []
    for one in reversed(accused):
        low = int(least[one, right].max(initial=-_FAR))
        high = -int(least[right, one].max(initial=-_FAR))
        if low <= 0 <= high:
            right[one] = True
        else:
            found.append(Skew(int(venues[one]), _between(low, high)))
    return found


@kernel
def apart(
    ts: NDArray[np.int64],
    place: NDArray[np.int64],
    newest: NDArray[np.int64],
    least: NDArray[np.int64],
) -> None:
    """Write by how much each venue's clock is ahead of each other's at least.

    `newest` is scratch: the latest instant of each venue so far.
    """
    for i in range(ts.size):
        mine, stamp = place[i], ts[i]
        for other in range(newest.size):
            least[other, mine] = max(least[other, mine], newest[other] - stamp)
        newest[mine] = max(newest[mine], stamp)


def _accused(
    least: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[int]]:
    """Return which venues agree with each other, and the others in the order they left."""
    against = (least > 0) | (least > 0).T
    right = np.ones(len(least), np.bool_)
    accused: list[int] = []
    while True:
        others = (against & right & right[:, None]).sum(axis=1)
        if others.max() < _ENOUGH:
            return right, accused
        # one with many rows would contradict more: of two that do alike, it is the other
        accused.append(int(np.lexsort((-rows, others))[-1]))
        right[accused[-1]] = False


def _minutes(ts: NDArray[np.int64]) -> Iterator[slice]:
    """Yield the parts of rows, a minute each, whose instants do not ascend."""
    if _ascends(ts):
        return
    latest = np.maximum.accumulate(ts)
    earliest = np.minimum.accumulate(ts[::-1])[::-1]
    minute = (latest // 2 + earliest // 2) // MINUTE_NS
    edges = np.flatnonzero(np.diff(minute)) + 1
    for first, end in pairwise([0, *edges.tolist(), ts.size]):
        if not _ascends(ts[first:end]):
            yield slice(first, end)


def _ascends(ts: NDArray[np.int64]) -> bool:
    return bool((ts[1:] >= ts[:-1]).all())


def _between(low: int, high: int) -> int:
    """Return the middle of two bounds, the one that is there where the other is not.

    A clock that was set meanwhile is past both: then the one that is farther off.
    """
    if low > high:
        return max(low, high, key=abs)
    if low <= -_FAR // 2:
        return high
    return low if high >= _FAR // 2 else (low + high) // 2


def _flaw(rows: Records, skew: Skew) -> Records:
    found = flaws(1)
    found["kind"], found["venue"] = Kind.CLOCK_SKEW, skew.venue
    found["ts"], found["last"] = rows["ts"].min(), rows["ts"].max()
    found["sequence"], found["row"] = rows["sequence"][0], rows["row"][0]
    found["count"], found["value"] = rows.size, skew.ahead_ns
    return found
