"""Rows that vanish, come twice or stand elsewhere in the file than their time says."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_SHORTEST, _LONGEST = 5, 200
"""Rows that one gap swallows."""
_FARTHEST: Final = 2_000
"""Rows that disorder moves another by, at most."""
_AGAIN: Final = 300
"""Rows until a duplicate, at most; others may come in between."""


class Laid(NamedTuple):
    """Where in a file the rows of a slice stand, some of them twice."""

    places: NDArray[np.intp]
    """The row that stands at each place."""
    moved: NDArray[np.intp]
    """Rows that do not stand where their time says, and `by` how many rows: + is late."""
    by: NDArray[np.int64]
    again: NDArray[np.intp]
    """Rows that stand twice, and how many rows `after` the first time."""
    after: NDArray[np.intp]


def swallowed(
    rows: int, rate: float, left: int, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], int]:
    """Return which rows of a slice fall into gaps, and how many of the next one do.

    Parameters
    ----------
    left
        Rows at the beginning that fall into a gap of the slice before.
    """
    mean = 0.5 * (_SHORTEST + _LONGEST)
    # gaps may overlap: so many begin that what none of them covers is the rest
    chance = -math.log1p(-rate) / mean if rate < 1.0 else 1.0
    row = np.arange(rows)
    ends = row + rng.integers(_SHORTEST, _LONGEST, rows, endpoint=True)
    begins = rng.random(rows) < chance
    reach = np.maximum.accumulate(np.append(left, np.where(begins, ends, 0)))
    return row < reach[1:], max(int(reach[-1]) - rows, 0)


def moves(
    rows: int, rate: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return which rows disorder moves, and by how many rows: it stays in the slice."""
    at = np.flatnonzero(rng.random(rows) < rate)
    by = rng.integers(1, _FARTHEST, at.size, endpoint=True)
    by = np.where(rng.random(at.size) < 0.5, by, -by)  # noqa: PLR2004 - either way
    by = np.clip(at + by, 0, max(rows - 1, 0)) - at
    return at[by != 0], by[by != 0]


def repeats(
    rows: int, rate: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return which rows are delivered again, and behind how many others."""
    at = np.flatnonzero(rng.random(rows) < rate)
    return at, rng.integers(1, _AGAIN, at.size, endpoint=True)


def laid(
    rows: int,
    moved: tuple[NDArray[np.intp], NDArray[np.int64]],
    again: tuple[NDArray[np.intp], NDArray[np.int64]],
) -> Laid:
    """Return the order of a file some of whose rows are moved and some repeated."""
    at, by = moved
    twice, behind = again
    key = np.arange(rows, dtype=np.float64)
    key[at] += by + 0.5 * np.sign(by)
    keys = np.concatenate([key, key[twice] + behind + 0.25])
    order = np.argsort(keys, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return Laid(
        places=np.concatenate([np.arange(rows), twice])[order],
        moved=at,
        by=by,
        again=twice,
        after=place[rows:] - place[twice],
    )
