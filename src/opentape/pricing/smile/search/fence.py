"""Whether a slice breaks a fence, and where to look: even places and those at a vertex."""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage
from opentape.pricing.smile.arbitrage import DEVIATIONS, density_sign
from opentape.pricing.smile.svi import derivatives

SOUND: Final = 0
BUTTERFLY: Final = 1
CALENDAR: Final = 2

OWN_PLACES: Final = 48
OTHER_PLACES: Final = 24
PLACES: Final = OWN_PLACES + 2 * OTHER_PLACES
"""How many places hold a fence while a slice is searched."""
_LOOKED_AT: Final = 300
"""How many steps over each slice are looked at before a fit is called sound."""


@kernel
def _vertex_place(raw: Floats, reach: float, step: int, steps: int) -> float:
    """Return one of `steps` + 1 places over -reach to reach, dense around the vertex."""
    m, width = float(raw[3]), float(raw[4])
    end = math.asinh((reach + abs(m)) / width)
    return m + width * math.sinh(end * (2.0 * step / steps - 1.0))


@kernel
def lay(raw: Floats, near: Floats, far: Floats, reach: float, places: Floats) -> None:
    """Write where the fences of a search stand; NaN where there is no neighbour."""
    for i in range(OWN_PLACES):
        places[i] = _vertex_place(raw, reach, i, OWN_PLACES - 1)
    for i in range(OTHER_PLACES):
        places[OWN_PLACES + i] = _vertex_place(near, reach, i, OTHER_PLACES - 1)
        places[OWN_PLACES + OTHER_PLACES + i] = _vertex_place(
            far, reach, i, OTHER_PLACES - 1
        )


@kernel
def judge(
    raw: Floats, near: Floats, far: Floats, grid: Floats, room: float, tight: float
) -> int:
    """Return which law a slice breaks first: 0 none, 1 butterfly, 2 calendar.

    `room` is what g must have over zero, and `tight` what variance must have over and
    under its neighbours', as a share: what lies between two places is not looked at. A
    slice the grid, which ends with its farthest place, is too narrow for counts as a
    calendar: it cannot be told from its neighbours out there.
    """
    reach = float(grid[grid.size - 1])
    if DEVIATIONS * math.sqrt(max(_at(raw, 0.0)[0], 0.0)) > reach:
        return CALENDAR
    for i in range(grid.size):
        found = _broken(raw, near, far, float(grid[i]), room, tight)
        if found != SOUND:
            return found
    for step in range(_LOOKED_AT + 1):
        found = max(
            _broken(
                raw, near, far, _vertex_place(raw, reach, step, _LOOKED_AT), room, tight
            ),
            _broken(
                raw, near, far, _vertex_place(near, reach, step, _LOOKED_AT), room, tight
            ),
            _broken(
                raw, near, far, _vertex_place(far, reach, step, _LOOKED_AT), room, tight
            ),
        )
        if found != SOUND:
            return found
    return SOUND


@kernel
def _broken(
    raw: Floats, near: Floats, far: Floats, k: float, room: float, tight: float
) -> int:
    if math.isnan(k):
        return SOUND
    variance, first, second = _at(raw, k)
    if not (variance > 0.0 and density_sign(k, variance, first, second) > room):
        return BUTTERFLY
    low, _first, _second = _at(near, k)
    high, _first, _second = _at(far, k)
    if variance < low * (1.0 + tight) or variance > high * (1.0 - tight):
        return CALENDAR
    return SOUND


@stage
def _at(raw: Floats, k: float) -> tuple[float, float, float]:
    return derivatives(
        float(raw[0]), float(raw[1]), float(raw[2]), float(raw[3]), float(raw[4]), k
    )
