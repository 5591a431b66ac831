"""A mean with its uncertainty, from sessions as they are: few, unequal, each of a piece."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.outcomes.student import critical, two_sided

Floats = NDArray[np.float64]

FEWEST: Final = 5
"""Blocks of sessions below which no interval is given."""
LEVEL: Final = 0.05
"""What an interval leaves out."""
FAMILY: Final = 0.005
"""How often a whole table may find anything where there is nothing: who looks at one each
session of a month would else see what is not there."""


class Estimate(NamedTuple):
    """The mean of a group, and how far it may be off."""

    mean: float
    blocks: int
    low: float | None
    """End of the interval that holds the truth 19 times of 20; None for too few blocks."""
    high: float | None
    p: float | None
    """How often chance alone brings a mean as far from 0."""


def block_means(value: Floats, block: NDArray[np.int64]) -> Floats:
    """Return the mean of each block that has a value."""
    _, place = np.unique(block, return_inverse=True)
    return np.bincount(place, value) / np.bincount(place)


def estimate(value: Floats, block: NDArray[np.int64]) -> Estimate:
    """Return the mean over blocks, each of which counts once, however much is in it.

    Whatever goes on within a block, a t-test on the means of independent blocks keeps
    its level at 5 % and below, though they are unequally uncertain (Bakirov and Szekely
    2005; Ibragimov and Müller 2010).
    """
    means = block_means(value, block)
    count, mean = means.size, float(means.mean())
    error = float(means.std(ddof=1)) / math.sqrt(count) if count >= FEWEST else 0.0
    if not error:
        return Estimate(mean, count, None, None, None)
    away = critical(LEVEL, count - 1) * error
    p = two_sided(mean / error, count - 1)
    return Estimate(mean, count, mean - away, mean + away, p)


def holm(found: Sequence[float | None]) -> list[float | None]:
    """Return each probability as it is among so many, those that are known.

    Where nothing is to be found, one or more of them is at a level or below no more often
    than the level says, whatever they have to do with each other (Holm 1979).
    """
    known = sorted((p, place) for place, p in enumerate(found) if p is not None)
    adjusted, so_far = list[float | None](found), 0.0
    for rank, (p, place) in enumerate(known):
        so_far = max(so_far, min(1.0, p * (len(known) - rank)))
        adjusted[place] = so_far
    return adjusted
