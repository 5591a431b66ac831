"""The price of an American put with its slopes; a call is a put on the exchange."""

import math
from typing import Final

from opentape.pricing.american import premium, put
from opentape.pricing.columns import Floats
from opentape.pricing.elementary import exp, log_ratio
from opentape.pricing.jit import kernel, stage
from opentape.pricing.normal import cumulative, density

_VOL_SHARE: Final = 1e-3
_RATE_STEP: Final = 1e-4


@kernel
def of_put(
    work: Floats,
    out: Floats,
    call: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> None:
    """Write price, delta, gamma, theta, vega and rho of a put, or of the call it mirrors.

    A call on a spot is a put on the strike, with the two and rate and carry exchanged; the
    arguments are those of the put.
    """
    step = _VOL_SHARE * vol
    up = put.price(work, spot, strike, years, rate, carry, vol + step)
    down = put.price(work, spot, strike, years, rate, carry, vol - step)
    out[4] = (up - down) / (2.0 * step)
    out[5] = _rho(work, call, spot, strike, years, rate, carry, vol)
    value = put.price(work, spot, strike, years, rate, carry, vol)
    delta, gamma, theta = -1.0, 0.0, 0.0
    if not put.stopped(value, spot, strike, rate, carry):
        delta, gamma = _by_spot(work, spot, strike, years, rate, carry, vol)
        theta = rate * value - (rate - carry) * spot * delta
        theta -= 0.5 * vol * vol * spot * spot * gamma
    if call == 1.0:
        # homogeneous of degree one in spot and strike
        delta = (value - spot * delta) / strike
        gamma *= (spot / strike) * (spot / strike)
    out[0], out[1], out[2], out[3] = value, delta, gamma, theta


@stage
def _by_spot(
    work: Floats,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> tuple[float, float]:
    moneyness, spread = log_ratio(spot, strike), vol * math.sqrt(years)
    d1 = (moneyness + (rate - carry) * years) / spread + 0.5 * spread
    grown = exp(-carry * years)
    delta, gamma = -grown * cumulative(-d1), grown * density(d1) / (spot * spread)
    if put.waits(rate, carry):
        return delta, gamma
    first, second = premium.slopes(work, moneyness, years, rate, carry, vol)
    return delta + first, gamma + second / strike


@stage
def _rho(
    work: Floats,
    call: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> float:
    of_rate, of_carry = _RATE_STEP * (1.0 - call), _RATE_STEP * call
    up = put.price(work, spot, strike, years, rate + of_rate, carry + of_carry, vol)
    down = put.price(work, spot, strike, years, rate - of_rate, carry - of_carry, vol)
    if not math.isnan(down):
        return (up - down) / (2.0 * _RATE_STEP)
    return (up - put.price(work, spot, strike, years, rate, carry, vol)) / _RATE_STEP
