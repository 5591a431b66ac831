"""What options ask above what the stock did, in a word."""

import math
from enum import StrEnum
from typing import Final

import msgspec


class Assessment(StrEnum):
    """How well a seller of vol is paid."""

    VERY_HIGH = "very_high_premium"
    HEALTHY = "healthy_premium"
    MODERATE = "moderate_premium"
    THIN = "thin_premium"
    NEGATIVE = "negative_spread"
    DANGER = "danger_zone"


class PremiumOptions(msgspec.Struct, frozen=True, kw_only=True):
    """From which spread of implied over realised vol each word holds, in vol points."""

    very_high: float = 10.0
    """Very high from here up."""
    healthy: float = 5.0
    """Healthy from here to very high."""
    moderate: float = 2.0
    """Moderate from here to healthy; below, down to 0, thin."""
    danger: float = -5.0
    """A negative spread above this is just that; from here down it is a danger zone."""


_DEFAULTS: Final = PremiumOptions()


def assess(spread: float, options: PremiumOptions = _DEFAULTS) -> Assessment | None:
    """Return the word for a spread of implied over realised vol.

    Parameters
    ----------
    spread
        Vol points; NaN where unknown.

    Returns
    -------
    Assessment or None
        None where the spread is not known.

    Examples
    --------
    >>> [assess(points).value for points in (12.0, 0.0, -5.0)]
    ['very_high_premium', 'thin_premium', 'danger_zone']
    """
    if math.isnan(spread):
        return None
    floors = (
        (options.very_high, Assessment.VERY_HIGH),
        (options.healthy, Assessment.HEALTHY),
        (options.moderate, Assessment.MODERATE),
        (0.0, Assessment.THIN),
    )
    for floor, word in floors:
        if spread >= floor:
            return word
    return Assessment.NEGATIVE if spread > options.danger else Assessment.DANGER
