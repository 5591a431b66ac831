"""Exponential and logarithm as plain arithmetic: cheaper in a kernel than a call."""

import math
from typing import Final

import numpy as np

from opentape.pricing.jit import stage

TINY: Final = 2.2250738585072014e-308
"""The smallest number that has all its digits."""
HUGE: Final = 1e300
"""As large as a price may be: sums and small multiples of it are still numbers."""

_LOG2_E: Final = 1.4426950408889634
# ln 2 in two parts: whole numbers below 2048 times the first part are exact
_LN2_HIGH: Final = 0.6931471805598903
_LN2_LOW: Final = 5.497923018708371e-14
# added to a number it leaves the nearest whole number in the last bits
_TO_WHOLE: Final = 6755399441055744.0
_WHOLE_BITS: Final = 0x4338000000000000
_EXPONENT_BIAS: Final = 1023
_MANTISSA_BITS: Final = 52
# between them powers of e are numbers with all their digits
_LOWEST: Final = -708.0
_HIGHEST: Final = 709.0


@stage
def quotient(above: float, below: float) -> float:
    """Return above / below, NaN over zero: what may not raise runs in lanes.

    Examples
    --------
    >>> quotient(1.0, 4.0), quotient(1.0, 0.0)
    (0.25, nan)
    """
    return above / below if below != 0.0 else math.nan


@stage
def exp(x: float) -> float:
    """Return e to the power of `x`; 0 or infinity where that is below `TINY` or too large.

    Source
    ------
    Multiples of ln 2 taken out; a polynomial through Chebyshev points, made in 50 digits,
    whose error is below 2e-17.

    Examples
    --------
    >>> exp(0.0), exp(-800.0)
    (1.0, 0.0)
    >>> print(round(exp(1.0), 12))
    2.718281828459
    """
    within = max(x, _LOWEST)
    within = min(within, _HIGHEST)
    power = within * _LOG2_E + _TO_WHOLE
    whole = power - _TO_WHOLE
    r = (within - whole * _LN2_HIGH) - whole * _LN2_LOW
    p = 2.7557268459997064e-06 + r * (2.7620088445409746e-07 + r * 2.510038549551032e-08)
    p = 0.00019841269863053618 + r * (2.4801521295954376e-05 + r * p)
    p = 0.008333333333330062 + r * (0.0013888888917213717 + r * p)
    p = 0.16666666666666669 + r * (0.04166666666662413 + r * p)
    mantissa = 1.0 + (r + r * r * (0.5 + r * p))
    value = mantissa * _power_of_two(np.float64(power).view(np.int64) - _WHOLE_BITS)
    value = math.inf if x > _HIGHEST else value
    return 0.0 if x < _LOWEST else value


@stage
def _power_of_two(power: np.int64) -> float:
    return float(np.int64((power + _EXPONENT_BIAS) << _MANTISSA_BITS).view(np.float64))


@stage
def log_ratio(above: float, below: float) -> float:
    """Return ln(above / below) to the last digit, also where the two are nearly equal.

    Parameters
    ----------
    above, below : float64, `TINY` to `HUGE`

    Source
    ------
    ln(a / b) = 2 artanh((a - b) / (a + b)) once `below` has been moved next to `above` by
    a power of two, where the difference is exact.

    Examples
    --------
    >>> print(log_ratio(1.0 + 2.0**-50, 1.0) * 2.0**50)
    0.9999999999999996
    >>> log_ratio(3.0, 3.0)
    0.0
    """
    between = np.float64(above).view(np.int64) - np.float64(below).view(np.int64)
    power = (between + (1 << (_MANTISSA_BITS - 1))) >> _MANTISSA_BITS
    half = power >> 1
    near = below * _power_of_two(half) * _power_of_two(power - half)
    f = quotient(above - near, above + near)
    z = f * f
    p = 0.06670306346008543 + z * (0.05799024088281949 + z * 0.06274441740496522)
    p = 0.09090910452598425 + z * (0.07692215675973389 + z * p)
    p = 0.14285714285761153 + z * (0.11111111099815772 + z * p)
    p = 0.3333333333333333 + z * (0.19999999999999926 + z * p)
    twice = f + f
    whole = float(power)
    return whole * _LN2_HIGH + (twice + (whole * _LN2_LOW + twice * z * p))
