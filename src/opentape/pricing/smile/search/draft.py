"""The points of one slice, and the nearest hyperbola to them, arbitrage or not."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel
from opentape.pricing.smile.search.descent import FREE, Fence, Work, descend
from opentape.pricing.smile.search.outliers import deviation_at, doubt, reweigh
from opentape.pricing.smile.search.shape import raw
from opentape.pricing.smile.search.start import start

_ROUNDS: Final = 10
"""How often outliers are looked for again at most."""
_SETTLED: Final = 1e-3
_BETTER: Final = 0.99
"""What a second start must come to, of the first, to be worth following."""
_FLAT: Final = 0.2
"""Square root of the slope of a wing that counts as flat, over that of the other."""


class Draft(NamedTuple):
    """A slice being fitted."""

    k: Floats
    """ln(strike / forward), ascending."""
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
    order = np.flatnonzero(usable)[np.argsort(place[usable], kind="stable")]
    root, share = np.sqrt(variance[order]), given[order]
    share = share / share.sum() if share.size else share
    scale = float(np.median(root)) if root.size else math.nan
    free, parameters = np.empty(FREE), np.empty(FREE)
    return Draft(place[order], root, share, share.copy(), scale, years, free, parameters)


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
    doubt(deviation, given, scale, weight)
    start(k, deviation, weight, scale, free, scratch.sums)
    descend(k, deviation, weight, scale, fence, 0.0, 0.0, free, scratch)
    raw(free, parameters)
    reweigh(k, deviation, given, scale, parameters, weight)
    start(k, deviation, weight, scale, free, scratch.sums)
    _settle(k, deviation, given, weight, scale, fence, free, parameters, scratch)
    found = _miss(k, deviation, weight, scale, parameters)
    for attempt in range(2):
        for i in range(FREE):
            scratch.kept[i] = free[i]
        if attempt == 0:
            start(k, deviation, weight, scale, free, scratch.sums)
        elif not _raised(free):
            break
        descend(k, deviation, weight, scale, fence, 0.0, 0.0, free, scratch)
        raw(free, parameters)
        if _miss(k, deviation, weight, scale, parameters) < _BETTER * found:
            _settle(k, deviation, given, weight, scale, fence, free, parameters, scratch)
            found = _miss(k, deviation, weight, scale, parameters)
        else:
            for i in range(FREE):
                free[i] = scratch.kept[i]
            raw(free, parameters)
    return found


@kernel
def _raised(free: Floats) -> bool:
    """Lift a flat wing as high as the other: a search that flattened it moves no more."""
    flat = 1 if free[1] < free[2] else 2
    if free[flat] > _FLAT * free[3 - flat]:
        return False
    free[flat] = free[3 - flat]
    return True


@kernel
def _settle(
    k: Floats,
    deviation: Floats,
    given: Floats,
    weight: Floats,
    scale: float,
    fence: Fence,
    free: Floats,
    parameters: Floats,
    scratch: Work,
) -> None:
    """Fit and look for outliers in turn until neither changes the other."""
    last = math.inf
    for _ in range(_ROUNDS):
        cost = descend(k, deviation, weight, scale, fence, 0.0, 0.0, free, scratch)
        raw(free, parameters)
        reweigh(k, deviation, given, scale, parameters, weight)
        if abs(last - cost) <= _SETTLED * cost:
            break
        last = cost


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
