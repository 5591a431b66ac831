"""Who is taken to hold what: open interest does not say, so a convention does."""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Convention(StrEnum):
    """A named assumption on the side dealers are on."""

    LONG_CALLS_SHORT_PUTS = "long_calls_short_puts"
    """Customers write calls and buy puts. An assumption, never an observation."""


CONVENTION: Final = Convention.LONG_CALLS_SHORT_PUTS
"""What every exposure of this room is signed by; delta exposure keeps delta's own sign."""


def signs(put: NDArray[np.bool_]) -> Floats:
    """Return +1 for each call and -1 for each put: the side dealers are taken to be on.

    Examples
    --------
    >>> signs(np.array([False, True])).tolist()
    [1.0, -1.0]
    """
    return np.where(put, -1.0, 1.0)
