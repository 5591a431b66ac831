"""Sums that a figure is made of, such that days can be added up."""

from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Moments(NamedTuple):
    """Sums of two columns, of which their correlation is made."""

    x: float
    y: float
    xx: float
    yy: float
    xy: float

    def correlation(self, n: int) -> float | None:
        """Return Pearson's r of the `n` rows summed, None where a column is constant."""
        x_spread = n * self.xx - self.x * self.x
        y_spread = n * self.yy - self.y * self.y
        if x_spread <= 0 or y_spread <= 0:
            return None
        return (n * self.xy - self.x * self.y) / sqrt(x_spread * y_spread)


class Tally(NamedTuple):
    """One row of the audit before it is divided."""

    measure: str
    """Its name in `measures.MEASURES`."""
    of: str
    """Which part of the tape, or which rule."""
    n: int
    """How many were looked at."""
    total: float
    """What they add up to: how many were right, or a sum of errors."""
    beside: float | None = None
    """What the same `n` add up to under the baseline."""
    moments: Moments | None = None


def share(
    measure: str,
    of: str,
    hits: NDArray[np.bool_],
    beside: NDArray[np.bool_] | None = None,
) -> Tally:
    """Return how many of some rows are hits."""
    baseline = None if beside is None else float(np.count_nonzero(beside))
    return Tally(measure, of, hits.size, float(np.count_nonzero(hits)), baseline)


def correlation(measure: str, of: str, x: NDArray[np.int64], y: NDArray[np.int64]) -> Tally:
    """Return the sums behind the correlation of two columns."""
    one, other = x.astype(np.float64), y.astype(np.float64)
    sums = (one, other, one * one, other * other, one * other)
    moments = Moments(*(float(column.sum()) for column in sums))
    return Tally(measure, of, x.size, 0.0, moments=moments)


def added(days: Iterable[Iterable[Tally]]) -> list[Tally]:
    """Return the tallies of several days as those of one long day."""
    sums: dict[tuple[str, str], Tally] = {}
    for day in days:
        for tally in day:
            key = tally.measure, tally.of
            before = sums.get(key)
            sums[key] = tally if before is None else _sum(before, tally)
    return list(sums.values())


def _sum(one: Tally, other: Tally) -> Tally:
    beside = moments = None
    if one.beside is not None and other.beside is not None:
        beside = one.beside + other.beside
    if one.moments is not None and other.moments is not None:
        pairs = zip(one.moments, other.moments, strict=True)
        moments = Moments(*(mine + theirs for mine, theirs in pairs))
    return one._replace(
        n=one.n + other.n,
        total=one.total + other.total,
        beside=beside,
        moments=moments,
    )
