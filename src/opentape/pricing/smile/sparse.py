"""Slices of expiries with few points: their level, in the shape of the other expiries."""

import math
from typing import Final

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.smile import ssvi
from opentape.pricing.smile.fit import WORST, Fitted, Why, absent, mended
from opentape.pricing.smile.search.descent import Work
from opentape.pricing.smile.search.draft import Draft, draft, error, free_fit
from opentape.pricing.smile.search.mend import NOBODY, grid_of
from opentape.pricing.smile.ssvi import Ssvi
from opentape.pricing.smile.svi import Svi

_DEVIATIONS: Final = np.linspace(-2.0, 2.0, 9)
"""Where a slice that is lent is given points."""
_HALVINGS: Final = 50
_LOWEST, _HIGHEST = math.log(1e-12), math.log(1e3)
_ROUNDING: Final = 1e-9


def borrow(
    drafts: list[Draft],
    order: list[int],
    found: dict[int, Fitted],
    shape: Ssvi,
    grid: Floats,
    scratch: Work,
) -> None:
    """Replace in `found` the replies of expiries whose points were too few.

    `order` is that of maturity; where no expiry has a slice, none has one to lend.
    """
    slices = [found[i].svi for i in order]
    if not any(slices):
        return
    few = [i for i in order if found[i].why is Why.TOO_FEW_POINTS and drafts[i].k.size]
    for i in few:
        place = order.index(i)
        near = next((one for one in slices[:place][::-1] if one is not None), None)
        far = next((one for one in slices[place:] if one is not None), None)
        found[i] = _lent(drafts[i], shape, near, far, grid, scratch)
        slices[place] = found[i].svi


def _lent(
    one: Draft, shape: Ssvi, near: Svi | None, far: Svi | None, grid: Floats, scratch: Work
) -> Fitted:
    """Return the slice of a shape that meets the points, held between its neighbours."""
    theta = _level(one, shape)
    k = _DEVIATIONS * math.sqrt(theta)
    lent = draft(k, ssvi.total_variance(shape, theta, k), np.ones(k.size), one.years)
    free_fit(lent, scratch)
    grid = max(grid, grid_of([lent]), key=lambda places: places[-1])
    below = NOBODY if near is None else np.array(near)
    above = NOBODY if far is None else np.array(far)
    fitted = mended(lent, below, above, grid, scratch)
    if fitted.svi is None:
        return absent(one, fitted.why)
    miss = error(one, np.array(fitted.svi))
    if not miss < WORST:
        return absent(one, Why.CALENDAR if fitted.repaired else Why.POOR_FIT)
    rmse_vol = miss * one.scale / math.sqrt(one.years)
    return fitted._replace(points=one.k.size, rmse_vol=rmse_vol, borrowed=True)


def _level(one: Draft, shape: Ssvi) -> float:
    """Return the ATM variance the points show on average: their weighted median."""
    target = np.square(one.deviation)
    low, high = np.full(target.size, _LOWEST), np.full(target.size, _HIGHEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        short = ssvi.total_variance(shape, np.exp(middle), one.k) < target
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    ranked = np.argsort(high)
    half = int(np.searchsorted(np.cumsum(one.given[ranked]), 0.5 - _ROUNDING))
    return math.exp(float(high[ranked[half]]))
