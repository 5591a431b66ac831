"""One option and the world around it, and the bounds that no price of it can break."""

import math
from enum import StrEnum
from typing import Final

import msgspec

from opentape.market.errors import BadSetting

RATE: Final = 0.045
"""Continuously compounded, per year, where nothing else is said."""
CARRY: Final = 0.013
"""Dividend yield where nothing else is said."""
DAYS_PER_YEAR: Final = 365.0
_MOST_DAYS: Final = 36_500.0


class Right(StrEnum):
    """What an option gives the right to do."""

    CALL = "call"
    PUT = "put"


class Exercise(StrEnum):
    """When an option may be exercised: at expiry, or at any time until then."""

    EUROPEAN = "european"
    AMERICAN = "american"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """One option and the world around it.

    Raises
    ------
    BadSetting
        If a number is outside its range.
    """

    spot: float
    """Dollars a share, > 0."""
    strike: float
    """Dollars a share, > 0."""
    dte: float
    """Days to expiry, > 0 and at most a hundred years; part of a day is fine."""
    right: Right = Right.CALL
    rate: float = RATE
    """Continuously compounded, per year, -1 to 1."""
    carry: float = CARRY
    """Dividend yield, continuously compounded, per year, -1 to 1."""
    style: Exercise = Exercise.EUROPEAN

    def __post_init__(self) -> None:
        for name in ("spot", "strike", "dte"):
            positive(name, getattr(self, name))
        if self.dte > _MOST_DAYS:
            raise BadSetting(f"dte must be at most {_MOST_DAYS:g} days, was {self.dte!r}")
        for name in ("rate", "carry"):
            value = getattr(self, name)
            if not -1 <= value <= 1:
                raise BadSetting(f"{name} must be a fraction from -1 to 1, was {value!r}")

    @property
    def years(self) -> float:
        """Time to expiry, ACT/365."""
        return self.dte / DAYS_PER_YEAR

    @property
    def put(self) -> bool:
        """Whether it is a put."""
        return self.right is Right.PUT

    @property
    def least(self) -> float:
        """Dollars a share that it is worth at any vol."""
        spot, strike = self._discounted
        value = strike - spot if self.put else spot - strike
        if self.style is Exercise.AMERICAN:
            now = self.strike - self.spot if self.put else self.spot - self.strike
            value = max(value, now)
        return max(0.0, value)

    @property
    def most(self) -> float:
        """Dollars a share that it is worth less than at any vol."""
        spot, strike = self._discounted
        if self.style is Exercise.AMERICAN:
            spot, strike = max(spot, self.spot), max(strike, self.strike)
        return strike if self.put else spot

    @property
    def _discounted(self) -> tuple[float, float]:
        return (
            self.spot * math.exp(-self.carry * self.years),
            self.strike * math.exp(-self.rate * self.years),
        )


def positive(name: str, value: float) -> None:
    """Refuse a number that is not above 0 and finite.

    Raises
    ------
    BadSetting
        If it is not.
    """
    if not (value > 0 and math.isfinite(value)):
        raise BadSetting(f"{name} must be a number above 0, was {value!r}")
