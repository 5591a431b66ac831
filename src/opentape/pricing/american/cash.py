"""Kernels over columns of American options whose spot pays cash dividends."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from opentape.pricing.american import grid, rows, vols
from opentape.pricing.columns import Floats
from opentape.pricing.elementary import exp
from opentape.pricing.implied import Reason
from opentape.pricing.jit import kernel, stage

_COARSE: Final = grid.FINE // 2
_FOUND: Final = grid.ROWS
_SEARCH: Final = grid.ROWS + 1
_VOL_SHARE: Final = 1e-2
_RATE_STEP: Final = 1e-3
_NOISE: Final = 1e-7
_MISS: Final = 1e-6
_LARGEST: Final = 10.0
_LEAST_LEFT: Final = 0.05

_SOLVED: Final = float(Reason.SOLVED)
_BELOW_INTRINSIC: Final = float(Reason.BELOW_INTRINSIC)
_ABOVE_BOUND: Final = float(Reason.ABOVE_BOUND)
_AT_INTRINSIC: Final = float(Reason.AT_INTRINSIC)


def with_scratch(
    over: Callable[..., None], times: Floats, cash: Floats
) -> Callable[..., None]:
    """Return a kernel that has a scratch of its own and the dividends."""

    def scratched(*columns: Floats) -> None:
        over(np.empty((grid.ROWS + 2, 2 * grid.FINE + 1)), times, cash, *columns)

    return scratched


@kernel
def extrapolated(
    work: Floats,
    times: Floats,
    cash: Floats,
    put: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> float:
    """Return the price from two grids; delta and gamma go to the scratch."""
    found, value = work[_FOUND], work[grid.VALUE]
    for place in range(3):
        found[place] = 0.0
    for half, share in ((_COARSE, -1.0 / 3.0), (grid.FINE, 4.0 / 3.0)):
        # errors fall with the square of the distance of points
        wide = grid.fill(
            work, half, times, cash, put, spot, strike, years, rate, carry, vol
        )
        slope = (value[half + 1] - value[half - 1]) / (2.0 * wide)
        bend = (value[half + 1] - 2.0 * value[half] + value[half - 1]) / (wide * wide)
        found[0] += share * value[half]
        found[1] += share * slope / spot
        found[2] += share * (bend - slope) / (spot * spot)
    sign = 1.0 - 2.0 * put
    paid = sign * (spot - strike)
    if value[grid.FINE] <= paid or found[0] <= paid:
        found[0], found[1], found[2] = paid, sign, 0.0
    return float(found[0])


@kernel
def price(
    work: Floats,
    times: Floats,
    cash: Floats,
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
        p, s, k, t = float(side[i]), float(spot[i]), float(strike[i]), float(years[i])
        r, q, v = float(rate[i]), float(carry[i]), float(vol[i])
        out[i] = math.nan
        if rows.in_domain(p, s, k, t, r, q, v):
            out[i] = extrapolated(work, times, cash, p, s, k, t, r, q, v)


@kernel
def greeks(
    work: Floats,
    times: Floats,
    cash: Floats,
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
    found = work[_FOUND]
    for i in range(spot.size):
        p, s, k, t = float(side[i]), float(spot[i]), float(strike[i]), float(years[i])
        r, q, v = float(rate[i]), float(carry[i]), float(vol[i])
        for place in range(len(out)):
            found[place] = math.nan
        if rows.in_domain(p, s, k, t, r, q, v):
            step = _VOL_SHARE * v
            up = extrapolated(work, times, cash, p, s, k, t, r, q, v + step)
            down = extrapolated(work, times, cash, p, s, k, t, r, q, v - step)
            found[4] = (up - down) / (2.0 * step)
            up = extrapolated(work, times, cash, p, s, k, t, r + _RATE_STEP, q, v)
            down = extrapolated(work, times, cash, p, s, k, t, r - _RATE_STEP, q, v)
            found[5] = (up - down) / (2.0 * _RATE_STEP)
            value = extrapolated(work, times, cash, p, s, k, t, r, q, v)
            drift = (r - q) * s * found[1]
            theta = r * value - drift - 0.5 * v * v * s * s * found[2]
            stopped = value == (1.0 - 2.0 * p) * (s - k)
            found[3] = 0.0 if stopped else theta
        for place, column in enumerate(out):
            column[i] = found[place]


@kernel
def solve(
    work: Floats,
    times: Floats,
    cash: Floats,
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
        p, s, k, t = float(side[i]), float(spot[i]), float(strike[i]), float(years[i])
        r, q, target = float(rate[i]), float(carry[i]), float(value[i])
        vol[i] = math.nan
        reason[i] = rows.readable(p, target, s, k, t, r, q)
        if reason[i] != _SOLVED:
            continue
        floor = _least(times, cash, p, s, k, t, r, q)
        reason[i] = _bounded(target, floor, p, s, k, t, r, q)
        if reason[i] != _SOLVED:
            continue
        guessed = float(guess[i])
        if not guessed > 0.0:
            guessed = _start(times, cash, target, p, s, k, t, r, q)
        found = _search(work, times, cash, target, guessed, p, s, k, t, r, q)
        miss = work[_FOUND, 0] - target
        if found > _LARGEST:
            reason[i] = _ABOVE_BOUND
        elif miss > _MISS * max(s, k):
            # the best time of exercise may lie between the dividends
            reason[i] = _BELOW_INTRINSIC
        else:
            vol[i] = found


@stage
def _search(
    work: Floats,
    times: Floats,
    cash: Floats,
    target: float,
    guess: float,
    put: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    vol, search = guess, work[_SEARCH]
    vols.begin(search, vols.european_vega(spot, strike, years, rate, carry, vol))
    for _ in range(vols.MOST_STEPS):
        found = extrapolated(work, times, cash, put, spot, strike, years, rate, carry, vol)
        vol = vols.moved(search, vol, found - target)
        if vols.ends(search, vol) or vol > _LARGEST:
            break
    return vol


@stage
def _least(
    times: Floats,
    cash: Floats,
    put: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    """Return what the option is worth without vol, exercised about a dividend or never."""
    sign = 1.0 - 2.0 * put
    level, now, most = spot, 0.0, max(sign * (spot - strike), 0.0)
    for place in range(times.size + 1):
        when = float(times[place]) if place < times.size else years
        if 0.0 < when <= years:
            level *= exp((rate - carry) * (when - now))
            now, discount = when, exp(-rate * when)
            most = max(most, sign * discount * (level - strike))
            if place < times.size:
                level = max(level - float(cash[place]), 0.0)
                most = max(most, sign * discount * (level - strike))
    return most


@stage
def _bounded(
    value: float,
    floor: float,
    put: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    bound = strike * max(1.0, exp(-rate * years))
    if put == 0.0:
        bound = spot * max(1.0, exp(-carry * years))
    noise = _NOISE * max(spot, strike)
    if value >= bound:
        return _ABOVE_BOUND
    if floor == 0.0 or value > floor + noise:
        return _SOLVED
    return _BELOW_INTRINSIC if value < floor - noise else _AT_INTRINSIC


@stage
def _start(
    times: Floats,
    cash: Floats,
    value: float,
    put: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    """Return the European vol on the spot less what its dividends are worth today."""
    left = spot
    for place in range(times.size):
        when = float(times[place])
        if 0.0 < when <= years:
            left -= float(cash[place]) * exp(-rate * when)
    left = max(left, _LEAST_LEFT * spot)
    if put == 1.0:
        return vols.start(value, left, strike, years, rate, carry)
    return vols.start(value, strike, left, years, carry, rate)
