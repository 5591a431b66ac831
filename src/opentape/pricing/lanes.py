"""Steps to prices and greeks, in lanes: short loops that write one column each."""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.elementary import HUGE, TINY, exp, log_ratio, quotient
from opentape.pricing.jit import stage
from opentape.pricing.normal import INV_SQRT_2PI, SMALL, mills, mills_gap

FAR_OUT: Final = 1e5
"""Standard deviations beyond which every density is 0."""
SERIES_REACH: Final = 2.0
"""Half of abs(ln(forward / strike)) up to which `mills_gap` serves."""

BLOCK: Final = 256
BENCH: Final = 12 * BLOCK
"""How many places the intermediate results of a block take."""
_NO_GAP: Final = -1.0


@stage
def in_domain(
    put: float,
    spot: float,
    strike: float,
    years: float,
    vol: float,
) -> bool:
    """Return whether an option with these terms has a price."""
    return (
        put * (1.0 - put) == 0.0
        and TINY <= spot <= HUGE
        and TINY <= strike <= HUGE
        and 0.0 < years <= HUGE
        and vol > 0.0
        and TINY <= vol * vol * years <= HUGE
    )


@stage
def spreads(
    put: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    spread: Floats,
) -> None:
    """Write vol sqrt(years); NaN outside of the domain, which makes all else NaN."""
    for j in range(put.size):
        p, s, k, t = float(put[j]), float(spot[j]), float(strike[j]), float(years[j])
        v, r, q = float(vol[j]), abs(float(rate[j])), abs(float(carry[j]))
        fine = in_domain(p, s, k, t, v) and r <= HUGE and q <= HUGE
        spread[j] = v * math.sqrt(t if fine else 1.0) if fine else math.nan


@stage
def deviations(
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    spread: Floats,
    d1: Floats,
    d2: Floats,
) -> None:
    """Write the forward in standard deviations above the strike, by either measure."""
    for j in range(spot.size):
        width = float(spread[j])
        # a logarithm is only asked of what has one
        s = float(spot[j]) if width > 0.0 else 1.0
        k = float(strike[j]) if width > 0.0 else 1.0
        moved = log_ratio(s, k) + (float(rate[j]) - float(carry[j])) * float(years[j])
        d1[j] = min(max(quotient(moved, width), -FAR_OUT), FAR_OUT) + 0.5 * width
    for j in range(spot.size):
        d2[j] = float(d1[j]) - float(spread[j])


@stage
def discounts(years: Floats, rate: Floats, discount: Floats) -> None:
    """Write what 1.00 at expiry is worth today, or today's share that is one by then."""
    for j in range(years.size):
        discount[j] = exp(-float(rate[j]) * float(years[j]))


@stage
def densities(d1: Floats, grown: Floats, density: Floats, size: int) -> None:
    """Write the density at `d1`, discounted at the carry."""
    for j in range(size):
        z = float(d1[j])
        density[j] = float(grown[j]) * INV_SQRT_2PI * exp(-0.5 * z * z)


@stage
def ratios(d: Floats, ratio: Floats, size: int) -> None:
    """Write Mills' ratio on the side away from the mean."""
    for j in range(size):
        ratio[j] = mills(abs(float(d[j])))


@stage
def deltas(
    put: Floats, d1: Floats, grown: Floats, density: Floats, ratio: Floats, delta: Floats
) -> None:
    """Write the change of price with spot."""
    for j in range(put.size):
        sign = 1.0 - 2.0 * float(put[j])
        tail = float(density[j]) * float(ratio[j])
        delta[j] = sign * (tail if sign * float(d1[j]) < 0.0 else float(grown[j]) - tail)


@stage
def dual_deltas(
    put: Floats,
    spot: Floats,
    strike: Floats,
    d2: Floats,
    discount: Floats,
    density: Floats,
    ratio: Floats,
    dual: Floats,
) -> None:
    """Write the change of price with strike."""
    for j in range(put.size):
        sign = 1.0 - 2.0 * float(put[j])
        tail = quotient(float(density[j]) * float(spot[j]), float(strike[j]))
        tail *= float(ratio[j])
        rest = float(discount[j]) - tail
        dual[j] = -sign * (tail if sign * float(d2[j]) < 0.0 else rest)


@stage
def gammas(spot: Floats, spread: Floats, density: Floats, gamma: Floats) -> None:
    """Write the change of delta with spot."""
    for j in range(spot.size):
        gamma[j] = quotient(float(density[j]), float(spread[j]) * float(spot[j]))


@stage
def gaps(
    put: Floats,
    spread: Floats,
    d1: Floats,
    one: Floats,
    two: Floats,
    gap: Floats,
) -> None:
    """Write the price out of the money over spot and density, where parity loses it."""
    for j in range(put.size):
        t = 0.5 * float(spread[j])
        middle = float(d1[j]) - t
        h = -abs(middle)
        series = mills_gap(h, t)
        apart = abs(float(one[j]) - float(two[j]))
        near = series if t < SMALL and -h * t < SERIES_REACH else apart
        outside = (1.0 - 2.0 * float(put[j])) * middle <= 0.0
        gap[j] = near if outside and (h + t <= 0.0 or t < SMALL) else _NO_GAP


@stage
def values(
    spot: Floats,
    strike: Floats,
    delta: Floats,
    dual: Floats,
    density: Floats,
    gap: Floats,
    price: Floats,
) -> None:
    """Write the price: from the gap, or as the sum of what spot and strike are part of."""
    for j in range(price.size):
        s, between = float(spot[j]), float(gap[j])
        whole = s * float(delta[j]) + float(strike[j]) * float(dual[j])
        price[j] = whole if between == _NO_GAP else s * float(density[j]) * between
