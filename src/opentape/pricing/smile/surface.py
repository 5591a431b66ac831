"""Fit the smiles of all expiries, so that later ones hold no less variance."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel
from opentape.pricing.smile import ssvi, svi
from opentape.pricing.smile.fit import FEWEST, WORST, Fitted, Why, absent, mended
from opentape.pricing.smile.search.descent import Work, work
from opentape.pricing.smile.search.draft import Draft, draft, error, free_fit
from opentape.pricing.smile.search.mend import NOBODY, grid_of
from opentape.pricing.smile.search.outliers import deviation_at
from opentape.pricing.smile.ssvi import Ssvi
from opentape.pricing.smile.svi import Svi

_AGREE: Final = 0.5 * WORST
_DEVIATIONS: Final = np.linspace(-2.0, 2.0, 9)
_HALVINGS: Final = 50
_LOWEST, _HIGHEST = math.log(1e-12), math.log(1e3)
_ROUNDING: Final = 1e-9


class Slice(NamedTuple):
    """Points of one expiry to fit; see `fit.fit_slice` for units and what is left out."""

    k: Floats
    total_variance: Floats
    weight: Floats
    years: float


def fit_surface(slices: Sequence[Slice]) -> list[Fitted]:
    """Return one fit per expiry, in the order given, together free of arbitrage.

    Each expiry is fitted alone first. Expiries whose points cannot be reconciled with the
    rest are left out (`Why.CALENDAR`), as few as possible. The others are held, in order
    of maturity, above the one before. An expiry with one to four points takes its ATM
    variance from them and its shape from an SSVI surface through the fitted expiries,
    held between its neighbours.

    Every slice that is there has no violation, butterfly or calendar, on the published
    grid or on `arbitrage.dense_grid`; one that is not says why.

    Examples
    --------
    >>> k = np.linspace(-0.3, 0.3, 13)
    >>> first = Slice(k, 0.010 + 0.02 * k**2, np.ones(13), 0.25)
    >>> later = Slice(k, 0.022 + 0.03 * k**2, np.ones(13), 0.50)
    >>> [str(one.why) for one in fit_surface([later, first])]
    ['fitted', 'fitted']
    """
    drafts = [draft(*one) for one in slices]
    # NaN compares with nothing and would leave the others out of order
    order = sorted(range(len(drafts)), key=lambda i: np.nan_to_num(drafts[i].years))
    found: dict[int, Fitted] = {}
    scratch = work()
    for i in order:
        reply = _alone(drafts[i], scratch)
        if reply is not None:
            found[i] = reply
    full = [i for i in order if i not in found]
    grid = grid_of([drafts[i] for i in full])
    _hold(drafts, full, grid, found, scratch)
    _borrow(drafts, order, grid, found, scratch)
    return [found[i] for i in range(len(drafts))]


def _alone(one: Draft, scratch: Work) -> Fitted | None:
    """Fit an expiry without regard to others; return the reply for one that cannot be."""
    if not one.years > 0.0:
        return absent(one, Why.EXPIRED)
    if one.k.size < FEWEST:
        return absent(one, Why.TOO_FEW_POINTS)
    return None if free_fit(one, scratch) < WORST else absent(one, Why.POOR_FIT)


def _hold(
    drafts: list[Draft],
    full: list[int],
    grid: Floats,
    found: dict[int, Fitted],
    scratch: Work,
) -> None:
    """Give each expiry of `full`, in order of maturity, a slice above the one before."""
    kept = _agreeing([drafts[i] for i in full])
    near = NOBODY
    for place, i in enumerate(full):
        if place not in kept:
            found[i] = absent(drafts[i], Why.CALENDAR)
            continue
        found[i] = mended(drafts[i], near, NOBODY, grid, scratch)
        if found[i].svi is not None:
            near = drafts[i].raw


def _agreeing(drafts: list[Draft]) -> set[int]:
    """Return the places of the most slices of which each can lie above the one before."""
    if all(_agree(near, far) for near, far in pairwise(drafts)):
        return set(range(len(drafts)))
    longest = [1] * len(drafts)
    before = [-1] * len(drafts)
    for j, far in enumerate(drafts):
        for i in range(j):
            if longest[i] >= longest[j] and _agree(drafts[i], far):
                longest[j], before[j] = longest[i] + 1, i
    place = longest.index(max(longest))
    kept: set[int] = set()
    while place >= 0:
        kept.add(place)
        place = before[place]
    return kept


def _agree(near: Draft, far: Draft) -> bool:
    """Return whether the later slice lies so little below that lifting it spoils no fit."""
    ends = float(near.k.min()), float(near.k.max())
    return _sunk(far.k, far.weight, *ends, near.raw, far.raw) < _AGREE * far.scale


def _borrow(
    drafts: list[Draft],
    order: list[int],
    grid: Floats,
    found: dict[int, Fitted],
    scratch: Work,
) -> None:
    """Give expiries of few points the shape of those that have a slice."""
    slices = [found[i].svi for i in order]
    known = [one for one in slices if one is not None]
    sparse = [i for i in order if found[i].why is Why.TOO_FEW_POINTS and drafts[i].k.size]
    if not known or not sparse:
        return
    shape = _shape_of(known)
    for i in sparse:
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
    miss = error(one, lent.raw)
    rmse_vol = miss * one.scale / math.sqrt(one.years)
    if fitted.svi is None:
        return absent(one, fitted.why, rmse_vol)
    if not miss < WORST:
        law = Why.CALENDAR if fitted.repaired else Why.POOR_FIT
        return absent(one, law, rmse_vol)
    return fitted._replace(points=one.k.size, rmse_vol=rmse_vol, borrowed=True)


def _shape_of(slices: list[Svi]) -> Ssvi:
    """Return the shape that is nearest to what the slices show around the forward."""
    theta = np.array([svi.atm_variance(one) for one in slices])
    k = np.sqrt(theta)[:, np.newaxis] * _DEVIATIONS
    rows = zip(slices, k, strict=True)
    variance = np.stack([svi.total_variance(one, row) for one, row in rows])
    level = np.repeat(theta, _DEVIATIONS.size)
    return ssvi.fit_shape(k.reshape(-1), level, variance.reshape(-1))


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


@kernel
def _sunk(
    k: Floats, weight: Floats, low: float, high: float, near: Floats, far: Floats
) -> float:
    """Return how far one slice lies below another, root mean square of deviations.

    Only places from `low` to `high` count: where the other slice was seen.
    """
    total = 0.0
    for i in range(k.size):
        if low <= k[i] <= high:
            gap = deviation_at(near, float(k[i])) - deviation_at(far, float(k[i]))
            total += float(weight[i]) * max(gap, 0.0) ** 2
    return math.sqrt(total)
