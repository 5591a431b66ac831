"""A slice as five free numbers: wherever a search steps, it stays inside the domain.

In order: the logarithm of the least variance, the logits of the left and right slope
between 0 and Lee's bound, the centre, the logarithm of the width.
"""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.jit import stage
from opentape.pricing.smile.arbitrage import STEEPEST

LEAST: Final = (-46.0, -16.0, -16.0, -6.0, -14.0)
MOST: Final = (4.5, 12.0, 12.0, 6.0, 5.0)
"""How far each free number may go; far beyond what a market shows."""
_ROUNDING: Final = 1e-11


@stage
def natural(free: Floats, out: Floats) -> None:
    """Write least variance, left and right slope, centre and width of free numbers."""
    out[0] = math.exp(float(free[0]))
    out[1] = STEEPEST / (1.0 + math.exp(-float(free[1])))
    out[2] = STEEPEST / (1.0 + math.exp(-float(free[2])))
    out[3] = float(free[3])
    out[4] = math.exp(float(free[4]))


@stage
def raw(free: Floats, out: Floats) -> None:
    """Write a, b, rho, m and sigma of free numbers; sets ``out`` and nothing else."""
    natural(free, out)
    least, left, right, centre, width = out[0], out[1], out[2], out[3], out[4]
    # b and rho round, and what they make of the least variance may not be negative
    least = max(least, _ROUNDING * width * (left + right))
    out[0] = least - width * math.sqrt(left * right)
    out[1] = 0.5 * (left + right)
    out[2] = (right - left) / (right + left)
    out[3] = centre
    out[4] = width


@stage
def freed(a: float, left: float, right: float, m: float, width: float, out: Floats) -> None:
    """Write the free numbers of a slice, each moved inside its range."""
    least = a + width * math.sqrt(max(left * right, 0.0))
    out[0] = math.log(max(least, 1e-20))
    out[1] = _logit(left)
    out[2] = _logit(right)
    out[3] = m
    out[4] = math.log(max(width, 1e-6))
    inside(out)


@stage
def inside(free: Floats) -> None:
    """Move each free number into its range."""
    for i in range(free.size):
        free[i] = min(max(float(free[i]), LEAST[i]), MOST[i])


@stage
def _logit(steepness: float) -> float:
    share = min(max(steepness / STEEPEST, 1e-9), 1.0 - 1e-6)
    return math.log(share / (1.0 - share))
