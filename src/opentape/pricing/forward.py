"""Forwards from put-call parity: what the quotes of one expiry agree the forward to be."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WIDTH_QUANTILE: Final = 0.25
"""No pair weighs more than one whose width is at this quantile: tight may mean old."""


class Parity(NamedTuple):
    """What put-call parity says of one expiry."""

    forward: float
    """Dollars a share; NaN where no pair of quotes told it."""
    width: float
    """Half-width of the tightest interval that agrees with it, dollars; NaN without one."""
    pairs: int
    """How many strikes agree with it within their own spreads."""


def parity(
    strike: Floats, call: Floats, put: Floats, half_spread: Floats, discount: float
) -> Parity:
    """Return the forward that calls and puts of one expiry agree on.

    Parameters
    ----------
    strike : float64, shape (n,)
        Strikes quoted both as a call and as a put, dollars.
    call, put : float64, shape (n,)
        Middle of each quote, dollars a share, of European options.
    half_spread : float64, shape (n,), >= 0
        Half of the two spreads together: parity holds somewhere within it.
    discount : float64
        What a dollar at expiry is worth now.

    Returns
    -------
    Parity
        Each strike says ``strike + (call - put) / discount``, give or take its spreads.
        The median of what they say is not moved by a few quotes that are old or wrong,
        however tight; the answer is the mean, by inverse square of the width, of those
        whose interval holds that median.

    Source
    ------
    Hull, *Options, Futures, and Other Derivatives*, 10th ed., section 11.4.

    Examples
    --------
    >>> strike = np.array([95.0, 100.0, 105.0])
    >>> call, put = np.array([7.0, 4.0, 2.0]), np.array([1.0, 3.0, 6.0])
    >>> parity(strike, call, put, np.full(3, 0.05), 1.0).forward
    101.0
    """
    known = np.isfinite(strike) & np.isfinite(call) & np.isfinite(put)
    known &= np.isfinite(half_spread) & (half_spread >= 0)
    if not known.any() or not discount > 0:
        return Parity(np.nan, np.nan, 0)
    told = strike[known] + (call[known] - put[known]) / discount
    width = half_spread[known] / discount
    least = max(float(np.quantile(width, _WIDTH_QUANTILE)), 1e-9 * float(told.max()))
    weight = 1.0 / np.maximum(width, least) ** 2
    middle = float(np.median(told))
    off = np.abs(told - middle)
    # a median between two strikes may lie in the interval of neither
    agree = off <= np.maximum(np.maximum(width, least), off.min())
    forward = float(np.average(told[agree], weights=weight[agree]))
    if not forward > 0:
        return Parity(np.nan, np.nan, 0)
    return Parity(forward, float(width[agree].min()), int(np.count_nonzero(agree)))


def implied_carry(spot: float, forward: float, years: float, rate: float) -> float:
    """Return the dividend yield that makes `forward` of `spot`, per year; NaN if none.

    Examples
    --------
    >>> round(implied_carry(100.0, 102.0, 1.0, 0.045), 6)
    0.025197
    """
    if not (spot > 0 and forward > 0 and years > 0):
        return float("nan")
    return rate - float(np.log(forward / spot)) / years
