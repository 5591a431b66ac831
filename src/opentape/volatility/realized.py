"""Realised vol: what a stock did, from its daily closes."""

import math
from typing import Final

import numpy as np

from opentape.pricing.forward import Floats

SESSIONS_A_YEAR: Final = 252.0
FEWEST_RETURNS: Final = 2
"""Returns below which there is no standard deviation of a sample."""


def log_returns(close: Floats) -> Floats:
    """Return the logarithm of each close over the one before; one fewer than closes.

    NaN on either side of a close that is unknown or not positive.

    Examples
    --------
    >>> log_returns(np.array([100.0, 110.0, 99.0])).round(6).tolist()
    [0.09531, -0.105361]
    """
    known = np.where(np.isfinite(close) & (close > 0), close, np.nan)
    return np.diff(np.log(known))


def close_to_close(close: Floats, sessions: int) -> float:
    """Return the realised vol over the last sessions: sample deviation of log returns.

    Parameters
    ----------
    close : float64
        Daily closes in dollars, oldest first.
    sessions
        How many returns to take, 2 or more; they need one close more.

    Returns
    -------
    float
        Fraction per year of 252 sessions; NaN where there are too few closes, or one of
        those needed is unknown.

    Source
    ------
    Hull, *Options, Futures, and Other Derivatives*, 10th ed., section 15.4.

    Examples
    --------
    >>> round(close_to_close(np.array([100.0, 101.0, 100.0, 101.0]), 3), 6)
    0.182393
    """
    if sessions < FEWEST_RETURNS or close.size <= sessions:
        return math.nan
    returns = log_returns(close[-sessions - 1 :])
    return float(np.std(returns, ddof=1) * math.sqrt(SESSIONS_A_YEAR))
