"""Dollars of delta that each contract makes dealers trade: GEX, DEX, VEX, CHEX, DAG."""

import math
from typing import Final, NamedTuple

import numpy as np

from opentape.positioning.dealer import signs
from opentape.positioning.options import LevelOptions
from opentape.positioning.positions import (
    LEAST,
    MOST,
    YEAR_MINUTES,
    Floats,
    Positions,
    floats,
)
from opentape.pricing.jit import kernel, stage

MEASURES: Final = ("gex", "dex", "vex", "chex", "dag")
_DEFAULTS: Final = LevelOptions()
_PERCENT: Final = 0.01
_POINT: Final = 0.01
_YEAR_DAYS: Final = 365.0
_ROOT_TWO: Final = math.sqrt(2.0)
_INV_ROOT_TWO_PI: Final = 1.0 / math.sqrt(2.0 * math.pi)
_FAR: Final = 38.0
_MOST_GROWTH: Final = 100.0


class Exposures(NamedTuple):
    """Of each contract, in dollars; NaN where the contract does not count.

    A contract counts that is usable, has not expired and has a vol, delta, gamma and open
    interest.
    """

    gex: Floats
    """Delta to trade per 1 % of spot; calls positive, puts negative."""
    dex: Floats
    """Delta held, with the sign of the contract's own delta."""
    vex: Floats
    """Delta to trade per vol point; signed as `gex`."""
    chex: Floats
    """Delta to trade per calendar day that passes; signed as `gex`."""
    dag: Floats
    """`gex` times the size of delta."""


def exposures(
    positions: Positions, spot: float, options: LevelOptions = _DEFAULTS
) -> Exposures:
    """Return the exposures of each contract.

    Parameters
    ----------
    spot
        Dollars; nothing counts where it is NaN or not positive.

    Source
    ------
    Delta and gamma are those of `positions`; below the floor of time, and vanna and charm
    always: Black-Scholes-Merton with the contract's own vol.

    Examples
    --------
    >>> one = [np.array([x]) for x in (1500.0, 0.0, 100.0, 0.62, 0.28, 0.0041, 0.0, 0.0)]
    >>> held = Positions(
    ...     np.array([False]), np.array([950.0]), np.array([7]), np.array([7 / 365]), *one,
    ...     np.array([True]),
    ... )  # fmt: skip
    >>> print(exposures(held, 900.25).gex.round(2))
    [4984267.88]
    """
    values = units(positions, spot, options) * np.where(
        positions.known, positions.oi, np.nan
    )
    return Exposures._make(values)


def units(positions: Positions, spot: float, options: LevelOptions) -> Floats:
    """Return the five exposures that one contract of open interest makes.

    Returns
    -------
    float64, (5, contracts)
        In the order of `Exposures`; NaN where a contract would not count.
    """
    found = np.empty((len(MEASURES), positions.strike.size))
    multiplier = np.where(positions.usable, positions.multiplier, np.nan)
    _units(
        signs(positions.put), floats(positions.strike), floats(positions.years),
        floats(positions.rate), floats(positions.carry), floats(positions.vol),
        floats(positions.delta), floats(positions.gamma), multiplier,
        float(spot), options.floor_minutes / YEAR_MINUTES, found,
    )  # fmt: skip
    return found


@kernel
def _units(
    sign: Floats, strike: Floats, years: Floats, rate: Floats, carry: Floats,
    vol: Floats, delta: Floats, gamma: Floats, multiplier: Floats,
    spot: float, floor: float, found: Floats,
) -> None:  # fmt: skip
    for i in range(strike.size):
        years_i, rate_i, carry_i = float(years[i]), float(rate[i]), float(carry[i])
        delta_i, gamma_i, vol_i = float(delta[i]), float(gamma[i]), float(vol[i])
        strike_i, shares, side = float(strike[i]), float(multiplier[i]), float(sign[i])
        time = max(years_i, floor)
        for m in range(found.shape[0]):
            found[m, i] = math.nan
        if not (
            solvable(spot, strike_i, years_i, time, rate_i, carry_i, vol_i)
            and 0.0 < shares < MOST
            and -MOST < delta_i < MOST
            and 0.0 <= gamma_i < MOST
        ):
            continue
        d1, deviation = distance(spot, strike_i, time, rate_i, carry_i, vol_i)
        yielded = math.exp(-carry_i * time)
        density = bell(d1) * yielded
        below = 0.5 * math.erfc(-side * d1 / _ROOT_TWO)
        if years_i < floor:
            delta_i = side * yielded * below
            gamma_i = density / (spot * deviation)
        vanna, charm = 0.0, side * carry_i * yielded * below
        if density > 0.0:
            d2 = d1 - deviation
            vanna = -density * d2 / vol_i
            drift = 2.0 * (rate_i - carry_i) * time - d2 * deviation
            charm -= density * drift / (2.0 * time * deviation)
        held = side * shares * spot
        gex = held * gamma_i * spot * _PERCENT
        found[0, i] = gex
        found[1, i] = delta_i * shares * spot
        found[2, i] = held * vanna * _POINT
        found[3, i] = held * charm / _YEAR_DAYS
        found[4, i] = abs(delta_i) * gex


@stage
def solvable(
    spot: float, strike: float, years: float, time: float,
    rate: float, carry: float, vol: float,
) -> bool:  # fmt: skip
    """Return whether a contract has all that its greeks need, within what floats hold."""
    return (
        LEAST < spot < MOST
        and LEAST < strike < MOST
        and 0.0 < years < MOST
        and LEAST < vol < MOST
        and abs(rate) * time < _MOST_GROWTH
        and abs(carry) * time < _MOST_GROWTH
    )


@stage
def distance(
    spot: float, strike: float, time: float, rate: float, carry: float, vol: float
) -> tuple[float, float]:
    """Return d1, and the standard deviation of the logarithm of spot at expiry."""
    deviation = vol * math.sqrt(time)
    drift = (rate - carry) * time
    d1 = (math.log(spot) - math.log(strike) + drift) / deviation + 0.5 * deviation
    return d1, deviation


@stage
def bell(deviations: float) -> float:
    """Return the normal density, 0 where a float holds none."""
    if abs(deviations) > _FAR:
        return 0.0
    return _INV_ROOT_TWO_PI * math.exp(-0.5 * deviations * deviations)
