"""Where a fit starts: the best of a grid of hyperbolas, each solved in closed form.

With centre and width fixed, a slice is linear in its level and its two slopes, and the
slopes live in a square: 0 to Lee's bound. So the search has two dimensions, not five.

Source: Zeliade Systems, "Quasi-explicit calibration of Gatheral's SVI model" (2009).
"""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage
from opentape.pricing.smile.arbitrage import STEEPEST
from opentape.pricing.smile.search.shape import freed

CENTRES: Final = 9
WIDTHS: Final = (0.1, 0.25, 0.6, 1.5, 4.0)
"""Widths tried, in deviations at expiry."""
_FLAT: Final = 1e-12


@kernel
def start(
    k: Floats, deviation: Floats, weight: Floats, scale: float, free: Floats, sums: Floats
) -> None:
    """Write the free numbers of the best slice of the grid.

    `deviation` is the root of total variance, `scale` a typical one; `weight` counts
    squared errors of deviation; `sums` is scratch, 13 places.
    """
    low, high = math.inf, -math.inf
    for i in range(k.size):
        low = min(low, float(k[i]))
        high = max(high, float(k[i]))
    best = math.inf
    freed(scale * scale, 1e-3 * scale, 1e-3 * scale, 0.0, scale, free)
    for place in range(CENTRES):
        m = low + (high - low) * place / (CENTRES - 1.0)
        for i in range(len(WIDTHS)):
            width = WIDTHS[i] * scale
            _sum_up(k, deviation, weight, scale, m, width, sums)
            left, right, cost = _slopes(sums)
            a = sums[3] - right * sums[1] - left * sums[2]
            if cost < best and a + width * math.sqrt(left * right) > _FLAT * scale * scale:
                best = cost
                freed(a, left, right, m, width, free)


@stage
def _sum_up(
    k: Floats,
    deviation: Floats,
    weight: Floats,
    scale: float,
    m: float,
    width: float,
    sums: Floats,
) -> None:
    """Write the means of right arm, left arm and variance, then their covariances."""
    for i in range(10):
        sums[i] = 0.0
    for i in range(k.size):
        x = float(k[i]) - m
        s = math.sqrt(x * x + width * width)
        right, left = 0.5 * (s + x), 0.5 * (s - x)
        root = float(deviation[i])
        variance = root * root
        w = float(weight[i]) / (variance + 0.01 * scale * scale)
        sums[0] += w
        sums[1] += w * right
        sums[2] += w * left
        sums[3] += w * variance
        sums[4] += w * right * right
        sums[5] += w * right * left
        sums[6] += w * left * left
        sums[7] += w * right * variance
        sums[8] += w * left * variance
        sums[9] += w * variance * variance
    for i in range(1, 10):
        sums[i] /= sums[0]
    sums[4] -= sums[1] * sums[1]
    sums[5] -= sums[1] * sums[2]
    sums[6] -= sums[2] * sums[2]
    sums[7] -= sums[1] * sums[3]
    sums[8] -= sums[2] * sums[3]
    sums[9] -= sums[3] * sums[3]


@stage
def _slopes(sums: Floats) -> tuple[float, float, float]:
    """Return left and right slope of least squares inside the square, and their cost."""
    rr, rl, ll, ry, ly = sums[4], sums[5], sums[6], sums[7], sums[8]
    level = rr * ll - rl * rl
    if level > _FLAT * rr * ll:
        right = (ll * ry - rl * ly) / level
        left = (rr * ly - rl * ry) / level
        if 0.0 <= right <= STEEPEST and 0.0 <= left <= STEEPEST:
            return left, right, _cost(sums, left, right)
    best, best_left, best_right = math.inf, 0.0, 0.0
    for edge in range(4):
        fixed = STEEPEST * (edge % 2)
        if edge < 2:  # noqa: PLR2004 - the first two edges fix the right slope
            left, right = _clipped(ly - rl * fixed, ll), fixed
        else:
            left, right = fixed, _clipped(ry - rl * fixed, rr)
        cost = _cost(sums, left, right)
        if cost < best:
            best, best_left, best_right = cost, left, right
    return best_left, best_right, best


@stage
def _cost(sums: Floats, left: float, right: float) -> float:
    straight = sums[9] - 2.0 * (right * sums[7] + left * sums[8])
    curved = right * right * sums[4] + left * left * sums[6]
    return sums[0] * (straight + curved + 2.0 * left * right * sums[5])


@stage
def _clipped(pull: float, stiffness: float) -> float:
    if stiffness <= 0.0:
        return 0.0
    return min(max(pull / stiffness, 0.0), STEEPEST)
