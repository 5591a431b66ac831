"""The points of one slice, and the nearest hyperbola to them, arbitrage or not."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage
from opentape.pricing.smile.descent import FREE, Fence, Work, descend
from opentape.pricing.smile.shape import raw
from opentape.pricing.smile.start import start
from opentape.pricing.smile.svi import derivatives

_ROUNDS: Final = 4
"""How often outliers are looked for again."""
_TAILS: Final = 2.385
"""Cauchy's constant: 95 % as efficient as least squares where noise is normal."""
_TO_DEVIATION: Final = 1.4826
"""Standard deviation of normal noise over its median size."""
_LEAST_NOISE: Final = 1e-4


class Draft(NamedTuple):
    """A slice being fitted."""

    k: Floats
    deviation: Floats
    """Root of total variance."""
    given: Floats
    """Weights as given, summing to one."""
    weight: Floats
    """Weights with outliers made light."""
    scale: float
    """Median deviation; NaN without a point."""
    years: float
    free: Floats
    raw: Floats
    """What the fit comes to so far: a, b, rho, m, sigma."""


def draft(
    k: ArrayLike, total_variance: ArrayLike, weight: ArrayLike, years: float
) -> Draft:
    """Return the usable points of a slice, ready for a search."""
    place, variance, given = (
        np.asarray(column, np.float64).reshape(-1) for column in (k, total_variance, weight)
    )
    usable = np.isfinite(place) & (variance > 0.0) & (given > 0.0)
    usable &= np.isfinite(variance) & np.isfinite(given)
    root, share = np.sqrt(variance[usable]), given[usable]
    share = share / share.sum() if share.size else share
    scale = float(np.median(root)) if root.size else math.nan
    free, parameters = np.empty(FREE), np.empty(FREE)
    return Draft(place[usable], root, share, share.copy(), scale, years, free, parameters)


def free_fit(one: Draft, scratch: Work) -> float:
    """Fit without fences; return the error as a share of the typical vol."""
    return _fit_free(
        one.k, one.deviation, one.given, one.weight, one.scale, one.free, one.raw, scratch
    )


def error(one: Draft, parameters: Floats) -> float:
    """Return the error of raw parameters at the points, as a share of the typical vol."""
    return _miss(one.k, one.deviation, one.weight, one.scale, parameters)


@kernel
def _fit_free(
    k: Floats,
    deviation: Floats,
    given: Floats,
    weight: Floats,
    scale: float,
    free: Floats,
    parameters: Floats,
    scratch: Work,
) -> float:
    fence = Fence(parameters[:0], parameters, parameters)
    start(k, deviation, given, scale, free, scratch.sums)
    _reweigh(k, deviation, given, weight, scale, free, parameters)
    start(k, deviation, weight, scale, free, scratch.sums)
    for _ in range(_ROUNDS):
        descend(k, deviation, weight, scale, fence, 0.0, 0.0, free, scratch)
        _reweigh(k, deviation, given, weight, scale, free, parameters)
    return _miss(k, deviation, weight, scale, parameters)


@kernel
def _reweigh(
    k: Floats,
    deviation: Floats,
    given: Floats,
    weight: Floats,
    scale: float,
    free: Floats,
    parameters: Floats,
) -> None:
    """Make points far outside the noise of the slice light; leave raw parameters behind."""
    raw(free, parameters)
    for i in range(k.size):
        miss = abs(deviation_at(parameters, float(k[i])) - float(deviation[i])) / scale
        weight[i] = miss * math.sqrt(float(given[i]))
    noise = _weighted_median(weight, given)
    noise = _TAILS * max(_TO_DEVIATION * noise, _LEAST_NOISE)
    total = 0.0
    for i in range(k.size):
        far = float(weight[i]) / noise
        weight[i] = float(given[i]) / (1.0 + far * far)
        total += float(weight[i])
    for i in range(k.size):
        weight[i] /= total


@stage
def _weighted_median(values: Floats, weight: Floats) -> float:
    """Return the middle of positive values by halving, to a few digits."""
    high = 0.0
    for i in range(values.size):
        high = max(high, float(values[i]))
    low = 0.0
    for _ in range(24):
        middle = 0.5 * (low + high)
        below = 0.0
        for i in range(values.size):
            if values[i] <= middle:
                below += float(weight[i])
        if below >= 0.5:  # noqa: PLR2004 - half of weights that sum to one
            high = middle
        else:
            low = middle
    return high


@kernel
def _miss(
    k: Floats, deviation: Floats, weight: Floats, scale: float, parameters: Floats
) -> float:
    """Return the weighted error of deviation as a share of the typical one."""
    total = 0.0
    for i in range(k.size):
        miss = deviation_at(parameters, float(k[i])) - float(deviation[i])
        total += float(weight[i]) * miss * miss
    return math.sqrt(total) / scale


@stage
def deviation_at(parameters: Floats, k: float) -> float:
    """Return the root of total variance of raw parameters at `k`."""
    variance, _first, _second = derivatives(
        float(parameters[0]),
        float(parameters[1]),
        float(parameters[2]),
        float(parameters[3]),
        float(parameters[4]),
        k,
    )
    return math.sqrt(max(variance, 0.0))
