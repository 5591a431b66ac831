"""Least squares over the five free numbers of a slice, with fences against arbitrage."""

import math
from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage
from opentape.pricing.smile.arbitrage import STEEPEST, density_sign
from opentape.pricing.smile.search.shape import inside, natural
from opentape.pricing.smile.svi import derivatives

FREE: Final = 5
_FIRST_DAMPING: Final = 1e-2
_STIFFEST: Final = 1e9
_STEPS: Final = 40
_SETTLED: Final = 1e-6
_EXACT: Final = 1e-26
_THINNEST: Final = 1e-15


class Work(NamedTuple):
    """Scratch of one search: nothing in it outlives a call."""

    normal: Floats
    """Normal equations, gradient in the last column; current and tried."""
    factor: Floats
    step: Floats
    tried: Floats
    shape: Floats
    row: Floats
    kept: Floats
    sums: Floats


class Fence(NamedTuple):
    """Where a slice is held: Durrleman's g above `margin`, variance between neighbours."""

    k: Floats
    """Places looked at, ln(strike / forward); NaN places are skipped."""
    near: Floats
    """Raw parameters of the earlier slice, NaN without one."""
    far: Floats
    """Raw parameters of the later slice, NaN without one."""


def work() -> Work:
    """Return scratch for one search."""
    return Work(
        np.empty((2, FREE, FREE + 1)),
        np.empty((FREE, FREE)),
        np.empty(FREE),
        np.empty(FREE),
        np.empty(FREE),
        np.empty(FREE),
        np.empty(FREE),
        np.empty(10),
    )


@kernel
def descend(
    k: Floats,
    deviation: Floats,
    weight: Floats,
    scale: float,
    fence: Fence,
    force: float,
    margin: float,
    free: Floats,
    scratch: Work,
) -> float:
    """Move `free` downhill to a least weighted square error of deviation; return it.

    Levenberg's damping, scaled by Marquardt's diagonal. `force` weighs what breaks a
    fence against the points, whose weights sum to one; 0 looks at no fence.
    """
    now = 0
    cost = _squares(
        k, deviation, weight, scale, fence, force, margin, free, scratch.normal[0], scratch
    )
    damping = _FIRST_DAMPING
    for _ in range(_STEPS):
        if damping > _STIFFEST or cost < _EXACT:
            break
        if not _solve(scratch.normal[now], damping, scratch.factor, scratch.step):
            damping *= 8.0
            continue
        for i in range(FREE):
            scratch.tried[i] = free[i] + scratch.step[i]
        inside(scratch.tried)
        tried = _squares(
            k, deviation, weight, scale, fence, force, margin, scratch.tried,
            scratch.normal[1 - now], scratch,
        )  # fmt: skip
        if not tried < cost:
            damping *= 8.0
            continue
        gain = cost - tried
        now, cost = 1 - now, tried
        damping = max(damping * 0.15, _THINNEST)
        for i in range(FREE):
            free[i] = scratch.tried[i]
        if gain < _SETTLED * cost:
            break
    return cost


@kernel
def _squares(
    k: Floats,
    deviation: Floats,
    weight: Floats,
    scale: float,
    fence: Fence,
    force: float,
    margin: float,
    free: Floats,
    normal: Floats,
    scratch: Work,
) -> float:
    for i in range(FREE):
        for j in range(FREE + 1):
            normal[i, j] = 0.0
    natural(free, scratch.shape)
    cost = 0.0
    for i in range(k.size):
        root = math.sqrt(_place(float(k[i]), scratch.shape, scratch.row))
        miss = (root - float(deviation[i])) / scale
        lever = 0.5 / (root * scale)
        cost += _add(float(weight[i]), miss, lever, scratch.row, normal)
    if force > 0.0:
        for i in range(fence.k.size):
            if not math.isnan(fence.k[i]):
                cost += _fenced(
                    float(fence.k[i]), fence, scale, force, margin, normal, scratch
                )
    return cost


@stage
def _place(k: float, shape: Floats, row: Floats) -> float:
    """Return total variance at `k`; write its derivatives by the five free numbers."""
    least, width = float(shape[0]), float(shape[4])
    left, right = float(shape[1]), float(shape[2])
    x = k - float(shape[3])
    s = math.sqrt(x * x + width * width)
    row[0] = least
    row[1] = (left * (s - x) - width * right) * _root_slope(left)
    row[2] = (right * (s + x) - width * left) * _root_slope(right)
    row[3] = -0.5 * (right * right * (x / s + 1.0) + left * left * (x / s - 1.0))
    row[4] = (0.5 * (left * left + right * right) * width / s - left * right) * width
    rise = 0.5 * (right * right * (s + x) + left * left * (s - x))
    return max(least + rise - width * left * right, 1e-24)


