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
_CLOSE: Final = 1e-8
MOST_STEPS: Final = 60
LARGEST: Final = 100.0
_WIDE: Final = 2.0
_FASTEST: Final = 2.0
_LOW, _HIGH, _SLOPE, _LAST_VOL, _LAST_MISS, _LEFT = range(6)

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
def european_vega(
    spot: float, strike: float, years: float, rate: float, carry: float, vol: float
) -> float:
    """Return the slope in vol without early exercise."""
    spread = vol * math.sqrt(years)
    d1 = (log_ratio(spot, strike) + (rate - carry) * years) / spread + 0.5 * spread
    return spot * exp(-carry * years) * density(d1) * math.sqrt(years)


@kernel
def solve(
    work: Floats,
    search: Floats,
    value: float,
    guess: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    """Return the vol of a put by the secant method, from the European vol.

    The price must lie between its bounds.
    """
    vol = start(value, spot, strike, years, rate, carry)
    if put.waits(rate, carry):
        return vol
    vol = guess if guess > 0.0 else vol
    begin(search, european_vega(spot, strike, years, rate, carry, vol))
    for _ in range(MOST_STEPS):
        miss = put.price(work, spot, strike, years, rate, carry, vol) - value
        vol = moved(search, vol, miss)
        if ends(search, vol) or vol > LARGEST:
            break
    return vol


@stage
def begin(search: Floats, slope: float) -> None:
    """Forget the bracket and the last point; the first step takes this slope."""
    search[_LOW], search[_HIGH], search[_SLOPE] = 0.0, math.inf, slope
    search[_LAST_VOL] = search[_LAST_MISS] = math.nan


@stage
def moved(search: Floats, vol: float, miss: float) -> float:
    """Return where to look next, given by how much the price at `vol` is too high."""
    search[_LOW if miss < 0.0 else _HIGH] = vol
    last = search[_LAST_MISS]
    search[_LEFT] = 1.0
    if not math.isnan(last) and last != miss:
        found = (miss - last) / (vol - search[_LAST_VOL])
        search[_LEFT] = min(abs(1.0 - search[_SLOPE] / found), 1.0)
        search[_SLOPE] = found
    search[_LAST_VOL], search[_LAST_MISS] = vol, miss
    low, high, slope = float(search[_LOW]), float(search[_HIGH]), float(search[_SLOPE])
    if miss == 0.0:
        return vol
    if math.isfinite(high):
        found = vol - miss / slope if slope > 0.0 else math.nan
        return found if low < found < high else 0.5 * (low + high)
    # where exercise is best the price does not move, and the slope says nothing
    return min(vol - miss / slope if slope > 0.0 else math.inf, _FASTEST * vol)


@stage
def ends(search: Floats, vol: float) -> bool:
    """Return whether what the last step leaves, as the slope still changes, is small."""
    return abs(vol - search[_LAST_VOL]) * search[_LEFT] <= _CLOSE * vol
