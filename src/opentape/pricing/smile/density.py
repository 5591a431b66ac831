"""Where a smile says the underlying will be at expiry: density and survival.

All of it is undiscounted and risk-neutral. Densities are by log-moneyness,
k = ln(price at expiry / forward); divide by the price for a density by price.
"""

import math

from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats, fill
from opentape.pricing.jit import kernel, stage
from opentape.pricing.normal import cumulative
from opentape.pricing.normal import density as bell
from opentape.pricing.smile.arbitrage import durrleman
from opentape.pricing.smile.svi import Svi, slope, total_variance


def density(svi: Svi, k: ArrayLike) -> Floats:
    """Return the implied probability density of k, ``g(k) n(d2) / sqrt(w)``.

    Parameters
    ----------
    k : float64
        ln(price at expiry / forward), any shape.

    Returns
    -------
    float64
        Per 1.00 of k. Integrates to 1 and is never negative for a slice without
        arbitrage; negative where there is a butterfly. NaN outside the domain.

    Source
    ------
    Gatheral and Jacquier (2014), section 2.2.

    Examples
    --------
    >>> print(density(Svi(0.04, 0.1, -0.5, 0.0, 0.2), [-0.2, 0.0, 0.2]).round(4))
    [0.9141 2.0035 1.0708]
    """
    return fill(_densities, k, total_variance(svi, k), durrleman(svi, k))[0]


def lognormal_density(variance: ArrayLike, k: ArrayLike) -> Floats:
    """Return the density of k where vol is the same at all strikes.

    Parameters
    ----------
    variance : float64, > 0
        Total variance, vol^2 x years; broadcasts with `k`. NaN out otherwise.
    k : float64
        ln(price at expiry / forward).

    Examples
    --------
    >>> print(lognormal_density(0.04, [-0.2, 0.0, 0.2]).round(4))
    [1.3304 1.9848 1.0893]
    """
    return fill(_densities, k, variance, 1.0)[0]


def survival(svi: Svi, k: ArrayLike) -> Floats:
    """Return the chance that the price at expiry is above ``forward x exp(k)``.

    Parameters
    ----------
    k : float64
        ln(strike / forward), any shape.

    Returns
    -------
    float64
        0 to 1 for a slice without arbitrage; NaN outside the domain.

    Source
    ------
    The derivative of the call price by strike, N(d2) - n(d2) d(sqrt w) / dk.

    Examples
    --------
    >>> print(survival(Svi(0.04, 0.1, -0.5, 0.0, 0.2), [-0.2, 0.0, 0.2]).round(4))
    [0.7903 0.4917 0.1604]
    """
    return fill(_survivals, k, total_variance(svi, k), slope(svi, k))[0]


def lognormal_survival(variance: ArrayLike, k: ArrayLike) -> Floats:
    """Return N(d2), the chance of a price above ``forward x exp(k)`` without a smile.

    Parameters
    ----------
    variance : float64, > 0
        Total variance, vol^2 x years; broadcasts with `k`. NaN out otherwise.
    k : float64
        ln(strike / forward).

    Examples
    --------
    >>> print(lognormal_survival(0.04, [-0.2, 0.0, 0.2]).round(4))
    [0.8159 0.4602 0.1357]
    """
    return fill(_survivals, k, variance, 0.0)[0]


def survival_at(
    strike: ArrayLike,
    forward: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    vol_slope: ArrayLike,
) -> Floats:
    """Return the chance of a price above `strike` for any smile that has a slope.

    It is ``N(d2) - exp(rate years) vega(strike) vol_slope``, in which the rate cancels.

    Parameters
    ----------
    strike, forward : float64, > 0
        Currency per share.
    years : float64, > 0
        Time to expiry, ACT/365.
    vol : float64, > 0
        Implied vol at the strike, a fraction per year.
    vol_slope : float64
        d(vol) / d(strike), per 1.00 of currency.

    Returns
    -------
    float64
        In the common shape of the arguments; NaN outside the domain.

    Source
    ------
    Breeden and Litzenberger, "Prices of state-contingent claims" (1978).

    Examples
    --------
    >>> print(survival_at(95.0, 100.0, 0.25, 0.22, -0.002).round(4))
    0.6944
    """
    return fill(_survivals_at, strike, forward, years, vol, vol_slope)[0]


@kernel
def _densities(k: Floats, variance: Floats, sign: Floats, out: Floats) -> None:
    for i in range(k.size):
        out[i] = math.nan
        if _usable(float(k[i]), float(variance[i])):
            root = math.sqrt(float(variance[i]))
            d2 = -float(k[i]) / root - 0.5 * root
            out[i] = float(sign[i]) * bell(d2) / root


@kernel
def _survivals(k: Floats, variance: Floats, slope_: Floats, out: Floats) -> None:
    for i in range(k.size):
        out[i] = math.nan
        if _usable(float(k[i]), float(variance[i])):
            out[i] = _above(float(k[i]), float(variance[i]), float(slope_[i]))


@kernel
def _survivals_at(
    strike: Floats,
    forward: Floats,
    years: Floats,
    vol: Floats,
    vol_slope: Floats,
    out: Floats,
) -> None:
    for i in range(strike.size):
        out[i] = math.nan
        low, high = float(strike[i]), float(forward[i])
        spread = float(vol[i])
        if 0.0 < low < math.inf and 0.0 < high < math.inf and spread > 0.0 < years[i]:
            variance = spread * spread * float(years[i])
            k = math.log(low) - math.log(high)
            if _usable(k, variance):
                by_k = 2.0 * spread * float(years[i]) * low * float(vol_slope[i])
                out[i] = _above(k, variance, by_k)


@stage
def _usable(k: float, variance: float) -> bool:
    return -math.inf < k < math.inf and 0.0 < variance < math.inf


@stage
def _above(k: float, variance: float, first: float) -> float:
    root = math.sqrt(variance)
    d2 = -k / root - 0.5 * root
    return cumulative(d2) - bell(d2) * 0.5 * first / root
