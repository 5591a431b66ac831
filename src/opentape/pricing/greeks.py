"""Prices and greeks of European options, a block of rows at a time.

A loop that writes one column and has no branch runs four rows at once. A block is so short
that what one loop leaves is still near when the next one reads it.
"""

import math

from opentape.pricing.columns import Floats
from opentape.pricing.elementary import quotient
from opentape.pricing.jit import kernel, stage
from opentape.pricing.lanes import (
    BLOCK,
    deltas,
    densities,
    deviations,
    discounts,
    dual_deltas,
    gammas,
    gaps,
    ratios,
    spreads,
    values,
)


@kernel
def write_prices(
    put: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    bench: Floats,
    prices: Floats,
) -> None:
    """Fill a column of prices; `bench` has `BENCH` places or more, to be overwritten."""
    spread, d1, d2 = bench[0:BLOCK], bench[BLOCK : 2 * BLOCK], bench[2 * BLOCK : 3 * BLOCK]
    grown, discount = bench[3 * BLOCK : 4 * BLOCK], bench[4 * BLOCK : 5 * BLOCK]
    density, gap = bench[5 * BLOCK : 6 * BLOCK], bench[6 * BLOCK : 7 * BLOCK]
    one, two = bench[7 * BLOCK : 8 * BLOCK], bench[8 * BLOCK : 9 * BLOCK]
    delta, dual = bench[9 * BLOCK : 10 * BLOCK], bench[10 * BLOCK : 11 * BLOCK]
    for low in range(0, put.size, BLOCK):
        high = min(low + BLOCK, put.size)
        p, s, k, t = put[low:high], spot[low:high], strike[low:high], years[low:high]
        r, q, v = rate[low:high], carry[low:high], vol[low:high]
        spreads(p, s, k, t, r, q, v, spread)
        deviations(s, k, t, r, q, spread, d1, d2)
        discounts(t, q, grown)
        discounts(t, r, discount)
        densities(d1, grown, density, p.size)
        ratios(d1, one, p.size)
        ratios(d2, two, p.size)
        deltas(p, d1, grown, density, one, delta)
        dual_deltas(p, s, k, d2, discount, density, two, dual)
        gaps(p, spread, d1, one, two, gap)
        values(s, k, delta, dual, density, gap, prices[low:high])


@kernel
def write_deltas(
    put: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    vol: Floats,
    bench: Floats,
    delta: Floats,
    gamma: Floats,
) -> None:
    """Fill columns of delta and gamma. `bench` as of `write_prices`."""
    spread, d1, d2 = bench[0:BLOCK], bench[BLOCK : 2 * BLOCK], bench[2 * BLOCK : 3 * BLOCK]
    grown, density = bench[3 * BLOCK : 4 * BLOCK], bench[4 * BLOCK : 5 * BLOCK]
    ratio = bench[5 * BLOCK : 6 * BLOCK]
    for low in range(0, put.size, BLOCK):
        high = min(low + BLOCK, put.size)
        p, s, k, t = put[low:high], spot[low:high], strike[low:high], years[low:high]
        r, q, v = rate[low:high], carry[low:high], vol[low:high]
        spreads(p, s, k, t, r, q, v, spread)
        deviations(s, k, t, r, q, spread, d1, d2)
        discounts(t, q, grown)
        densities(d1, grown, density, p.size)
        ratios(d1, ratio, p.size)
        deltas(p, d1, grown, density, ratio, delta[low:high])
        gammas(s, spread, density, gamma[low:high])


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

    `bench` as of `write_prices`.
    """
    spread, d1, d2 = bench[0:BLOCK], bench[BLOCK : 2 * BLOCK], bench[2 * BLOCK : 3 * BLOCK]
    grown, discount = bench[3 * BLOCK : 4 * BLOCK], bench[4 * BLOCK : 5 * BLOCK]
    density, gap = bench[5 * BLOCK : 6 * BLOCK], bench[6 * BLOCK : 7 * BLOCK]
    one, two = bench[7 * BLOCK : 8 * BLOCK], bench[8 * BLOCK : 9 * BLOCK]
    for low in range(0, put.size, BLOCK):
        high = min(low + BLOCK, put.size)
        p, s, k, t = put[low:high], spot[low:high], strike[low:high], years[low:high]
        r, q, v = rate[low:high], carry[low:high], vol[low:high]
        price, delta, gamma = out[0][low:high], out[1][low:high], out[2][low:high]
        vega, dual = out[4][low:high], out[9][low:high]
        spreads(p, s, k, t, r, q, v, spread)
        deviations(s, k, t, r, q, spread, d1, d2)
        discounts(t, q, grown)
        discounts(t, r, discount)
        densities(d1, grown, density, p.size)
        ratios(d1, one, p.size)
        ratios(d2, two, p.size)
        deltas(p, d1, grown, density, one, delta)
        dual_deltas(p, s, k, d2, discount, density, two, dual)
        gaps(p, spread, d1, one, two, gap)
        values(s, k, delta, dual, density, gap, price)
        gammas(s, spread, density, gamma)
        _by_spot(s, spread, d1, delta, price, gamma, out[10][low:high], out[14][low:high])
        _by_vol(s, v, t, d1, d2, density, vega, out[8][low:high], out[13][low:high])
        _mixed(v, d1, d2, density, gamma, out[6][low:high], out[11][low:high])
        _rates(t, k, future[low:high], dual, price, out[5][low:high])
        _drifts(t, r, q, d1, d2, spread, one, two)
        _charms(q, delta, density, one, out[7][low:high])
        _fading(t, gamma, vega, two, out[12][low:high], out[15][low:high])
        _thetas(s, k, t, r, q, v, delta, dual, vega, out[3][low:high])


@stage
def _by_spot(
    spot: Floats,
    spread: Floats,
    d1: Floats,
    delta: Floats,
    price: Floats,
    gamma: Floats,
    speed: Floats,
    lambda_: Floats,
) -> None:
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
    years: Floats,
    d1: Floats,
    d2: Floats,
    density: Floats,
    vega: Floats,
    vomma: Floats,
    ultima: Floats,
) -> None:
    for j in range(spot.size):
        vega[j] = float(spot[j]) * float(density[j]) * math.sqrt(max(float(years[j]), 0.0))
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
