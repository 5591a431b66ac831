"""Hold a slice behind the fences of no arbitrage, at the least cost to its points."""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel
from opentape.pricing.smile.arbitrage import DEVIATIONS, PUBLISHED
from opentape.pricing.smile.search.descent import FREE, Fence, Work, descend
from opentape.pricing.smile.search.draft import Draft, error
from opentape.pricing.smile.search.fence import PLACES, SOUND, judge, lay
from opentape.pricing.smile.search.outliers import deviation_at, deviations
from opentape.pricing.smile.search.shape import freed, raw

NOBODY: Final[Floats] = np.full(FREE, math.nan)
"""Parameters of a neighbour that is not there."""
_DEAR: Final = 0.02
"""Error over that of the free fit, as a share of the typical vol, worth a second search."""
_TRIES: Final = 8
_FORCE: Final = 0.3
_FIRMER: Final = 10.0
_MARGIN: Final = 3e-4
_WIDER: Final = 2.0
_ROOM: Final = 1e-6
_TIGHT: Final = 1e-5
_REPAIR_ROOM: Final = 1e-4
_REPAIR_TIGHT: Final = 1e-4
_WIDEST: Final = 2.0
_SPARE: Final = 1.3
_FARTHEST: Final = 3.0
_DENSE: Final = 601


class Held(NamedTuple):
    """What holding a slice came to."""

    raw: Floats | None
    """Parameters of a slice that breaks no law, if one was found."""
    broken: int
    """The law the free fit broke first, as `fence.judge` numbers them."""


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


def hold(
    one: Draft,
    near: Floats,
    far: Floats,
    grid: Floats,
    scratch: Work,
    lean: Callable[[Draft], Draft] | None = None,
) -> Held:
    """Return the slice without arbitrage nearest to the points: the free fit if it is one.

    Where it is not, a search behind fences sets out from a slice that breaks no law;
    where that ends far dearer than the free fit, also from other slices. `lean` may add
    points to search with that the free fit did without.
    """
    broken = judge(one.raw, near, far, grid, _ROOM, _TIGHT)
    if broken == SOUND:
        return Held(one.raw, SOUND)
    fence = Fence(np.empty(PLACES), near, far)
    dear = error(one, one.raw) + _DEAR
    best, kept, points = math.inf, None, one if lean is None else lean(one)
    for begin in (_calm, _like_a_neighbour, _as_it_was):
        free, found = one.free.copy(), one.raw.copy()
        begin(one, fence, free)
        sound = _search(
            points.k, points.deviation, points.weight, one.scale, fence, grid, free, found,
            scratch,
        )  # fmt: skip
        if sound and error(one, found) < best:
            best, kept = error(one, found), found
        if best < dear:
            break
    return Held(kept, broken)


def _calm(one: Draft, _fence: Fence, free: Floats) -> None:
    """Begin with a gentle smile, symmetric about the forward."""
    level = 0.8 * one.scale * one.scale
    freed(level, 0.3 * one.scale, 0.3 * one.scale, 0.0, one.scale, free)


def _like_a_neighbour(one: Draft, fence: Fence, free: Floats) -> None:
    """Begin with the smile of a neighbour, at the level of the points."""
    earlier = not math.isnan(fence.near[0])
    neighbour = fence.near if earlier else fence.far
    a, b, rho, m, sigma = neighbour.tolist()
    if math.isnan(a):
        return
    there = np.empty(one.k.size)
    deviations(neighbour, one.k, there)
    ratio = float(np.median(np.square(one.deviation / there)))
    times = max(ratio, 1.0 + _DEAR) if earlier else min(ratio, 1.0 - _DEAR)
    freed(times * a, times * b * (1.0 - rho), times * b * (1.0 + rho), m, sigma, free)


def _as_it_was(_one: Draft, _fence: Fence, _free: Floats) -> None:
    """Begin with the free fit."""


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
) -> bool:
    """Search behind ever firmer fences; return whether a sound slice was found."""
    force, margin, reach = _FORCE, _MARGIN, float(grid[grid.size - 1])
    raw(free, parameters)
    for _ in range(_TRIES):
        lay(parameters, fence.near, fence.far, reach, fence.k)
        descend(k, deviation, weight, scale, fence, force, margin, free, scratch)
        raw(free, parameters)
        if (
            judge(parameters, fence.near, fence.far, grid, _REPAIR_ROOM, _REPAIR_TIGHT)
            == SOUND
        ):
            return True
        force *= _FIRMER
        margin *= _WIDER
    return False
