"""Exponential and normal tail in arithmetic that vectorises, to seven digits and more."""

from typing import Final

import numpy as np

from opentape.pricing.jit import stage

_INV_SQRT_2PI: Final = 0.3989422804014327
_LEAST: Final = -300.0
_MOST: Final = 300.0
_SHARE: Final = 1.0 / 1024.0


@stage
def exp(x: float) -> float:
    """Return e to the power of `x`, to ten digits from 1 to -8 and seven at -30.

    Source
    ------
    The Taylor series of a 1024th of `x`, squared ten times: no branch, no bits.

    Examples
    --------
    >>> print(round(exp(-1.0), 12))
    0.367879441171
    """
    y = max(_LEAST, x)
    y = (min(_MOST, y)) * _SHARE
    p = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0))))
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    return p * p


@stage
def mills(z: float) -> float:
    """Return (1 - N(z)) / n(z) for `z` of 0 and above, with an error below 2e-8 of it.

    Source
    ------
    A polynomial in 1 / (1 + 0.3 z), fitted by reweighted least squares.

    Examples
    --------
    >>> print(round(mills(0.0), 9), round(mills(3.0), 6))
    1.253314137 0.30459
    """
    s = quotient(1.0, 1.0 + 0.3 * z)
    p = -0.5295772595041378 + s * (0.2623792079682317 + s * -0.04786887836736615)
    p = -0.15971928898078264 + s * (0.4286651355133239 + s * p)
    p = 0.20228969365092983 + s * (0.2220681127249807 + s * p)
    p = 0.29983311738516283 + s * (0.2752390412968704 + s * p)
    return s * (0.3000052556282876 + s * p)


@stage
def quotient(above: float, below: float) -> float:
    """Return above / below; a plain division asks for 0 first, which stops vectorising."""
    return float(np.divide(above, below))


@stage
def density(z: float) -> float:
    """Return the normal density.

    Examples
    --------
    >>> print(round(density(1.0), 9))
    0.241970725
    """
    return _INV_SQRT_2PI * exp(-0.5 * z * z)


@stage
def below(z: float, whole: float, dense: float) -> float:
    """Return whole N(z), given `dense`, that is whole n(z).

    Examples
    --------
    >>> print(round(below(1.0, 2.0, 2.0 * density(1.0)), 7))
    1.6826895
    """
    tail = dense * mills(abs(z))
    return whole - tail if z > 0.0 else tail
