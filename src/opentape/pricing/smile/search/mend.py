"""Hold a slice behind the fences of no arbitrage, at the least cost to its points."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel
from opentape.pricing.smile.arbitrage import DEVIATIONS, PUBLISHED
from opentape.pricing.smile.search.descent import FREE, Fence, Work, descend
from opentape.pricing.smile.search.draft import Draft, error
from opentape.pricing.smile.search.fence import PLACES, SOUND, judge, lay
from opentape.pricing.smile.search.outliers import deviation_at
from opentape.pricing.smile.search.shape import freed, raw

NOBODY: Final[Floats] = np.full(FREE, math.nan)
"""Parameters of a neighbour that is not there."""
_TRIES: Final = 5
_FORCE: Final = 10.0
_FIRMER: Final = 10.0
_MARGIN: Final = 3e-4
_WIDER: Final = 4.0
_ROOM: Final = 1e-6
_TIGHT: Final = 1e-5
_REPAIR_ROOM: Final = 1e-4
_REPAIR_TIGHT: Final = 1e-4
_DEAR: Final = 0.02
_WIDEST: Final = 2.0
_SPARE: Final = 1.3
_FARTHEST: Final = 3.0
_DENSE: Final = 601


class Held(NamedTuple):
    """What holding a slice came to; the slice itself is in its draft."""

    sound: bool
    """Whether a slice was found that breaks no law."""
    broken: int
    """The law the slice of the free fit broke first, as `fence.judge` numbers them."""


def grid_of(drafts: Sequence[Draft]) -> Floats:
    """Return where slices are looked at whatever their shape, the published grid first.

    Wider than `arbitrage.dense_grid`, whose width follows from the slices found.
    """
    reach = max((_SPARE * DEVIATIONS * _deviation(one) for one in drafts), default=0.0)
    reach = max(reach, _WIDEST)
    return np.concatenate([PUBLISHED, np.linspace(-reach, reach, _DENSE)])


def _deviation(one: Draft) -> float:
    """Return how wide a slice may be at the forward: as typical, or as the fit has it."""
    return max(one.scale, min(deviation_at(one.raw, 0.0), _FARTHEST * one.scale))


def hold(one: Draft, near: Floats, far: Floats, grid: Floats, scratch: Work) -> Held:
    """Leave in the draft a slice without arbitrage, the free fit where that is one.

    Where it is not, the search is taken up again from it, behind fences; where that ends
    in a slice far dearer than the free fit, also from slices that break no law.
    """
    broken = judge(one.raw, near, far, grid, _ROOM, _TIGHT)
    if broken == SOUND:
        return Held(sound=True, broken=SOUND)
    fence = Fence(np.empty(PLACES), near, far)
    dear = error(one, one.raw) + _DEAR
    best, kept = math.inf, one.raw.copy()
    for begin in (_as_it_is, _calm, _like_a_neighbour):
        begin(one, near, far)
        tries = _search(
            one.k, one.deviation, one.weight, one.scale, fence, grid, one.free, one.raw,
            scratch,
        )  # fmt: skip
        found = error(one, one.raw)
        if tries < _TRIES and found < best:
            best = found
            kept[:] = one.raw
        if best < dear:
            break
    one.raw[:] = kept
    return Held(sound=best < math.inf, broken=broken)


def _as_it_is(_one: Draft, _near: Floats, _far: Floats) -> None:
    pass


def _calm(one: Draft, _near: Floats, _far: Floats) -> None:
    """Begin with a gentle smile, symmetric about the forward."""
    level = 0.8 * one.scale * one.scale
    freed(level, 0.3 * one.scale, 0.3 * one.scale, 0.0, one.scale, one.free)


def _like_a_neighbour(one: Draft, near: Floats, far: Floats) -> None:
    """Begin with the smile of a neighbour, at the level of the points."""
    earlier = not math.isnan(near[0])
    a, b, rho, m, sigma = (near if earlier else far).tolist()
    if math.isnan(a):
        return
    there = np.array([deviation_at(near if earlier else far, k) for k in one.k.tolist()])
    ratio = float(np.median(np.square(one.deviation / there)))
    times = max(ratio, 1.0 + _DEAR) if earlier else min(ratio, 1.0 - _DEAR)
    freed(times * a, times * b * (1.0 - rho), times * b * (1.0 + rho), m, sigma, one.free)


@kernel
def _search(
    k: Floats,
    deviation: Floats,
    weight: Floats,
    scale: float,
    fence: Fence,
    grid: Floats,
    free: Floats,
    parameters: Floats,
    scratch: Work,
) -> int:
    """Search behind ever firmer fences; return how often, `_TRIES` when in vain."""
    force, margin, reach = _FORCE, _MARGIN, float(grid[grid.size - 1])
    raw(free, parameters)
    for tries in range(_TRIES):
        lay(parameters, fence.near, fence.far, reach, fence.k)
        descend(k, deviation, weight, scale, fence, force, margin, free, scratch)
        raw(free, parameters)
        if (
            judge(parameters, fence.near, fence.far, grid, _REPAIR_ROOM, _REPAIR_TIGHT)
            == SOUND
        ):
            return tries
        force *= _FIRMER
        margin *= _WIDER
    return _TRIES
