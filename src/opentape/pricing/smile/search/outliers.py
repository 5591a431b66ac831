"""Make points that lie far outside the noise of their slice count little."""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage
from opentape.pricing.smile.svi import derivatives

_TAILS: Final = 2.385
"""Cauchy's constant: 95 % as efficient as least squares where noise is normal."""
_TO_DEVIATION: Final = 1.4826
"""Standard deviation of normal noise over its median size."""
_LEAST_NOISE: Final = 1e-4
_LEAST_DOUBT: Final = 1e-2
_AROUND: Final = 5
_HALVINGS: Final = 24


@kernel
def doubt(deviation: Floats, given: Floats, scale: float, weight: Floats) -> None:
    """Write weights before any fit: a point far from the median of five counts little.

    Points are in order of strike, `_AROUND` of them or more.
    """
    for i in range(deviation.size):
        first = min(max(i - _AROUND // 2, 0), deviation.size - _AROUND)
        miss = abs(float(deviation[i]) - _median(deviation, first)) / scale
        weight[i] = miss * math.sqrt(float(given[i]))
    _lighten(given, _LEAST_DOUBT / math.sqrt(deviation.size), weight)


@kernel
def reweigh(
    k: Floats,
    deviation: Floats,
    given: Floats,
    scale: float,
    parameters: Floats,
    weight: Floats,
) -> None:
    """Write weights after a fit: a point far from it for its noise counts little."""
    for i in range(k.size):
        miss = abs(deviation_at(parameters, float(k[i])) - float(deviation[i])) / scale
        weight[i] = miss * math.sqrt(float(given[i]))
    _lighten(given, _LEAST_NOISE, weight)


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


@kernel
def deviations(parameters: Floats, k: Floats, out: Floats) -> None:
    """Write the root of total variance of raw parameters at each `k`."""
    for i in range(k.size):
        out[i] = deviation_at(parameters, float(k[i]))


@kernel
def _lighten(given: Floats, least: float, weight: Floats) -> None:
    """Turn misses in `weight` into weights that sum to one."""
    noise = _TAILS * max(_TO_DEVIATION * _weighted_median(weight, given), least)
    total = 0.0
    for i in range(weight.size):
        far = float(weight[i]) / noise
        weight[i] = float(given[i]) / (1.0 + far * far)
        total += float(weight[i])
    for i in range(weight.size):
        weight[i] /= total


@stage
def _median(values: Floats, first: int) -> float:
    """Return the middle of `_AROUND` values."""
    middle = math.nan
    for i in range(first, first + _AROUND):
        below, upto = 0, 0
        for j in range(first, first + _AROUND):
            below += int(values[j] < values[i])
            upto += int(values[j] <= values[i])
        if below <= _AROUND // 2 < upto:
            middle = float(values[i])
    return middle


@stage
def _weighted_median(values: Floats, weight: Floats) -> float:
    """Return the middle of positive values by halving, to a few digits."""
    low, high = 0.0, 0.0
    for i in range(values.size):
        high = max(high, float(values[i]))
    for _ in range(_HALVINGS):
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
