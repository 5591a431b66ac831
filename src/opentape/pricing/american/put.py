"""An American put by itself: its price, and the slopes that come with it."""

import math
from typing import Final

from opentape.pricing import bsm
from opentape.pricing.american import boundary, premium
from opentape.pricing.columns import Floats
from opentape.pricing.elementary import exp, log_ratio
from opentape.pricing.jit import kernel, stage

_STEEPEST: Final = 50.0


@stage
def in_domain(rate: float, carry: float, years: float) -> bool:
    """Return whether discounting leaves numbers that mean something."""
    return abs(rate) * years <= _STEEPEST and abs(carry) * years <= _STEEPEST


@stage
def waits(rate: float, carry: float) -> bool:
    """Return whether a put is never worth exercising before expiry."""
    return rate <= 0.0 and carry >= rate


@stage
def has_two_boundaries(rate: float, carry: float) -> bool:
    """Return whether a put is exercised between two spots, neither of them 0."""
    return carry < rate < 0.0


@stage
def european(
    spot: float, strike: float, years: float, rate: float, carry: float, vol: float
) -> float:
    """Return the price without early exercise."""
    forward = log_ratio(spot, strike) + (rate - carry) * years
    near, far = spot * exp(-carry * years), strike * exp(-rate * years)
    return bsm.european(1.0, near, far, forward, vol * math.sqrt(years))


@kernel
def price(
    work: Floats,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> float:
    """Return the price, NaN with two boundaries; the curve is left in the scratch."""
    if has_two_boundaries(rate, carry):
        return math.nan
    if waits(rate, carry):
        return european(spot, strike, years, rate, carry, vol)
    boundary.fit(work, years, rate, carry, vol)
    if spot <= strike * premium.exercise_level(work, rate, carry):
        return strike - spot
    moneyness = log_ratio(spot, strike)
    early = strike * premium.value(work, moneyness, years, rate, carry, vol)
    alive = european(spot, strike, years, rate, carry, vol) + max(early, 0.0)
    return max(alive, strike - spot)


@stage
def stopped(value: float, spot: float, strike: float, rate: float, carry: float) -> bool:
    """Return whether a put of this price is exercised at once."""
    return value == strike - spot and not waits(rate, carry)
