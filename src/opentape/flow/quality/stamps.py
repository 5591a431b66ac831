"""Rows whose stamps are far from their place in the numbers: hours ahead, or of the night.

A clock that is off by a second or two is told by venue, in `clocks`. A stamp that is more
than a minute ahead of the rows that follow it in the numbers, or behind those before it, is
of that row alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.records import MINUTE_NS

NEAR: Final = 5
"""Rows on either side that say where a row belongs; most of them have to be right."""
_FAR: Final = 1 << 61


def astray(
    ts: NDArray[np.int64], before_ns: int | None, behind: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return by how much each row is stamped ahead of its place; 0 where it may be right.

    Parameters
    ----------
    ts
        Instants in the order of the numbers.
    before_ns
        Instant of the row before them, None where there is none.
    behind
        Instants of some rows that follow.
    """
    since = -_FAR if before_ns is None else before_ns
    latest = np.maximum(np.maximum.accumulate(ts), since)
    earliest = np.minimum.accumulate(np.append(ts, behind)[::-1])[::-1][: ts.size]
    off = np.zeros(ts.size, np.int64)
    if (latest - earliest <= MINUTE_NS).all():
        return off
    first = np.full(NEAR, since)
    last = np.append(behind[:NEAR], np.full(NEAR, _FAR))[:NEAR]
    ahead = ts - _middle(np.concatenate([ts, last])[1:])
    late = ts - _middle(np.concatenate([first, ts])[:-1])
    off[ahead > MINUTE_NS] = ahead[ahead > MINUTE_NS]
    off[late < -MINUTE_NS] = late[late < -MINUTE_NS]
    return off


def set_right(ts: NDArray[np.int64], off: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return instants, in place of those that are off that of the row before them."""
    good = np.flatnonzero(off == 0)
    if good.size in (0, ts.size):
        return ts
    at = np.searchsorted(good, np.arange(ts.size), "right") - 1
    return ts[good[np.maximum(at, 0)]]


def last_of(ts: NDArray[np.int64]) -> int:
    """Return the last of some instants, unless it is far from those before it."""
    usual = int(np.sort(ts[-NEAR:])[(min(ts.size, NEAR) - 1) // 2])
    return usual if abs(int(ts[-1]) - usual) > MINUTE_NS else int(ts[-1])


def _middle(ts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the middle of every so many instants that follow on each other."""
    near = np.lib.stride_tricks.sliding_window_view(ts, NEAR)
    return np.sort(near, axis=1)[:, NEAR // 2]
