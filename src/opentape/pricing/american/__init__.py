"""American options: price, slopes and vol, with a continuous carry."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from opentape.pricing.american import rows
from opentape.pricing.columns import Floats, fill
from opentape.pricing.implied import Implied


class American(NamedTuple):
    """A price and its slopes, one array each, all in the common shape.

    Per 1.00 of vol and rate, per year. Where exercise today is best, `price` is what that
    pays, `delta` is 1 or -1, and the rest is 0. NaN where an argument was outside its
    range.
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


def price(
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    vol: ArrayLike,
) -> Floats:
    """Return the price of an American option.

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
    The early exercise premium of Kim (1990) on a boundary after Andersen, Lake and
    Offengenden (2016); a call is a put with spot and strike, and rate and carry,
    exchanged (McDonald and Schroder, 1998).

    Examples
    --------
    >>> print(price(True, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2).round(3))
    6.09
    """
    columns = (put, spot, strike, years, rate, carry, vol)
    return fill(rows.with_scratch(rows.price), *columns)[0]


def greeks(
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    vol: ArrayLike,
) -> American:
    """Return the price of an American option and its slopes.

    Parameters
    ----------
    put, spot, strike, years, rate, carry, vol
        As of `price`.

    Examples
    --------
    >>> found = greeks(True, [60.0, 100.0], 100.0, 1.0, 0.05, 0.0, 0.2)
    >>> print(found.delta.round(3), found.gamma.round(3))
    [-1.    -0.411] [0.    0.023]
    """
    columns = (put, spot, strike, years, rate, carry, vol)
    over = rows.with_scratch(rows.greeks)
    return American(*fill(over, *columns, outputs=len(American._fields)))


def solve(
    put: ArrayLike,
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    guess: ArrayLike | None = None,
) -> Implied:
    """Return the vol at which an American option has its price, and why if there is none.

    Parameters
    ----------
    price : float64, > 0
        Currency per share.
    put, spot, strike, years, rate, carry
        As of `price`.
    guess : float64, optional
        Where to look first, as the last vol of the contract; NaN for nowhere.

    Returns
    -------
    Implied
        `Reason.AT_INTRINSIC` where the price is what exercise today pays: every vol up to
        some level gives it. `Reason.BELOW_INTRINSIC` and `Reason.ABOVE_BOUND` where no
        vol does.

    Examples
    --------
    >>> found = solve(True, [6.09, 40.0, 39.0], [100.0, 60.0, 60.0], 100.0, 1.0, 0.05, 0.0)
    >>> print(found.vol.round(4), found.reason)
    [0.2 nan nan] [0 5 3]
    """
    begin = math.nan if guess is None else guess
    columns = (put, price, spot, strike, years, rate, carry, begin)
    vol, reason = fill(rows.with_scratch(rows.solve), *columns, outputs=2)
    return Implied(vol, reason.astype(np.uint8))