@stage
def _root_slope(root: float) -> float:
    """Return the derivative of the root of a wing's slope by its free number."""
    rest = 1.0 - root * root / STEEPEST
    return math.sqrt(STEEPEST * max(rest, 0.0)) * rest


@stage
def _add(weight: float, miss: float, lever: float, row: Floats, normal: Floats) -> float:
    """Add one residual to the normal equations; return its share of the cost."""
    pull = weight * lever * lever
    push = weight * lever * miss
    for i in range(FREE):
        part = pull * row[i]
        for j in range(i + 1):
            normal[i, j] += part * row[j]
        normal[i, FREE] += push * row[i]
    return weight * miss * miss


@kernel
def _fenced(
    k: float,
    fence: Fence,
    scale: float,
    force: float,
    margin: float,
    normal: Floats,
    scratch: Work,
) -> float:
    row = scratch.row
    variance = _place(k, scratch.shape, row)
    root = math.sqrt(variance)
    cost = 0.0
    low = _root(fence.near, k) * (1.0 + 0.3 * margin)
    if root < low:
        cost += _add(force, (root - low) / scale, 0.5 / (root * scale), row, normal)
    high = _root(fence.far, k) * (1.0 - 0.3 * margin)
    if root > high:
        cost += _add(force, (root - high) / scale, 0.5 / (root * scale), row, normal)
    sign = _sign(k, variance, scratch.shape, row)
    if sign < margin:
        cost += _add(force, sign - margin, 1.0, row, normal)
    return cost


@stage
def _root(raw: Floats, k: float) -> float:
    """Return the deviation of a slice at `k`; NaN, which breaks no fence, without one."""
    if math.isnan(raw[0]):
        return math.nan
    variance, _first, _second = derivatives(
        float(raw[0]), float(raw[1]), float(raw[2]), float(raw[3]), float(raw[4]), k
    )
    return math.sqrt(max(variance, 0.0))


@stage
def _sign(k: float, variance: float, shape: Floats, row: Floats) -> float:
    """Return Durrleman's g; turn the derivatives of variance in `row` into those of g."""
    left, right = float(shape[1]) ** 2, float(shape[2]) ** 2
    b, width = 0.5 * (left + right), float(shape[4])
    x = k - float(shape[3])
    s = math.sqrt(x * x + width * width)
    tilt, turn = x / s, width / s
    first = b * tilt + 0.5 * (right - left)
    second = b * turn * turn / s
    third = -3.0 * second * tilt / s
    upright = 1.0 - 0.5 * k * first / variance
    by_variance = (upright * k * first + 0.25 * first * first) / (variance * variance)
    by_first = -upright * k / variance - 0.5 * first * (1.0 / variance + 0.25)
    by_left = 2.0 * float(shape[1]) * _root_slope(float(shape[1]))
    by_right = 2.0 * float(shape[2]) * _root_slope(float(shape[2]))
    half = 0.5 * turn * turn / s
    row[0] *= by_variance
    row[1] = by_variance * row[1] + by_left * (by_first * 0.5 * (tilt - 1.0) + 0.5 * half)
    row[2] = by_variance * row[2] + by_right * (by_first * 0.5 * (tilt + 1.0) + 0.5 * half)
    row[3] = by_variance * row[3] - by_first * second - 0.5 * third
    row[4] = by_variance * row[4] + width * (
        -by_first * b * turn * tilt / s
        + 0.5 * b * turn * (2.0 - 3.0 * turn * turn) / (s * s)
    )
    return density_sign(k, variance, first, second)


@kernel
def _solve(normal: Floats, damping: float, factor: Floats, step: Floats) -> bool:
    """Solve the damped normal equations by Cholesky; tell whether they could be."""
    for i in range(FREE):
        for j in range(i):
            rest = float(normal[i, j]) - _product(factor, i, j, j)
            factor[i, j] = rest / float(factor[j, j])
        rest = float(normal[i, i]) * (1.0 + damping) + _THINNEST * damping
        rest -= _product(factor, i, i, i)
        if not rest > 0.0:
            return False
        factor[i, i] = math.sqrt(rest)
    for i in range(FREE):
        rest = -float(normal[i, FREE])
        for n in range(i):
            rest -= float(factor[i, n]) * float(step[n])
        step[i] = rest / float(factor[i, i])
    for i in range(FREE - 1, -1, -1):
        rest = float(step[i])
        for n in range(i + 1, FREE):
            rest -= float(factor[n, i]) * float(step[n])
        step[i] = rest / float(factor[i, i])
    return True


@stage
def _product(factor: Floats, i: int, j: int, length: int) -> float:
    total = 0.0
    for n in range(length):
        total += float(factor[i, n]) * float(factor[j, n])
    return total
