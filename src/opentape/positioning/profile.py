"""The gamma profile: net GEX of a chain repriced at other spots, vols held by strike.

As a function of the logarithm of spot the gamma of a contract is a bell, so on spots in
geometric steps each value follows from the one before by two multiplications.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from opentape.positioning.dealer import signs
from opentape.positioning.exposure import distance, solvable
from opentape.positioning.options import LevelOptions
from opentape.positioning.positions import YEAR_MINUTES, Floats, Positions, floats
from opentape.pricing.jit import kernel

_PERCENT: Final = 0.01
_INV_ROOT_TWO_PI: Final = 1.0 / math.sqrt(2.0 * math.pi)
_FAR: Final = 38.0
_REACH: Final = 12.0
_ROUNDS: Final = 64


class Bells(NamedTuple):
    """One bell a contract, over the logarithm of spot."""

    middle: Floats
    """Where it peaks; contracts that do not count have none and come to NaN."""
    inverse: Floats
    """One over its standard deviation."""
    height: Floats
    """Its peak, in dollars of delta per 1 % and dollar of spot; signed."""


def bells(
    positions: Positions, spot: float, options: LevelOptions, *, weighted: bool
) -> Bells:
    """Return the bells of the contracts that count, their peaks signed and weighted."""
    counting = (
        positions.usable
        & positions.known
        & np.isfinite(positions.delta)
        & (positions.gamma >= 0)
    )
    held = positions.take(counting)
    weight = signs(held.put) * held.oi * held.multiplier
    if weighted:
        weight *= np.minimum(1.0, np.maximum(held.dte, 0) / options.flip.full_weight_dte)
    found = Bells._make(np.empty((3, held.strike.size)))
    _bells(
        floats(held.strike), floats(held.years), floats(held.rate), floats(held.carry),
        floats(held.vol), weight, float(spot), options.floor_minutes / YEAR_MINUTES, *found,
    )  # fmt: skip
    solved = np.isfinite(found.height)
    return found if solved.all() else Bells._make(column[solved] for column in found)


def spots(spot: float, span: float, step: float) -> Floats:
    """Return spots from `span` below to `span` above in geometric steps, spot among them.

    Examples
    --------
    >>> spots(100.0, 0.01, 0.005).round(3).tolist()
    [99.007, 99.502, 100.0, 100.5]
    """
    growth = math.log1p(step)
    below = math.floor(-math.log1p(-span) / growth)
    above = math.floor(math.log1p(span) / growth)
    found = spot * np.exp(growth * np.arange(-below, above + 1))
    found[below] = spot
    return found


def profile(found: Bells, at: Floats, step: float) -> Floats:
    """Return net GEX at each of `spots`.

    Parameters
    ----------
    at : float64, one or more
        As `spots` made them.
    step
        What `spots` was given.

    Returns
    -------
    float64
        Dollars of delta per 1 %; a contract further than 12 standard deviations adds 0.
    """
    total = np.zeros(at.size)
    _add_bells(*found, math.log(at[0]), math.log1p(step), total)
    return total * at


@kernel
def _bells(
    strike: Floats, years: Floats, rate: Floats, carry: Floats, vol: Floats,
    weight: Floats, spot: float, floor: float,
    middle: Floats, inverse: Floats, height: Floats,
) -> None:  # fmt: skip
    for i in range(strike.size):
        years_i, rate_i, carry_i = float(years[i]), float(rate[i]), float(carry[i])
        strike_i, vol_i, time = float(strike[i]), float(vol[i]), max(float(years[i]), floor)
        middle[i] = inverse[i] = height[i] = math.nan
        if solvable(spot, strike_i, years_i, time, rate_i, carry_i, vol_i):
            d1, deviation = distance(spot, strike_i, time, rate_i, carry_i, vol_i)
            middle[i] = math.log(spot) - d1 * deviation
            inverse[i] = 1.0 / deviation
            peak = _INV_ROOT_TWO_PI * math.exp(-carry_i * time) / deviation
            height[i] = float(weight[i]) * peak * _PERCENT


@kernel
def _add_bells(
    middle: Floats, inverse: Floats, height: Floats,
    lowest: float, growth: float, total: Floats,
) -> None:  # fmt: skip
    last = total.size - 1
    for i in range(middle.size):
        width, centre = float(inverse[i]), float(middle[i])
        nearest = int(min(max((centre - lowest) / growth + 0.5, 0.0), float(last)))
        away = (lowest + nearest * growth - centre) * width
        if abs(away) > _FAR:
            continue
        peak = float(height[i]) * math.exp(-0.5 * away * away)
        total[nearest] += peak
        step = growth * width
        if step > _REACH:
            continue
        # bell(n + 1) / bell(n) itself falls by the same factor at every step
        half = math.exp(-0.5 * step * step)
        fall, tilt = half * half, math.exp(-away * step)
        reach = int(min(_REACH / step, float(last)))
        above, below = min(last - nearest, reach), min(nearest, reach)
        both = min(above, below)
        up, up_by, down, down_by = peak, half * tilt, peak, half / tilt
        # two chains of products at once keep the processor busy
        for n in range(1, both + 1):
            up *= up_by
            up_by *= fall
            down *= down_by
            down_by *= fall
            total[nearest + n] += up
            total[nearest - n] += down
        for n in range(both + 1, above + 1):
            up *= up_by
            up_by *= fall
            total[nearest + n] += up
        for n in range(both + 1, below + 1):
            down *= down_by
            down_by *= fall
            total[nearest - n] += down


@kernel
def halve(
    middle: Floats, inverse: Floats, height: Floats,
    low: float, high: float, tolerance: float,
) -> float:  # fmt: skip
    """Return the spot between `low` and `high` where the profile changes sign."""
    below = _value(middle, inverse, height, low)
    above = _value(middle, inverse, height, high)
    for _ in range(_ROUNDS):
        if high - low <= tolerance:
            break
        centre = 0.5 * (low + high)
        value = _value(middle, inverse, height, centre)
        if (value > 0.0) == (below > 0.0):
            low, below = centre, value
        else:
            high, above = centre, value
    if below == above:
        return 0.5 * (low + high)
    return low + (high - low) * min(max(below / (below - above), 0.0), 1.0)


@kernel
def _value(middle: Floats, inverse: Floats, height: Floats, spot: float) -> float:
    total, here = 0.0, math.log(spot)
    for i in range(middle.size):
        away = (here - float(middle[i])) * float(inverse[i])
        if abs(away) < _FAR:
            total += float(height[i]) * math.exp(-0.5 * away * away)
    return spot * total
