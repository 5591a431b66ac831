"""Numbers as the dashboard shows them: rounded first, so that sums fit what is shown."""

import math
from typing import Final

DIGITS: Final = 2
_RATIO: Final = 4


def rounded(value: float, digits: int = DIGITS) -> float | None:
    """Return a number of few digits, never a negative zero; None for one not known.

    Examples
    --------
    >>> rounded(18.4251), rounded(-0.001), rounded(float("nan"))
    (18.43, 0.0, None)
    """
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None


def difference(one: float | None, other: float | None) -> float | None:
    """Return one shown number less another; None where either is."""
    return None if one is None or other is None else rounded(one - other)


def ratio(one: float | None, other: float | None) -> float | None:
    """Return one number over another; None where either is, or the other is 0."""
    return None if one is None or not other else rounded(one / other, _RATIO)
