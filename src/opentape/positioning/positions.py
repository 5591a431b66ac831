"""Positions: what exposures and levels are made from, one contract a row."""

from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

YEAR_MINUTES: Final = 365.0 * 24.0 * 60.0
"""Minutes in a year of ACT/365 fixed."""
LEAST: Final = 1e-9
MOST: Final = 1e12
"""Nothing real lies outside; within, no product leaves what a float holds."""


class Positions(NamedTuple):
    """Contracts of one underlying in any order; all columns have one length."""

    put: NDArray[np.bool_]
    """Whether it is a put."""
    strike: Floats
    """Dollars."""
    dte: NDArray[np.int64]
    """Calendar days from the trade date to expiry."""
    years: Floats
    """Time to expiry, ACT/365; an expired contract (0, negative, NaN) holds nothing."""
    oi: Floats
    """Open interest in contracts; NaN where unknown."""
    volume: Floats
    """Contracts traded today; NaN where unknown."""
    multiplier: Floats
    """Shares that a contract delivers."""
    vol: Floats
    """Implied, a fraction per year; NaN where unsolved."""
    delta: Floats
    """Per share, as the chain shows it; NaN where unsolved."""
    gamma: Floats
    """Per share and dollar, as the chain shows it; NaN where unsolved."""
    rate: Floats
    """Continuous, a fraction per year."""
    carry: Floats
    """Continuous dividend yield, a fraction per year."""
    usable: NDArray[np.bool_]
    """Whether its quote may enter exposures and levels; it holds open interest anyway."""

    @property
    def live(self) -> NDArray[np.bool_]:
        """Which contracts have a strike and have not expired."""
        return (self.years > 0) & (self.strike > LEAST) & (self.strike < MOST)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which of them have a known open interest."""
        return self.live & (self.oi >= 0) & (self.oi < MOST)

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """Return the rows at `places`, in that order."""
        return self._make(column[places] for column in self)


def floats(column: ArrayLike) -> Floats:
    """Return a column as kernels take it: float64, one after the other."""
    return np.ascontiguousarray(column, np.float64)
