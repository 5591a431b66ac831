"""The raw SVI slice: total variance, a hyperbola in log-moneyness, and its derivatives."""

import math
from typing import NamedTuple

from numpy.typing import ArrayLike

from opentape.pricing.columns import Floats, fill
from opentape.pricing.jit import kernel, stage


class Svi(NamedTuple):
    """Raw SVI of one expiry: ``w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2))``.

    Here `k` is ln(strike / forward) and `w` total variance, vol squared times years.

    Source
    ------
    Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces" (2014), section 3.1.
    """

    a: float
    """Level, in total variance; may be negative where the least variance is not."""
    b: float
    """Slope of the wings, total variance per 1.00 of `k`, >= 0."""
    rho: float
    """Tilt, inside -1 and 1: wings rise by ``b (1 - rho)`` left, ``b (1 + rho)`` right."""
    m: float
    """Where the hyperbola is centred, in `k`."""
    sigma: float
    """How wide its vertex is, in `k`, > 0."""


def total_variance(svi: Svi, k: ArrayLike) -> Floats:
    """Return w(k) = vol^2 x years.

    Parameters
    ----------
    svi
        Parameters of the slice; outside ``b >= 0, |rho| < 1, sigma > 0`` all is NaN.
    k : float64
        ln(strike / forward), any shape.

    Returns
    -------
    float64
        In the shape of `k`; NaN where `k` is. Negative where the parameters make it so.

    Examples
    --------
    >>> print(total_variance(Svi(0.04, 0.1, -0.5, 0.0, 0.2), 0.0).round(6))
    0.06
    """
    return fill(_derivatives, k, *svi, outputs=3)[0]


def slope(svi: Svi, k: ArrayLike) -> Floats:
    """Return dw/dk, the first derivative of total variance; NaN as in `total_variance`.

    Examples
    --------
    >>> print(slope(Svi(0.04, 0.1, -0.5, 0.0, 0.2), 0.0).round(6))
    -0.05
    """
    return fill(_derivatives, k, *svi, outputs=3)[1]


def bend(svi: Svi, k: ArrayLike) -> Floats:
    """Return d2w/dk2, positive for every slice with b > 0; NaN as in `total_variance`.

    Examples
    --------
    >>> print(bend(Svi(0.04, 0.1, -0.5, 0.0, 0.2), 0.0).round(6))
    0.5
    """
    return fill(_derivatives, k, *svi, outputs=3)[2]


def vol(svi: Svi, k: ArrayLike, years: ArrayLike) -> Floats:
    """Return the implied vol at `k`.

    Parameters
    ----------
    k : float64
        ln(strike / forward); broadcasts with `years`.
    years : float64, > 0
        Time to expiry, ACT/365.

    Returns
    -------
    float64
        A fraction per year; NaN for years <= 0, a negative variance or a bad slice.

    Examples
    --------
    >>> print(vol(Svi(0.04, 0.1, -0.5, 0.0, 0.2), [-0.1, 0.0, 0.1], 1.0).round(4))
    [0.2595 0.2449 0.2395]
    """
    return fill(_vols, total_variance(svi, k), years)[0]


def atm_variance(svi: Svi) -> float:
    """Return total variance at the forward, k = 0; NaN for a slice outside its domain."""
    return float(total_variance(svi, 0.0))


@stage
def in_domain(b: float, rho: float, sigma: float) -> bool:
    """Return whether the formula makes a hyperbola that opens upwards."""
    return b >= 0.0 and -1.0 < rho < 1.0 and 0.0 < sigma < math.inf


@stage
def derivatives(
    a: float, b: float, rho: float, m: float, sigma: float, k: float
) -> tuple[float, float, float]:
    """Return w, dw/dk and d2w/dk2 of a slice inside its domain."""
    x = k - m
    s = math.sqrt(x * x + sigma * sigma)
    turn = sigma / s
    return a + b * (rho * x + s), b * (rho + x / s), b * turn * turn / s


@kernel
def _derivatives(
    k: Floats,
    a: Floats,
    b: Floats,
    rho: Floats,
    m: Floats,
    sigma: Floats,
    variance: Floats,
    first: Floats,
    second: Floats,
) -> None:
    for i in range(k.size):
        width = float(sigma[i])
        variance[i] = first[i] = second[i] = math.nan
        if in_domain(float(b[i]), float(rho[i]), width) and abs(k[i]) < math.inf:
            variance[i], first[i], second[i] = derivatives(
                float(a[i]), float(b[i]), float(rho[i]), float(m[i]), width, float(k[i])
            )


@kernel
def _vols(variance: Floats, years: Floats, out: Floats) -> None:
    for i in range(variance.size):
        out[i] = math.nan
        if variance[i] >= 0.0 and 0.0 < years[i] < math.inf:
            out[i] = math.sqrt(variance[i] / years[i])
