"""Black-76: price and greeks of a European option on a forward, in raw units."""

from numpy.typing import ArrayLike

from opentape.pricing import bsm
from opentape.pricing.bsm import Greeks, written
from opentape.pricing.columns import Floats
from opentape.pricing.greeks import write_greeks


def price(
    put: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    vol: ArrayLike,
) -> Floats:
    """Return the price today of a European option on a forward.

    Parameters
    ----------
    put : bool, or 0 and 1
    forward, strike : float64, > 0
        Currency per share.
    years : float64, > 0
        Time to expiry in years, ACT/365 fixed.
    rate : float64
        Continuously compounded, per year, as a fraction; discounts the payoff.
    vol : float64, > 0
        Annualised, as a fraction (0.20 is 20 %).

    Returns
    -------
    float64
        Currency per share, in the common shape of the arguments. NaN wherever one of them
        is NaN or outside its range.

    Source
    ------
    Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976):
    Black-Scholes-Merton with the forward as a spot that carries at the rate.

    Examples
    --------
    >>> print(price([False, True], 100.0, 95.0, 0.5, 0.04, 0.25).round(6))
    [9.462211 4.561217]
    """
    return bsm.price(put, forward, strike, years, rate, rate, vol)


def greeks(
    put: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    vol: ArrayLike,
) -> Greeks:
    """Return the price of a European option on a forward and its fifteen greeks.

    The forward takes the place of spot: `delta`, `gamma`, `speed` and the rest move it and
    not what it is a forward on. `rho` holds it, so it is only the discount, ``-years *
    price``.

    Parameters
    ----------
    put, forward, strike, years, rate, vol
        As of `price`.

    Examples
    --------
    >>> call = greeks(False, 100.0, 95.0, 0.5, 0.04, 0.25)
    >>> print(call.delta.round(6), call.rho.round(6))
    0.634667 -4.731105
    """
    columns = (put, forward, strike, years, rate, rate, vol, 1.0)
    return Greeks(*written(write_greeks, *columns, outputs=len(Greeks._fields)))
