"""Venues whose clocks are off: their instants contradict the order of the numbers.

A row was reported between its neighbours in the numbers. Where the instants of a minute do
not ascend, the venue whose rows stand farthest from their places by instant is left out
until the rest do; a venue left out that the rest has nothing against is taken in again. So
most venues have to be right, and a clock that is off by less than the time between two
prints is never seen.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.records import MINUTE_NS, Kind, flaws
from opentape.flow.records import Records

_VENUES: Final = 64
_FAR: Final = 1 << 62


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
    right = np.ones(ts.size, np.bool_)
    accused: list[int] = []
    while not _ascends(ts[right]):
        accused.append(_farthest(ts[right], venue[right]))
        right &= venue != accused[-1]
    found: list[Skew] = []
    for one in reversed(accused):
        ahead = _ahead(ts, venue == one, right)
        if ahead == 0:
            right |= venue == one
        else:
            found.append(Skew(one, ahead))
    return found


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


def _farthest(ts: NDArray[np.int64], venue: NDArray[np.uint8]) -> int:
    """Return the venue whose rows stand farthest from their places, on average."""
    rank = np.empty(ts.size, np.int64)
    rank[np.argsort(ts, kind="stable")] = np.arange(ts.size)
    far = np.abs(rank - np.arange(ts.size)).astype(np.float64)
    rows = np.bincount(venue, minlength=_VENUES)
    return int(np.argmax(np.bincount(venue, far, _VENUES) / np.maximum(rows, 1)))


def _ahead(ts: NDArray[np.int64], mine: NDArray[np.bool_], right: NDArray[np.bool_]) -> int:
    """Return how far a clock is ahead of those that are right; 0 where it may be right.

    Each row was reported between the rows that are right on its either side, so that it is
    ahead by something between two bounds; of all rows of the venue the narrowest count.
    """
    places, at = np.flatnonzero(right), np.flatnonzero(mine)
    if not places.size:
        return 0
    after = np.searchsorted(places, at)
    stamps = np.concatenate([[-_FAR], ts[places], [_FAR]])
    least = ts[at] - stamps[after + 1]
    most = ts[at] - stamps[after]
    low, high = int(least.max()), int(most.min())
    if low <= 0 <= high:
        return 0
    if low > high:
        # a clock that was set right meanwhile: what most of its rows say
        return _middle(int(np.median(least)), int(np.median(most))) or _outer(low, high)
    return _middle(low, high)


def _middle(low: int, high: int) -> int:
    """Return the middle of two bounds; the one that is there where the other is not."""
    if low <= -_FAR // 2:
        return high
    return low if high >= _FAR // 2 else (low + high) // 2


def _outer(low: int, high: int) -> int:
    return low if abs(low) > abs(high) else high


def _flaw(rows: Records, skew: Skew) -> Records:
    found = flaws(1)
    found["kind"], found["venue"] = Kind.CLOCK_SKEW, skew.venue
    found["ts"], found["last"] = rows["ts"].min(), rows["ts"].max()
    found["sequence"], found["row"] = rows["sequence"][0], rows["row"][0]
    found["count"], found["value"] = rows.size, skew.ahead_ns
    return found
