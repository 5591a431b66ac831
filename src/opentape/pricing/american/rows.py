"""Kernels over columns of American options, and the scratch that they write to."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from opentape.pricing import bsm
from opentape.pricing.american import boundary, nodes, put, slopes, vols
from opentape.pricing.columns import Floats
from opentape.pricing.elementary import HUGE, TINY
from opentape.pricing.implied import Reason
from opentape.pricing.jit import kernel, stage

_SOLVED: Final = float(Reason.SOLVED)
_BAD_INPUT: Final = float(Reason.BAD_INPUT)
_EXPIRED: Final = float(Reason.EXPIRED)


def with_scratch(over: Callable[..., None]) -> Callable[..., None]:
    """Return a kernel that has a scratch of its own whenever it is called."""

    def scratched(*columns: Floats) -> None:
        over(np.full((boundary.ROWS + 1, nodes.WIDTH), math.nan), *columns)

    return scratched


@stage
def in_domain(
    side: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> bool:
    """Return whether an option with these terms has a price."""
    return bsm.in_domain(side, spot, strike, years, vol) and put.in_domain(
        rate, carry, years
    )


@kernel
def price(
    work: Floats,
    side: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    out: Floats,
) -> None:
    """Fill the prices."""
    for i in range(out.size):
        s, k, t = float(spot[i]), float(strike[i]), float(years[i])
        r, q, v = float(rate[i]), float(carry[i]), float(vol[i])
        out[i] = math.nan
        if in_domain(float(side[i]), s, k, t, r, q, v):
            if side[i] == 0.0:
                s, k, r, q = k, s, q, r
            out[i] = put.price(work, s, k, t, r, q, v)


@kernel
def greeks(
    work: Floats,
    side: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    *out: Floats,
) -> None:
    """Fill price, delta, gamma, theta, vega and rho."""
    found = work[boundary.ROWS]
    for i in range(spot.size):
        s, k, t = float(spot[i]), float(strike[i]), float(years[i])
        r, q, v = float(rate[i]), float(carry[i]), float(vol[i])
        for place in range(len(out)):
            found[place] = math.nan
        if in_domain(float(side[i]), s, k, t, r, q, v):
            if side[i] == 0.0:
                s, k, r, q = k, s, q, r
            slopes.of_put(work, found, 1.0 - float(side[i]), s, k, t, r, q, v)
        for place, column in enumerate(out):
            column[i] = found[place]


@kernel
def solve(
    work: Floats,
    side: Floats,
    value: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    guess: Floats,
    vol: Floats,
    reason: Floats,
) -> None:
    """Fill the vols and why one is missing."""
    for i in range(vol.size):
        s, k, t, p = float(spot[i]), float(strike[i]), float(years[i]), float(value[i])
        r, q = float(rate[i]), float(carry[i])
        vol[i] = math.nan
        reason[i] = readable(float(side[i]), p, s, k, t, r, q)
        if reason[i] != _SOLVED:
            continue
        if side[i] == 0.0:
            s, k, r, q = k, s, q, r
        if put.has_two_boundaries(r, q):
            continue
        reason[i] = vols.reason_of(p, s, k, t, r, q)
        if reason[i] == _SOLVED:
            vol[i] = vols.solve(
                work, work[boundary.ROWS], p, float(guess[i]), s, k, t, r, q
            )


@stage
def readable(
    side: float,
    value: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    """Return whether a price can be looked at, and if not, why."""
    fine = (
        side * (1.0 - side) == 0.0
        and TINY <= value <= HUGE
        and TINY <= spot <= HUGE
        and TINY <= strike <= HUGE
    )
    if not (fine and years <= HUGE and put.in_domain(rate, carry, max(years, 0.0))):
        return _BAD_INPUT
    return _SOLVED if years > 0.0 else _EXPIRED
