"""Student's t, for whole degrees of freedom: sums, no tables."""

import math
from functools import lru_cache
from typing import Final

_WIDEST: Final = 1e9
_STEPS: Final = 200


def two_sided(t: float, freedom: int) -> float:
    """Return how often chance alone gives a t as far from 0.

    Parameters
    ----------
    freedom
        Degrees of it, 1 or more.

    Examples
    --------
    >>> round(two_sided(2.776445, 4), 6), round(two_sided(-12.706205, 1), 6)
    (0.05, 0.05)
    """
    angle = math.atan2(abs(t), math.sqrt(freedom))
    # far out, what is left of 1 is lost in rounding
    return min(max(1.0 - _within(angle, freedom), 0.0), 1.0)


def _within(angle: float, freedom: int) -> float:
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term = total = cosine if odd else 1.0
    for at in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (at - 1) / at
        total += term
    if not odd:
        return sine * total
    return 2.0 / math.pi * (angle + (sine * total if freedom > 1 else 0.0))


@lru_cache(4096)
def critical(level: float, freedom: int) -> float:
    """Return the t that chance exceeds, either way, with a probability.

    Examples
    --------
    >>> round(critical(0.05, 4), 4), round(critical(0.05, 30), 4)
    (2.7764, 2.0423)
    """
    low, high = 0.0, _WIDEST
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if two_sided(middle, freedom) > level:
            low = middle
        else:
            high = middle
    return high
