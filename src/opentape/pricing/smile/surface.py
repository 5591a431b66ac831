"""Fit the smiles of all expiries, so that later ones hold no less variance."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel
from opentape.pricing.smile import ssvi
from opentape.pricing.smile.fit import FEWEST, WORST, Fitted, Why, absent, mended
from opentape.pricing.smile.search.descent import Work, work
from opentape.pricing.smile.search.draft import Draft, draft, free_fit
from opentape.pricing.smile.search.mend import NOBODY, grid_of
from opentape.pricing.smile.search.outliers import deviation_at, deviations
from opentape.pricing.smile.sparse import borrow
from opentape.pricing.smile.ssvi import Ssvi

_AGREE: Final = 0.5 * WORST
_DEVIATIONS: Final = np.linspace(-2.0, 2.0, 9)
"""Where smiles show their shape."""
_BEYOND: Final = np.array([-16.0, -8.0, -4.0, 4.0, 8.0, 16.0])
"""Where smiles lean on the shape of all, in deviations."""
_FAINT: Final = 1e-3
"""What those places weigh together, where the points weigh one."""
_LEAST: Final = 1e-14


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
    agreeing = _agreeing([drafts[i] for i in full])
    kept = [i for place, i in enumerate(full) if place in agreeing]
    found |= {i: absent(drafts[i], Why.CALENDAR) for i in full if i not in kept}
    if kept:
        grid = grid_of([drafts[i] for i in kept])
        shape = _shape_of([drafts[i] for i in kept])
        _hold(drafts, kept, found, shape, grid, scratch)
        borrow(drafts, order, found, shape, grid, scratch)
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
    kept: list[int],
    found: dict[int, Fitted],
    shape: Ssvi,
    grid: Floats,
    scratch: Work,
) -> None:
    """Give each expiry of `kept`, in order of maturity, a slice above the one before."""
    near, lean = NOBODY, partial(_lean, shape)
    for i in kept:
        found[i] = fitted = mended(drafts[i], near, NOBODY, grid, scratch, lean)
        near = near if fitted.svi is None else np.array(fitted.svi)


def _lean(shape: Ssvi, one: Draft) -> Draft:
    """Return a draft with faint points beyond its own, where a slice would be anything.

    What a wing without points looks like costs its slice nothing and may cost the later
    ones dear, which are held above it.
    """
    theta = _theta(one)
    k = math.sqrt(theta) * _BEYOND
    k = k[(k < one.k[0]) | (k > one.k[-1])]
    root = np.sqrt(ssvi.total_variance(shape, theta, k))
    faint = _FAINT / _BEYOND.size * np.square(one.scale / root)
    return one._replace(
        k=np.concatenate([one.k, k]),
        deviation=np.concatenate([one.deviation, root]),
        weight=np.concatenate([one.weight, faint]),
    )


def _theta(one: Draft) -> float:
    """Return the ATM variance of the free fit, or of the points where that is none."""
    return max(deviation_at(one.raw, 0.0), 0.3 * one.scale) ** 2


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


def _shape_of(drafts: list[Draft]) -> Ssvi:
    """Return the shape nearest to what the free fits show where they have points."""
    theta = np.array([_theta(one) for one in drafts])
    k = np.sqrt(theta)[:, np.newaxis] * _DEVIATIONS
    root = np.empty(k.shape)
    for one, places, out in zip(drafts, k, root, strict=True):
        places.clip(one.k[0], one.k[-1], out=places)
        deviations(one.raw, places, out)
    variance = np.square(root).reshape(-1) + _LEAST
    return ssvi.fit_shape(k.reshape(-1), np.repeat(theta, _DEVIATIONS.size), variance)


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
