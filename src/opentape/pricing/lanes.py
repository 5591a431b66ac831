"""The greeks in lanes: short loops over blocks, one column written by each.

A loop that writes one column and has no branch runs four rows at a time. A block is so
short that what one loop leaves is still near when the next one reads it.
"""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.elementary import HUGE, TINY, exp, log_ratio, quotient
from opentape.pricing.jit import kernel, stage
from opentape.pricing.normal import INV_SQRT_2PI, SMALL, mills, mills_gap

FAR_OUT: Final = 1e5
"""Standard deviations beyond which every density is 0."""
SERIES_REACH: Final = 2.0
"""Half of abs(ln(forward / strike)) up to which `mills_gap` serves."""

_BLOCK: Final = 128
BENCH: Final = 10 * _BLOCK
"""How many places the intermediate results of a block take."""
_NO_GAP: Final = -1.0


@stage
def in_domain(put: float, spot: float, strike: float, years: float, vol: float) -> bool:
    """Return whether an option with these terms has a price."""
    return (
        put * (1.0 - put) == 0.0
        and TINY <= spot <= HUGE
        and TINY <= strike <= HUGE
        and 0.0 < years <= HUGE
        and vol > 0.0
        and TINY <= vol * vol * years <= HUGE
    )


@kernel
def write_greeks(
    put: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    future: Floats,
    bench: Floats,
    *out: Floats,
) -> None:
    """Fill the columns of `Greeks`; `future` is 1 where spot is a forward, held by rate.

    `bench` has `BENCH` places or more, which are overwritten.
    """
    root, spread = bench[0:_BLOCK], bench[_BLOCK : 2 * _BLOCK]
    d1, d2 = bench[2 * _BLOCK : 3 * _BLOCK], bench[3 * _BLOCK : 4 * _BLOCK]
    grown, discount = bench[4 * _BLOCK : 5 * _BLOCK], bench[5 * _BLOCK : 6 * _BLOCK]
    density, gap = bench[6 * _BLOCK : 7 * _BLOCK], bench[7 * _BLOCK : 8 * _BLOCK]
    one, two = bench[8 * _BLOCK : 9 * _BLOCK], bench[9 * _BLOCK : 10 * _BLOCK]
    for low in range(0, put.size, _BLOCK):
        high = min(low + _BLOCK, put.size)
        p, s, k, t = put[low:high], spot[low:high], strike[low:high], years[low:high]
        r, q, v = rate[low:high], carry[low:high], vol[low:high]
        price, delta, gamma = out[0][low:high], out[1][low:high], out[2][low:high]
        vega, dual = out[4][low:high], out[9][low:high]
        _spreads(p, s, k, t, v, root, spread)
        _deviations(s, k, t, r, q, spread, d1, d2)
        _densities(t, r, q, d1, grown, discount, density)
        _ratios(p.size, d1, d2, one, two)
        _shares(p, s, k, d1, d2, grown, discount, density, one, two, delta, dual)
        _gaps(p, spread, d1, one, two, gap)
        _values(s, k, delta, dual, density, gap, price)
        _by_spot(
            s,
            spread,
            d1,
            delta,
            price,
            density,
            gamma,
            out[10][low:high],
            out[14][low:high],
        )
        _by_vol(s, v, root, d1, d2, density, vega, out[8][low:high], out[13][low:high])
        _mixed(v, d1, d2, density, gamma, out[6][low:high], out[11][low:high])
        _rates(t, k, future[low:high], dual, price, out[5][low:high])
        _drifts(t, r, q, d1, d2, spread, one, two)
        _charms(q, delta, density, one, out[7][low:high])
        _fading(t, gamma, vega, two, out[12][low:high], out[15][low:high])
        _thetas(s, k, t, r, q, v, delta, dual, vega, out[3][low:high])


@stage
def _spreads(
    put: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    vol: Floats,
    root: Floats,
    spread: Floats,
) -> None:
    for j in range(put.size):
        root[j] = math.sqrt(max(float(years[j]), 0.0))
    # what is outside of the domain ends here: everything else is made from the spread
    for j in range(put.size):
        p, s, k, t, v = (
            float(put[j]),
            float(spot[j]),
            float(strike[j]),
            float(years[j]),
            float(vol[j]),
        )
        spread[j] = v * float(root[j]) if in_domain(p, s, k, t, v) else math.nan


@stage
def _deviations(
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    spread: Floats,
    d1: Floats,
    d2: Floats,
) -> None:
    for j in range(spot.size):
        moved = (float(rate[j]) - float(carry[j])) * float(years[j])
        moved += log_ratio(float(spot[j]), float(strike[j]))
        width = float(spread[j])
        d1[j] = min(max(quotient(moved, width), -FAR_OUT), FAR_OUT) + 0.5 * width
    for j in range(spot.size):
        d2[j] = float(d1[j]) - float(spread[j])


@stage
def _densities(
    years: Floats,
    rate: Floats,
    carry: Floats,
    d1: Floats,
    grown: Floats,
    discount: Floats,
    density: Floats,
) -> None:
    for j in range(years.size):
        grown[j] = exp(-float(carry[j]) * float(years[j]))
    for j in range(years.size):
        discount[j] = exp(-float(rate[j]) * float(years[j]))
    for j in range(years.size):
        z = float(d1[j])
        density[j] = float(grown[j]) * INV_SQRT_2PI * exp(-0.5 * z * z)


@stage
def _ratios(size: int, d1: Floats, d2: Floats, one: Floats, two: Floats) -> None:
    for j in range(size):
        one[j] = mills(abs(float(d1[j])))
    for j in range(size):
        two[j] = mills(abs(float(d2[j])))


