"""Past sessions of an underlying, and what is known about it beside its tape."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class History(NamedTuple):
    """Daily bars, oldest first; all columns have one length."""

    date: NDArray[np.int64]
    """Trade dates, days since 1970-01-01."""
    open: NDArray[np.float64]
    """Dollars a share, as are high, low and close."""
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    iv_30d: NDArray[np.float64]
    """ATM vol of the session's close at 30 days, a fraction per year; NaN where unknown."""
