"""What is asked about American options, over columns."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from opentape.pricing.american import cash, rows
from opentape.pricing.columns import Floats, fill
from opentape.pricing.implied import Implied


class Dividends(NamedTuple):
    """What the spot pays in cash while the option lives: one schedule, in any order.

    The spot falls by `cash` at each time and follows the same lognormal law before and
    after, with the same vol: what QuantLib calls the spot model. It is not the escrowed
    model, in which the spot less the present value of its dividends has the vol. Where the
    spot is below a dividend it falls to nothing.
    """

    years: ArrayLike
    """When it goes ex, ACT/365 from today; what is not in (0, expiry] does not count."""
    cash: ArrayLike
    """Currency per share."""


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
    *,
    dividends: Dividends | None = None,
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
    dividends : Dividends, optional
        Cash the spot pays besides `carry`. They make it a thousand times slower.

    Returns
    -------
    float64
        Currency per share, in the common shape of the arguments. NaN wherever one of them
        is NaN or outside its range. Errors are below 1e-6 of the larger of spot and strike
        up to three years at vols from 5 % to 150 %, typically below 1e-7; they reach 2e-5
        where carry outruns a vol of a few percent, and 2e-4 at ten years and 300 %. With
        dividends they are below 2e-5.

    Source
    ------
    The early exercise premium of Kim (1990) on a boundary after Andersen, Lake and
    Offengenden (2016); a call is a put with spot and strike, and rate and carry,
    exchanged (McDonald and Schroder, 1998). Finite differences with dividends, and where
    a negative rate leaves two boundaries.

    Examples
    --------
    >>> print(price(True, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2).round(3))
    6.09
    >>> paid = Dividends([0.25, 0.75], [2.0, 2.0])
    >>> print(price(True, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2, dividends=paid).round(2))
    7.68
    """
    columns = (put, spot, strike, years, rate, carry, vol)
    return _filled(rows.price, cash.price, dividends, columns, (4, 5), 1)[0]


def greeks(
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    vol: ArrayLike,
    *,
    dividends: Dividends | None = None,
) -> American:
    """Return the price of an American option and its slopes.

    Parameters
    ----------
    put, spot, strike, years, rate, carry, vol, dividends
        As of `price`.

    Examples
    --------
    >>> found = greeks(True, [60.0, 100.0], 100.0, 1.0, 0.05, 0.0, 0.2)
    >>> print(found.delta.round(3), found.gamma.round(3))
    [-1.    -0.411] [0.    0.023]
    """
    columns = (put, spot, strike, years, rate, carry, vol)
    width = len(American._fields)
    return American(*_filled(rows.greeks, cash.greeks, dividends, columns, (4, 5), width))


def solve(
    put: ArrayLike,
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    carry: ArrayLike,
    guess: ArrayLike | None = None,
    *,
    dividends: Dividends | None = None,
) -> Implied:
    """Return the vol at which an American option has its price, and why if there is none.

    Parameters
    ----------
    price : float64, > 0
        Currency per share.
    put, spot, strike, years, rate, carry, dividends
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
    vol, reason = _filled(rows.solve, cash.solve, dividends, columns, (5, 6), 2)
    return Implied(vol, reason.astype(np.uint8))


def _filled(
    swift: Callable[..., None],
    slow: Callable[..., None],
    dividends: Dividends | None,
    columns: tuple[ArrayLike, ...],
    at: tuple[int, int],
    outputs: int,
) -> tuple[Floats, ...]:
    """Fill columns by the one kernel or the other; rate and carry stand `at` two places."""
    if dividends is not None:
        return fill(_on_grid(slow, dividends), *columns, outputs=outputs)
    found = fill(rows.with_scratch(swift), *columns, outputs=outputs)
    given = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in columns))
    put, rate, carry = given[0], given[at[0]], given[at[1]]
    two = (np.maximum(rate, carry) < 0.0) & np.where(put == 1.0, carry < rate, rate < carry)
    if two.any():
        again = fill(
            _on_grid(slow, Dividends((), ())), *(one[two] for one in given), outputs=outputs
        )
        for column, right in zip(found, again, strict=True):
            column[two] = right
    return found


def _on_grid(slow: Callable[..., None], dividends: Dividends) -> Callable[..., None]:
    years, paid = (np.asarray(one, np.float64).reshape(-1) for one in dividends)
    order = np.argsort(years, kind="stable")
    return cash.with_scratch(slow, years[order], paid[order])
