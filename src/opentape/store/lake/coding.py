"""Integers as smaller integers, and back to the last bit."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.money import UNKNOWN

_UNITS: Final = tuple(10**power for power in range(9, 0, -1))

_FEW: Final = 256
"""Values that show at once, as a rule, that there is no unit."""


class Coding(NamedTuple):
    """How a column of a group was made smaller: value = base + unit * (low + stored)."""

    unit: int
    low: int
    unknown: bool
    """Whether a stored 0 stands for `UNKNOWN`."""


def smaller(
    values: NDArray[np.int64], base: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], Coding]:
    """Return values less a base, in the largest unit of ten that keeps them whole, from 0.

    Sums that leave 64 bits wrap around, here and back.
    """
    unknown = values == UNKNOWN
    whole = values if base is None else values - base
    found, some = whole.copy(), bool(unknown.any())
    if some:
        found[unknown] = found[np.argmin(unknown)]
    unit = _unit(found)
    if unit != 1:
        found //= unit
    low = int(found.min()) if found.size else 0
    if some and low == UNKNOWN:
        # no integer is left to stand for it: it is a value like others
        return whole, Coding(1, 0, unknown=False)
    low -= some
    found -= low
    if some:
        found[unknown] = 0
    return found, Coding(unit, low, some)


def restore(
    stored: NDArray[np.int64], base: NDArray[np.int64] | None, coding: Coding
) -> None:
    """Put in place of what is stored the values that `smaller` was given."""
    unit, low, some = coding
    unknown = stored == 0 if some else None
    if unit != 1:
        stored *= unit
    if low:
        stored += _wrapped(low * unit)
    if base is not None:
        stored += base
    if unknown is not None:
        stored[unknown] = UNKNOWN


def _unit(values: NDArray[np.int64]) -> int:
    """Return the largest power of ten, up to a billion, that divides all of them."""
    for some in (values[:_FEW], values):
        common = int(np.gcd.reduce(some)) if some.size else 0
        units = [one for one in _UNITS if common > 0 and common % one == 0]
        if not units:
            return 1
    return units[0]


def _wrapped(number: int) -> int:
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)
