"""Points: normalisers, straight lines between knots, and integers that keep their sum."""

import math

import numpy as np
from numpy.typing import NDArray

from opentape.pricing.jit import stage

_ALMOST = 1e-9
_HALF = 0.5


@stage
def clamp(value: float) -> float:
    """Return a value brought into 0 to 1."""
    return min(1.0, max(0.0, value))


@stage
def log_share(value: float, floor: float, full: float) -> float:
    """Return how far a value is from `floor` (0) to `full` (1) on a logarithmic scale."""
    if value <= floor:
        return 0.0
    return clamp(math.log10(value / floor) / math.log10(full / floor))


@stage
def between(x: float, knots: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Return the straight-line value at `x`; beyond the knots, that of the nearest."""
    if x <= knots[0]:
        return values[0]
    for at in range(1, knots.size):
        if x <= knots[at]:
            part = (x - knots[at - 1]) / (knots[at] - knots[at - 1])
            return values[at - 1] + part * (values[at] - values[at - 1])
    return values[knots.size - 1]


@stage
def whole(exact: NDArray[np.float64], points: NDArray[np.int8]) -> int:
    """Write `exact` as integers whose sum is the rounded sum of `exact`; return that sum.

    Units left over go to the largest fractional parts, the earlier part on a tie.
    `exact` is used up.
    """
    total, given = 0.0, 0
    for at in range(exact.size):
        total += exact[at]
        units = math.floor(exact[at] + _ALMOST)
        points[at] = units
        given += units
        exact[at] -= units
    score = math.floor(total + _HALF)
    while given != score:
        step = 1 if given < score else -1
        best = 0
        for at in range(1, exact.size):
            if step * exact[at] > step * exact[best] + _ALMOST:
                best = at
        points[best] += step
        exact[best] -= step
        given += step
    return score
