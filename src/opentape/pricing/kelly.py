"""How much to stake on one long option, if the stock drifts as one believes."""

import math
from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.columns import Floats
from opentape.pricing.normal import cumulative

STEPS: Final = 2_000
"""Places of the lognormal law at which the payoff is taken."""
REACH: Final = 6.0
"""Standard deviations that they span, of the price below and of the payoff above."""
_HALVINGS: Final = 52


class Kelly(NamedTuple):
    """What a long option held to expiry promises, and the stake that grows fastest."""

    fraction: float
    """Of the bankroll, 0 to 1; 0 where the expected payoff is not above the premium."""
    growth: float
    """Expected logarithm of the bankroll after over before, at that stake."""
    payoff: float
    """Expected at expiry, not discounted; dollars a share."""
    profitable: float
    """Probability that the payoff exceeds the premium."""
    in_the_money: float
    """Probability of any payoff."""


_UNKNOWN: Final = Kelly(math.nan, math.nan, math.nan, math.nan, math.nan)


def kelly(
    put: bool,  # noqa: FBT001 - as every formula of the room
    spot: float,
    strike: float,
    years: float,
    drift: float,
    vol: float,
    premium: float,
) -> Kelly:
    """Return the odds and the Kelly stake of one option bought and held to expiry.

    Parameters
    ----------
    spot, strike, premium
        Dollars a share, > 0.
    years
        To expiry, > 0, ACT/365.
    drift
        Of the price, continuously compounded per year: the expected return less the
        dividend yield.
    vol
        Fraction per year, > 0.

    Returns
    -------
    Kelly
        All NaN where an argument is outside its range, or a float cannot hold a payoff.

    Source
    ------
    Kelly, "A New Interpretation of Information Rate", Bell System Technical Journal 35
    (1956): the f that maximises E log(1 + f (payoff / premium - 1)).

    Examples
    --------
    >>> sample = kelly(False, 580.0, 580.0, 30 / 365, 0.12 - 0.013, 0.18, 12.69)
    >>> [round(number, 4) for number in sample]
    [0.0768, 0.0058, 14.7273, 0.3917, 0.5575]
    """
    given = (spot, strike, years, vol, premium)
    if not all(0.0 < value < math.inf for value in given) or not math.isfinite(drift):
        return _UNKNOWN
    deviation, middle = vol * math.sqrt(years), (drift - 0.5 * vol * vol) * years
    side = -1.0 if put else 1.0
    # a law too wide for floats has infinite gains, or none that is a number
    with np.errstate(over="ignore", invalid="ignore"):
        # what a payoff is worth lies around one deviation further up than the price does
        z = (2.0 * REACH + deviation) * (np.arange(STEPS) + 0.5) / STEPS - REACH
        chance = np.exp(-0.5 * z * z)
        chance /= chance.sum()
        payoff = np.maximum(side * (spot * np.exp(middle + deviation * z) - strike), 0.0)
        gain = payoff / premium - 1.0
    if not np.isfinite(gain).all():
        return _UNKNOWN
    fraction = _fraction(chance, gain)
    return Kelly(
        fraction=fraction,
        growth=float(chance @ np.log1p(fraction * gain)) if fraction else 0.0,
        payoff=float(chance @ payoff),
        profitable=_beyond(side, strike + side * premium, spot, middle, deviation),
        in_the_money=_beyond(side, strike, spot, middle, deviation),
    )


def _fraction(chance: Floats, gain: Floats) -> float:
    """Return the stake from 0 to 1 at which the expected logarithm stops growing."""

    def slope(stake: float) -> float:
        return float(chance @ (gain / (1.0 + stake * gain)))

    if not float(chance @ gain) > 0.0:
        return 0.0
    if gain.min() > -1.0 and slope(1.0) >= 0.0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) > 0.0 else (low, middle)
    return low


def _beyond(
    side: float, level: float, spot: float, middle: float, deviation: float
) -> float:
    """Return the probability to end above a level, or below it for a put."""
    if level <= 0.0:
        return 0.0 if side < 0.0 else 1.0
    # not the logarithm of their ratio, which may be no float though both are
    away = math.log(spot) - math.log(level)
    return cumulative(side * (away + middle) / deviation)
