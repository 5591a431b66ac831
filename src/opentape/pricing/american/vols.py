"""The vol at which an American put has its price."""

import math
from typing import Final

from opentape.pricing.american import put
from opentape.pricing.columns import Floats
from opentape.pricing.elementary import exp, log_ratio
from opentape.pricing.implied import Reason
from opentape.pricing.jit import kernel, stage
from opentape.pricing.normal import density
from opentape.pricing.root import spread_of

_NOISE: Final = 2.0**-50
_CLOSE: Final = 1e-9
_MOST_STEPS: Final = 60
_WIDE: Final = 2.0
_LARGEST: Final = 100.0

_SOLVED: Final = float(Reason.SOLVED)
_BELOW_INTRINSIC: Final = float(Reason.BELOW_INTRINSIC)
_ABOVE_BOUND: Final = float(Reason.ABOVE_BOUND)
_AT_INTRINSIC: Final = float(Reason.AT_INTRINSIC)


@stage
def least(spot: float, strike: float, years: float, rate: float, carry: float) -> float:
    """Return what the put is worth without vol: exercised at the best time."""
    now = strike - spot
    then = strike * exp(-rate * years) - spot * exp(-carry * years)
    most = max(now, then, 0.0)
    if 0.0 < rate < carry and carry * spot > rate * strike:
        # what waiting earns at the rate is, at first, less than the spot loses by carry
        turn = log_ratio(carry * spot, rate * strike) / (carry - rate)
        if turn < years:
            held = strike * exp(-rate * turn) - spot * exp(-carry * turn)
            most = max(most, held)
    return most


@stage
def reason_of(
    value: float, spot: float, strike: float, years: float, rate: float, carry: float
) -> float:
    """Return whether some vol gives the price, and if not, why."""
    if value >= strike * max(1.0, exp(-rate * years)):
        return _ABOVE_BOUND
    floor, noise = least(spot, strike, years, rate, carry), _NOISE * max(spot, strike)
    if floor == 0.0 or value > floor + noise:
        return _SOLVED
    return _BELOW_INTRINSIC if value < floor - noise else _AT_INTRINSIC


@stage
def start(
    value: float, spot: float, strike: float, years: float, rate: float, carry: float
) -> float:
    """Return the European vol of the price, which is at or above the American."""
    near, far = spot * exp(-carry * years), strike * exp(-rate * years)
    outside = value - max(far - near, 0.0)
    root = math.sqrt(years)
    if value >= far or not outside > _NOISE * max(near, far) * (far > near):
        return _WIDE / root
    distance = abs(log_ratio(spot, strike) + (rate - carry) * years)
    return spread_of(outside, min(near, far), distance, math.nan) / root


@stage
def _european_vega(
    spot: float, strike: float, years: float, rate: float, carry: float, vol: float
) -> float:
    spread = vol * math.sqrt(years)
    d1 = (log_ratio(spot, strike) + (rate - carry) * years) / spread + 0.5 * spread
    return spot * exp(-carry * years) * density(d1) * math.sqrt(years)


@kernel
def solve(
    work: Floats,
    value: float,
    guess: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    """Return the vol by the secant method inside a bracket, from the European vol.

    The price must lie between its bounds.
    """
    first = start(value, spot, strike, years, rate, carry)
    if put.waits(rate, carry):
        return first
    vol = guess if guess > 0.0 else first
    low, high = 0.0, math.inf
    slope = _european_vega(spot, strike, years, rate, carry, vol)
    last_vol, last_miss = math.nan, math.nan
    for _ in range(_MOST_STEPS):
        miss = put.price(work, spot, strike, years, rate, carry, vol) - value
        if miss == 0.0:
            break
        low, high = (vol, high) if miss < 0.0 else (low, vol)
        if last_miss != miss and not math.isnan(last_miss):
            slope = (miss - last_miss) / (vol - last_vol)
        last_vol, last_miss = vol, miss
        moved = vol - miss / slope if slope > 0.0 else math.nan
        vol = moved if low < moved < high else _between(low, high)
        if abs(vol - last_vol) <= _CLOSE * vol or vol > _LARGEST:
            break
    return vol


@stage
def _between(low: float, high: float) -> float:
    return 0.5 * (low + high) if math.isfinite(high) else 2.0 * low
