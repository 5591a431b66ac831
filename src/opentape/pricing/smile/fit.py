"""Fit one slice: robust least squares, then held inside the fences of no arbitrage."""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats
from opentape.pricing.smile.search.descent import Work, work
from opentape.pricing.smile.search.draft import Draft, draft, error, free_fit
from opentape.pricing.smile.search.fence import CALENDAR, SOUND
from opentape.pricing.smile.search.mend import NOBODY, grid_of, hold
from opentape.pricing.smile.svi import Svi

FEWEST: Final = 5
"""Points below which a slice cannot show a shape of its own: it has five parameters."""
WORST: Final = 0.10
"""Largest error of a published fit, root mean square, as a share of the typical vol."""


class Why(StrEnum):
    """Why a slice has no fit, or that it has one."""

    FITTED = "fitted"
    EXPIRED = "expired"
    """Time to expiry is not positive."""
    TOO_FEW_POINTS = "too_few_points"
    """No usable point, or too few and no other slice to take the shape from."""
    POOR_FIT = "poor_fit"
    """No slice comes near enough to the points."""
    BUTTERFLY = "butterfly"
    """No slice near the points keeps its density positive."""
    CALENDAR = "calendar"
    """No slice near the points keeps its variance between its neighbours'."""


class Fitted(NamedTuple):
    """What a fit of one expiry came to."""

    svi: Svi | None
    """The slice; absent when none is free of arbitrage and near the points."""
    why: Why
    rmse_vol: float
    """Root mean square error of vol, weighted as in the fit; NaN without a slice."""
    points: int
    """Usable points: finite, with positive variance and weight."""
    repaired: bool
    """Whether the best fit broke a law and another is given instead."""
    borrowed: bool
    """Whether the points were too few and the shape is that of the other expiries."""


def fit_slice(
    k: ArrayLike, total_variance: ArrayLike, weight: ArrayLike, years: float = 1.0
) -> Fitted:
    """Return the SVI slice nearest to the points that holds no butterfly arbitrage.

    Least squares of vol error, in which a point that lies far from the rest for the noise
    of the slice counts little (Cauchy weights). Where the best slice has a negative
    density, the search is repeated with g >= 0 held at places laid densely around the
    vertex; what is given is checked on `arbitrage.dense_grid`.

    Parameters
    ----------
    k : float64
        ln(strike / forward), one-dimensional, any order.
    total_variance : float64
        Vol squared times years.
    weight : float64
        Of the squared error of vol, for instance vega; its scale does not matter. A point
        with a weight that is not positive, or with a NaN, is left out.
    years
        Time to expiry, ACT/365; gives `rmse_vol` its unit.

    Source
    ------
    Gatheral and Jacquier (2014); Zeliade Systems (2009) for the start.

    Examples
    --------
    >>> import numpy as np
    >>> from opentape.pricing.smile import svi
    >>> k = np.linspace(-0.3, 0.3, 13)
    >>> true = Svi(0.01, 0.1, -0.4, 0.05, 0.2)
    >>> fitted = fit_slice(k, svi.total_variance(true, k), np.ones(13))
    >>> print(fitted.why, np.round(fitted.svi, 6))
    fitted [ 0.01  0.1  -0.4   0.05  0.2 ]
    """
    one = draft(k, total_variance, weight, years)
    if not years > 0.0:
        return absent(one, Why.EXPIRED)
    if one.k.size < FEWEST:
        return absent(one, Why.TOO_FEW_POINTS)
    scratch = work()
    free_fit(one, scratch)
    return mended(one, NOBODY, NOBODY, grid_of([one]), scratch)


def absent(one: Draft, why: Why) -> Fitted:
    """Return the reply for a slice without a fit."""
    return Fitted(None, why, math.nan, one.k.size, repaired=False, borrowed=False)


def mended(
    one: Draft,
    near: Floats,
    far: Floats,
    grid: Floats,
    scratch: Work,
    lean: Callable[[Draft], Draft] | None = None,
) -> Fitted:
    """Return the slice held between its neighbours, or why there is none."""
    if not error(one, one.raw) < WORST:
        return absent(one, Why.POOR_FIT)
    held = hold(one, near, far, grid, scratch, lean)
    miss = math.nan if held.raw is None else error(one, held.raw)
    if held.raw is None or not miss < WORST:
        return absent(one, Why.CALENDAR if held.broken == CALENDAR else Why.BUTTERFLY)
    rmse_vol = miss * one.scale / math.sqrt(one.years)
    repaired = held.broken != SOUND
    found = Svi(*held.raw.tolist())
    return Fitted(found, Why.FITTED, rmse_vol, one.k.size, repaired, borrowed=False)
