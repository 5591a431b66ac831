"""Black-Scholes-Merton: price and every greek of a European option, in raw units."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats, columns_of, in_slices
from opentape.pricing.elementary import exp, quotient
from opentape.pricing.greeks import write_deltas, write_greeks, write_prices
from opentape.pricing.jit import stage
from opentape.pricing.lanes import BENCH, FAR_OUT, SERIES_REACH, in_domain
from opentape.pricing.normal import INV_SQRT_2PI, SMALL, mills, mills_gap

__all__ = [
    "Greeks",
    "delta_gamma",
    "european",
    "greeks",
    "in_domain",
    "price",
    "written",
]


class Greeks(NamedTuple):
    """A price and its derivatives, one array each, all in the common shape.

    Per 1.00 of vol and rate, per year. Time derivatives are by calendar time passing, so
    `theta` is mostly negative. NaN where an argument was outside its range.
    """

    price: Floats
    """Currency per share."""
    delta: Floats
    """d price / d spot."""
    gamma: Floats
    """d delta / d spot."""
    theta: Floats
    """d price / d calendar time, per year."""
    vega: Floats
    """d price / d vol, per 1.00."""
    rho: Floats
    """d price / d rate, per 1.00."""
    vanna: Floats
    """d delta / d vol."""
    charm: Floats
    """d delta / d calendar time, per year."""
    vomma: Floats
    """d vega / d vol."""
    dual_delta: Floats
    """d price / d strike."""
    speed: Floats
    """d gamma / d spot."""
    zomma: Floats
    """d gamma / d vol."""
    color: Floats
    """d gamma / d calendar time, per year."""
    ultima: Floats
    """d vomma / d vol."""
    lambda_: Floats
    """Per cent the price moves when spot moves by 1 %; NaN where the price is 0."""
    veta: Floats
    """d vega / d calendar time, per year."""


def price(
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    vol: ArrayLike,
) -> Floats:
    """Return the price of a European option, with all its digits in the far wings too.

    Parameters
    ----------
    put : bool, or 0 and 1
    spot, strike : float64, > 0
        Currency per share.
    years : float64, > 0
        Time to expiry in years, ACT/365 fixed.
    rate, carry : float64
        Continuously compounded, per year, as fractions; `carry` is the dividend yield.
    vol : float64, > 0
        Annualised, as a fraction (0.20 is 20 %).

    Returns
    -------
    float64
        Currency per share, in the common shape of the arguments. NaN wherever one of them
        is NaN or outside its range.

    Source
    ------
    Hull, *Options, Futures, and Other Derivatives*, 10th ed., section 17.2. The price out
    of the money is computed without cancellation and the other by parity, after Jaeckel,
    "Let's Be Rational", Wilmott (2015).

    Examples
    --------
    >>> print(price(False, 580.0, 580.0, 30 / 365, 0.045, 0.013, 0.18).round(6))
    12.687211
    """
    return written(write_prices, put, spot, strike, years, rate, carry, vol)[0]


def greeks(
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    vol: ArrayLike,
) -> Greeks:
    """Return the price of a European option and its fifteen greeks.

    Parameters
    ----------
    put, spot, strike, years, rate, carry, vol
        As of `price`.

    Returns
    -------
    Greeks
        Raw: per 1.00 of vol or rate, per year of calendar time passing.

    Source
    ------
    Haug, *The Complete Guide to Option Pricing Formulas*, 2nd ed., chapter 2, with the
    signs of `Greeks`.

    Examples
    --------
    >>> sample = greeks(False, 580.0, 580.0, 30 / 365, 0.045, 0.013, 0.18)
    >>> print(sample.delta.round(6), (sample.theta / 365).round(6))
    0.53003 -0.223599
    """
    columns = (put, spot, strike, years, rate, carry, vol, 0.0)
    return Greeks(*written(write_greeks, *columns, outputs=len(Greeks._fields)))


def delta_gamma(
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    vol: ArrayLike,
) -> tuple[Floats, Floats]:
    """Return delta and gamma of a European option, as `greeks` does.

    Parameters
    ----------
    put, spot, strike, years, rate, carry, vol
        As of `price`.

    Examples
    --------
    >>> delta, gamma = delta_gamma(True, 100.0, 100.0, 0.25, 0.05, 0.0, 0.20)
    >>> print(delta.round(6), gamma.round(6))
    -0.43054 0.039288
    """
    columns = (put, spot, strike, years, rate, carry, vol)
    delta, gamma = written(write_deltas, *columns, outputs=2)
    return delta, gamma


def written(
    kernel: Callable[..., None], *given: ArrayLike, outputs: int = 1
) -> list[Floats]:
    """Return what a kernel of `opentape.pricing.greeks` writes, in the common shape."""
    columns, shape = columns_of(*given)
    size = columns[0].size
    out = list(np.empty((outputs, size)))
    in_slices(kernel, [*columns, np.empty(max(size, BENCH)), *out])
    return [column.reshape(shape) for column in out]


@stage
def european(
    put: float, spot: float, strike: float, log_forward: float, spread: float
) -> float:
    """Return a price from discounted terms.

    Parameters
    ----------
    spot, strike
        Each discounted to today: the spot at the carry, the strike at the rate.
    log_forward
        ln(forward / strike).
    spread : float64, > 0
        vol sqrt(years).
    """
    h = max(quotient(-abs(log_forward), spread), -FAR_OUT)
    t = 0.5 * spread
    d1 = t + (h if log_forward < 0.0 else -h)
    weight = spot * INV_SQRT_2PI * exp(-0.5 * d1 * d1)
    if t < SMALL and -h * t < SERIES_REACH:
        outside = weight * mills_gap(h, t)
    elif h + t <= 0.0:
        outside = weight * (mills(-h - t) - mills(t - h))
    else:
        outside = min(spot, strike) - weight * (mills(h + t) + mills(t - h))
    inside = (log_forward > 0.0) == (put == 0.0)
    return outside + abs(spot - strike) if inside else outside
