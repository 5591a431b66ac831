"""A slice as five free numbers: wherever a search steps, it stays inside the domain.

In order: the logarithm of the least variance; two numbers x whose squares, over one more
than themselves, are the left and right slope as shares of Lee's bound; the centre; the
logarithm of the width. A step beyond x = 0, where a slope is none, is turned back and ends
as far on this side: nothing holds a search there.
"""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.jit import stage
from opentape.pricing.smile.arbitrage import STEEPEST

LEAST: Final = (-46.0, 0.0, 0.0, -30.0, -14.0)
MOST: Final = (4.5, 1e4, 1e4, 30.0, 5.0)
"""How far each free number may go; far beyond what a market shows."""
_SQRT_STEEPEST: Final = math.sqrt(STEEPEST)
_FLATTEST: Final = 1e-8
_ROUNDING: Final = 1e-8


@stage
def natural(free: Floats, out: Floats) -> None:
    """Write least variance, roots of left and right slope, centre and width."""
    out[0] = math.exp(float(free[0]))
    out[1] = _root(float(free[1]))
    out[2] = _root(float(free[2]))
    out[3] = float(free[3])
    out[4] = math.exp(float(free[4]))


@stage
def raw(free: Floats, out: Floats) -> None:
    """Write a, b, rho, m and sigma of free numbers."""
    natural(free, out)
    drop = float(out[4]) * float(out[1]) * float(out[2])
    left, right = float(out[1]) ** 2, float(out[2]) ** 2
    flattest = _FLATTEST * max(left, right, _FLATTEST)
    left, right = max(left, flattest), max(right, flattest)
    # rho rounds, and what it makes of the least variance may not be negative
    out[0] = max(float(out[0]), _ROUNDING * drop) - drop
    out[1] = 0.5 * (left + right)
    out[2] = (right - left) / (right + left)


@stage
def freed(a: float, left: float, right: float, m: float, width: float, out: Floats) -> None:
    """Write the free numbers of a slice, each moved inside its range."""
    least = a + width * math.sqrt(max(left * right, 0.0))
    out[0] = math.log(max(least, 1e-20))
    out[1] = _unrooted(left)
    out[2] = _unrooted(right)
    out[3] = m
    out[4] = math.log(max(width, 1e-6))
    inside(out)


@stage
def inside(free: Floats) -> None:
    """Move each free number into its range."""
    free[1], free[2] = abs(float(free[1])), abs(float(free[2]))
    for i in range(free.size):
        free[i] = min(max(float(free[i]), LEAST[i]), MOST[i])


@stage
def _root(x: float) -> float:
    return _SQRT_STEEPEST * x / math.sqrt(1.0 + x * x)


@stage
def _unrooted(steepness: float) -> float:
    share = min(max(steepness / STEEPEST, 1e-9), 1.0 - 1e-6)
    return math.sqrt(share / (1.0 - share))