@stage
def _shares(
    put: Floats,
    spot: Floats,
    strike: Floats,
    d1: Floats,
    d2: Floats,
    grown: Floats,
    discount: Floats,
    density: Floats,
    one: Floats,
    two: Floats,
    delta: Floats,
    dual: Floats,
) -> None:
    for j in range(put.size):
        sign = 1.0 - 2.0 * float(put[j])
        tail = float(density[j]) * float(one[j])
        delta[j] = sign * (tail if sign * float(d1[j]) < 0.0 else float(grown[j]) - tail)
    for j in range(put.size):
        sign = 1.0 - 2.0 * float(put[j])
        tail = quotient(float(density[j]) * float(spot[j]), float(strike[j])) * float(
            two[j]
        )
        rest = float(discount[j]) - tail
        dual[j] = -sign * (tail if sign * float(d2[j]) < 0.0 else rest)


@stage
def _gaps(
    put: Floats,
    spread: Floats,
    d1: Floats,
    one: Floats,
    two: Floats,
    gap: Floats,
) -> None:
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
def _values(
    spot: Floats,
    strike: Floats,
    delta: Floats,
    dual: Floats,
    density: Floats,
    gap: Floats,
    price: Floats,
) -> None:
    for j in range(price.size):
        s, between = float(spot[j]), float(gap[j])
        whole = s * float(delta[j]) + float(strike[j]) * float(dual[j])
        price[j] = whole if between == _NO_GAP else s * float(density[j]) * between


@stage
def _by_spot(
    spot: Floats,
    spread: Floats,
    d1: Floats,
    delta: Floats,
    price: Floats,
    density: Floats,
    gamma: Floats,
    speed: Floats,
    lambda_: Floats,
) -> None:
    for j in range(spot.size):
        gamma[j] = quotient(float(density[j]), float(spread[j]) * float(spot[j]))
    for j in range(spot.size):
        steep = quotient(float(d1[j]), float(spread[j])) + 1.0
        speed[j] = quotient(-float(gamma[j]) * steep, float(spot[j]))
    for j in range(spot.size):
        value = float(price[j])
        lambda_[j] = quotient(float(delta[j]) * float(spot[j]), value)


@stage
def _by_vol(
    spot: Floats,
    vol: Floats,
    root: Floats,
    d1: Floats,
    d2: Floats,
    density: Floats,
    vega: Floats,
    vomma: Floats,
    ultima: Floats,
) -> None:
    for j in range(spot.size):
        vega[j] = float(spot[j]) * float(density[j]) * float(root[j])
    for j in range(spot.size):
        vomma[j] = quotient(float(vega[j]) * float(d1[j]) * float(d2[j]), float(vol[j]))
    for j in range(spot.size):
        one, two, v = float(d1[j]), float(d2[j]), float(vol[j])
        both = one * two
        bend = both * (both - 1.0) - one * one - two * two
        ultima[j] = quotient(float(vega[j]) * bend, v * v)


@stage
def _mixed(
    vol: Floats,
    d1: Floats,
    d2: Floats,
    density: Floats,
    gamma: Floats,
    vanna: Floats,
    zomma: Floats,
) -> None:
    for j in range(vol.size):
        vanna[j] = quotient(-float(density[j]) * float(d2[j]), float(vol[j]))
    for j in range(vol.size):
        both = float(d1[j]) * float(d2[j]) - 1.0
        zomma[j] = quotient(float(gamma[j]) * both, float(vol[j]))


@stage
def _rates(
    years: Floats,
    strike: Floats,
    future: Floats,
    dual: Floats,
    price: Floats,
    rho: Floats,
) -> None:
    for j in range(years.size):
        spot_held = float(strike[j]) * float(dual[j])
        rho[j] = -float(years[j]) * (
            float(price[j]) if float(future[j]) != 0.0 else spot_held
        )


@stage
def _drifts(
    years: Floats,
    rate: Floats,
    carry: Floats,
    d1: Floats,
    d2: Floats,
    spread: Floats,
    drift: Floats,
    fade: Floats,
) -> None:
    # d d1 / d years
    for j in range(years.size):
        width = float(spread[j])
        moved = float(rate[j]) - float(carry[j])
        moved -= quotient(0.5 * float(d2[j]) * width, float(years[j]))
        drift[j] = quotient(moved, width)
    for j in range(years.size):
        fade[j] = float(carry[j]) + float(d1[j]) * float(drift[j])


@stage
def _charms(
    carry: Floats, delta: Floats, density: Floats, drift: Floats, charm: Floats
) -> None:
    for j in range(charm.size):
        charm[j] = float(carry[j]) * float(delta[j]) - float(density[j]) * float(drift[j])


@stage
def _fading(
    years: Floats, gamma: Floats, vega: Floats, fade: Floats, color: Floats, veta: Floats
) -> None:
    for j in range(years.size):
        color[j] = float(gamma[j]) * (float(fade[j]) + quotient(0.5, float(years[j])))
    for j in range(years.size):
        veta[j] = float(vega[j]) * (float(fade[j]) - quotient(0.5, float(years[j])))


@stage
def _thetas(
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    delta: Floats,
    dual: Floats,
    vega: Floats,
    theta: Floats,
) -> None:
    for j in range(theta.size):
        held = float(carry[j]) * float(spot[j]) * float(delta[j])
        theta[j] = held + float(rate[j]) * float(strike[j]) * float(dual[j])
    for j in range(theta.size):
        decay = quotient(float(vega[j]) * float(vol[j]), float(years[j]))
        theta[j] = float(theta[j]) - 0.5 * decay
