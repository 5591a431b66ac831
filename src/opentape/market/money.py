"""The only bridge between dollars and integers: nanodollars for prices, mills for strikes.

A float64 holds every multiple of a nanodollar up to $4.5 million to within half a
nanodollar, so the nearest integer is the number that was written down.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

NANOS: Final = 1_000_000_000
"""Nanodollars in a dollar."""
MILLS: Final = 1_000
"""Mills in a dollar; strikes are written in mills."""
NANOS_PER_MILL: Final = NANOS // MILLS
UNKNOWN: Final = int(np.iinfo(np.int64).min)
"""What stands in an integer column of money where the amount is not known."""
MAX_PRICE: Final = 1_000_000 * NANOS
"""No option price reaches this; larger ones are refused when a row is decoded."""


def nanos(dollars: ArrayLike) -> NDArray[np.int64]:
    """Return dollars as nanodollars, `UNKNOWN` where they are NaN or out of range.

    Parameters
    ----------
    dollars : float64, any shape
        Exact up to $4.5 million; float32 is taken to hold four decimals.
    """
    given = np.asarray(dollars)
    exact = given.astype(np.float64, copy=False)
    if given.dtype == np.float32:
        exact = np.rint(exact * 1e4) / 1e4
    limit = MAX_PRICE / NANOS
    if not exact.size or (exact.min() > -limit and exact.max() < limit):
        return np.rint(exact * NANOS).astype(np.int64)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(exact * NANOS)
    # UNKNOWN is a power of two, which a float holds exactly
    return np.where(np.abs(exact) < limit, scaled, UNKNOWN).astype(np.int64)


def dollars(amount: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return nanodollars as dollars, NaN where they are `UNKNOWN`."""
    return np.where(amount == UNKNOWN, np.nan, amount / NANOS)
