"""Where a smile gives money away: Durrleman's g, Lee's wings, calendars, the domain."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats, fill
from opentape.pricing.jit import kernel, stage
from opentape.pricing.smile.svi import Svi, atm_variance, bend, slope, total_variance

PUBLISHED: Final[Floats] = np.arange(-20, 21) / 40.0
"""The grid surfaces are published on: 41 log-moneynesses, -0.5 to 0.5."""
STEEPEST: Final = 2.0
"""Lee's bound: total variance may rise by at most this much per 1.00 of k."""
DEVIATIONS: Final = 5.0
"""How many deviations from the forward a slice is promised to hold no arbitrage."""
_DENSE: Final = 300
_AT_VERTEX: Final = 150
_WIDEST: Final = 1.5


class Kind(StrEnum):
    """Which law a slice breaks."""

    DOMAIN = "domain"
    """Parameters out of range, or a negative variance."""
    LEE = "lee"
    """A wing steeper than any distribution can make it."""
    BUTTERFLY = "butterfly"
    """A negative probability density."""
    CALENDAR = "calendar"
    """Less total variance than an earlier expiry."""


class Violation(NamedTuple):
    """One broken law at one place."""

    kind: Kind
    k: float
    """ln(strike / forward); NaN where the law is about the whole slice."""
    size: float
    """By how much: of g, of total variance, of slope or of the parameter; > 0."""


def durrleman(svi: Svi, k: ArrayLike) -> Floats:
    """Return g(k), whose sign is that of the implied probability density.

    Parameters
    ----------
    k : float64
        ln(strike / forward), any shape.

    Returns
    -------
    float64
        No unit. NaN where total variance is not positive or the slice is not one.

    Source
    ------
    Gatheral and Jacquier (2014), equation 2.1; Durrleman (2003).

    Examples
    --------
    >>> vogt = Svi(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)
    >>> print(durrleman(vogt, [0.0, 0.8]).round(3))
    [ 1.039 -0.03 ]
    """
    place = np.asarray(k, np.float64)
    return fill(
        _gs, place, total_variance(svi, place), slope(svi, place), bend(svi, place)
    )[0]


def slice_violations(svi: Svi, grid: ArrayLike | None = None) -> list[Violation]:
    """Return what a slice breaks by itself: domain, Lee's bound, butterflies on `grid`.

    Without a grid, `dense_grid` of the slice. A slice out of its domain is not looked at
    further.

    Examples
    --------
    >>> slice_violations(Svi(0.04, 0.1, -0.5, 0.0, 0.2))
    []
    >>> slice_violations(Svi(0.04, 1.6, -0.5, 0.0, 0.2))[0]
    Violation(kind=<Kind.LEE: 'lee'>, k=nan, size=0.40000000000000036)
    """
    broken = _domain(svi)
    if broken:
        return broken
    steep = svi.b * (1.0 + abs(svi.rho)) - STEEPEST
    if steep > 0.0:
        broken.append(Violation(Kind.LEE, math.nan, steep))
    places = dense_grid([svi]) if grid is None else grid
    return broken + _below_zero(Kind.BUTTERFLY, places, durrleman(svi, places))


def calendar_violations(
    near: Svi, far: Svi, grid: ArrayLike | None = None
) -> list[Violation]:
    """Return where on `grid` the later slice holds less total variance than the earlier.

    Without a grid, `dense_grid` of the two.

    Examples
    --------
    >>> near, far = Svi(0.04, 0.1, -0.5, 0.0, 0.2), Svi(0.05, 0.1, -0.5, 0.0, 0.2)
    >>> calendar_violations(near, far)
    []
    >>> len(calendar_violations(far, near, PUBLISHED))
    41
    """
    places = dense_grid([near, far]) if grid is None else grid
    gap = total_variance(far, places) - total_variance(near, places)
    return _below_zero(Kind.CALENDAR, places, gap)


def dense_grid(slices: Sequence[Svi]) -> Floats:
    """Return a grid finer and wider than the published one, finest at each vertex.

    It reaches 1.5, or five deviations of the widest slice where that is more, in 600
    steps, and holds every published place.
    """
    widest = max((atm_variance(one) for one in slices), default=0.0)
    reach = max(_WIDEST, DEVIATIONS * math.sqrt(max(widest, 0.0)))
    places = [PUBLISHED, np.linspace(-reach, reach, 2 * _DENSE + 1)]
    steps = np.linspace(-1.0, 1.0, 2 * _AT_VERTEX + 1)
    for svi in slices:
        end = math.asinh((reach + abs(svi.m)) / svi.sigma)
        places.append(svi.m + svi.sigma * np.sinh(end * steps))
    every = np.unique(np.concatenate(places))
    return every[np.abs(every) <= reach]


def _domain(svi: Svi) -> list[Violation]:
    """Return what the parameters break, NaN included, before any grid is looked at."""
    root = math.sqrt(max(0.0, 1.0 - svi.rho * svi.rho))
    sizes = (-svi.b, -svi.sigma, abs(svi.rho) - 1.0, -(svi.a + svi.b * svi.sigma * root))
    strict = (False, True, True, False)
    return [
        Violation(Kind.DOMAIN, math.nan, size)
        for size, open_end in zip(sizes, strict, strict=True)
        if not (size < 0.0 or (size == 0.0 and not open_end))
    ]


def _below_zero(kind: Kind, grid: ArrayLike, values: Floats) -> list[Violation]:
    places = np.asarray(grid, np.float64).reshape(-1)
    found = np.flatnonzero(~(values.reshape(-1) >= 0.0))
    return [Violation(kind, float(places[i]), float(-values.reshape(-1)[i])) for i in found]


@stage
def density_sign(k: float, variance: float, first: float, second: float) -> float:
    """Return g from w > 0 and its derivatives at `k`."""
    upright = 1.0 - 0.5 * k * first / variance
    return upright * upright - 0.25 * first * first * (1.0 / variance + 0.25) + 0.5 * second


@kernel
def _gs(k: Floats, variance: Floats, first: Floats, second: Floats, out: Floats) -> None:
    for i in range(k.size):
        out[i] = math.nan
        if variance[i] > 0.0:
            out[i] = density_sign(
                float(k[i]), float(variance[i]), float(first[i]), float(second[i])
            )
