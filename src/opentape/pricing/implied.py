"""Implied volatility of European options, to the last digit the price determines."""

import math
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opentape.pricing.columns import Floats, fill
from opentape.pricing.elementary import HUGE, TINY, exp, log_ratio
from opentape.pricing.jit import kernel, stage
from opentape.pricing.root import spread_of


class Reason(IntEnum):
    """Why a row has a vol, or none."""

    SOLVED = 0
    BAD_INPUT = 1
    """Not a number, or a price, spot or strike that is not positive."""
    EXPIRED = 2
    """No time is left."""
    BELOW_INTRINSIC = 3
    """The price is under what exercise at expiry is worth at the least."""
    ABOVE_BOUND = 4
    """The price is what no vol reaches: spot for a call, strike for a put, discounted."""
    AT_INTRINSIC = 5
    """In the money, and the price has no digit left for time value."""


class Implied(NamedTuple):
    """Vols and, row by row, why one is missing; both in the common shape."""

    vol: Floats
    """Annualised, as a fraction; NaN where `reason` is not `Reason.SOLVED`."""
    reason: NDArray[np.uint8]
    """A `Reason` each."""


# so many last digits of the larger of spot and strike are noise in a time value
_NOISE: Final = 2.0**-50

_SOLVED: Final = float(Reason.SOLVED)
_BAD_INPUT: Final = float(Reason.BAD_INPUT)
_EXPIRED: Final = float(Reason.EXPIRED)
_BELOW_INTRINSIC: Final = float(Reason.BELOW_INTRINSIC)
_ABOVE_BOUND: Final = float(Reason.ABOVE_BOUND)
_AT_INTRINSIC: Final = float(Reason.AT_INTRINSIC)


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
    """Return the vol at which a European option has its price, and why where there is none.

    Parameters
    ----------
    put : bool, or 0 and 1
    price : float64, > 0
        Currency per share, down to 1e-300.
    spot, strike : float64, > 0
        Currency per share.
    years : float64, > 0
        Time to expiry in years, ACT/365 fixed.
    rate, carry : float64
        Continuously compounded, per year, as fractions; `carry` is the dividend yield.
    guess : float64, optional
        Where to look first, as the last vol of the contract; NaN for nowhere. It changes
        the time taken, not the answer.

    Returns
    -------
    Implied
        Out of the money the relative error is a few 1e-15. In the money it is what the
        last digit of the price leaves open.

    Source
    ------
    Objective and steps after Jaeckel, "Let's Be Rational", Wilmott (2015); see
    `opentape.pricing.root` for what differs.

    Examples
    --------
    >>> price = [12.687210724674774, 1e-300, 600.0]
    >>> found = solve(False, price, 580.0, [580.0, 900.0, 580.0], 30 / 365, 0.045, 0.013)
    >>> print(found.vol.round(6))
    [0.18     0.041164      nan]
    >>> count(found.reason)
    {'SOLVED': 2, 'ABOVE_BOUND': 1}
    """
    start = math.nan if guess is None else guess
    columns = (put, price, spot, strike, years, rate, carry, start)
    return _named(fill(_solve, *columns, outputs=2))


def black(
    put: ArrayLike,
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    guess: ArrayLike | None = None,
) -> Implied:
    """Return the vol at which a European option on a forward has its price today.

    Parameters
    ----------
    forward : float64, > 0
        Currency per share.
    put, price, strike, years, rate, guess
        As of `solve`; `rate` discounts the payoff.

    Examples
    --------
    >>> found = black(True, 4.5612171437020693, 100.0, 95.0, 0.5, 0.04)
    >>> print(found.vol.round(12))
    0.25
    """
    return solve(put, price, forward, strike, years, rate, rate, guess)


def count(reason: NDArray[np.uint8]) -> dict[str, int]:
    """Return how many rows met each reason, by its name; reasons not met are left out.

    Examples
    --------
    >>> count(np.array([0, 0, 2], np.uint8))
    {'SOLVED': 2, 'EXPIRED': 1}
    """
    met = np.bincount(reason.reshape(-1), minlength=len(Reason))
    return {one.name: int(met[one]) for one in Reason if met[one]}


def _named(filled: tuple[Floats, ...]) -> Implied:
    vol, reason = filled
    return Implied(vol, reason.astype(np.uint8))


@kernel
def _solve(
    put: Floats,
    price: Floats,
    spot: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    carry: Floats,
    guess: Floats,
    vol: Floats,
    reason: Floats,
) -> None:
    for i in range(vol.size):
        p, t = float(put[i]), float(years[i])
        r, q = float(rate[i]), float(carry[i])
        s, k, value = float(spot[i]), float(strike[i]), float(price[i])
        vol[i] = math.nan
        reason[i] = _readable(p, value, s, k, t, r, q)
        if reason[i] != _SOLVED:
            continue
        x = log_ratio(s, k) + (r - q) * t
        near, far = s * exp(-q * t), k * exp(-r * t)
        if not (TINY <= near <= HUGE and TINY <= far <= HUGE):
            reason[i] = _BAD_INPUT
            continue
        over = near - far if p == 0.0 else far - near
        outside = value - max(over, 0.0)
        reason[i] = _bounded(value, outside, near if p == 0.0 else far, max(near, far))
        if reason[i] == _SOLVED:
            root = math.sqrt(t)
            vol[i] = (
                spread_of(outside, min(near, far), abs(x), float(guess[i]) * root) / root
            )


@stage
def _readable(
    put: float,
    value: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
) -> float:
    fine = (
        put * (1.0 - put) == 0.0
        and TINY <= value <= HUGE
        and TINY <= spot <= HUGE
        and TINY <= strike <= HUGE
        and years <= HUGE
        and abs(rate) <= HUGE
        and abs(carry) <= HUGE
    )
    if not fine:
        return _BAD_INPUT
    return _SOLVED if years > 0.0 else _EXPIRED


@stage
def _bounded(value: float, outside: float, most: float, scale: float) -> float:
    if value >= most:
        return _ABOVE_BOUND
    if outside == value:
        return _SOLVED
    if outside < -_NOISE * scale:
        return _BELOW_INTRINSIC
    return _SOLVED if outside > _NOISE * scale else _AT_INTRINSIC
