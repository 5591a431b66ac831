"""SSVI: one shape for the smiles of all expiries, scaled by each expiry's ATM variance."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opentape.pricing.columns import Floats
from opentape.pricing.smile.svi import Svi

_ROUNDS: Final = 30
_NUDGE: Final = 1e-6
_STIFFEST: Final = 1e8
_SETTLED: Final = 1e-9


class Ssvi(NamedTuple):
    """Power-law SSVI, ``phi(theta) = eta / (theta^gamma (1 + theta)^(1 - gamma))``.

    Total variance is ``theta / 2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2))``,
    with `theta` the ATM total variance of the expiry and `k` ln(strike / forward).

    Source
    ------
    Gatheral and Jacquier (2014), section 4 and example 4.2.
    """

    rho: float
    """Tilt of every smile, inside -1 and 1."""
    eta: float
    """Strength of the shape, > 0; free of arbitrage where ``eta (1 + |rho|) <= 2``."""
    gamma: float
    """How the shape flattens as variance grows, above 0 and at most a half."""


def phi(ssvi: Ssvi, theta: ArrayLike) -> Floats:
    """Return how much a smile of ATM variance `theta` bends, per 1.00 of k.

    NaN where `theta` is not positive.

    Examples
    --------
    >>> print(phi(Ssvi(-0.5, 1.0, 0.5), [0.01, 0.04]).round(4))
    [9.9504 4.9029]
    """
    level = np.asarray(theta, np.float64)
    level = np.where(level > 0.0, level, np.nan)
    power = np.power(level, -ssvi.gamma) * np.power(1.0 + level, ssvi.gamma - 1.0)
    return np.asarray(ssvi.eta * power)


def to_svi(ssvi: Ssvi, theta: float) -> Svi:
    """Return the slice of one expiry as raw SVI, exactly.

    Parameters
    ----------
    theta
        ATM total variance, > 0; anything else gives NaN parameters.

    Examples
    --------
    >>> print(np.round(to_svi(Ssvi(-0.5, 1.0, 0.5), 0.04), 6))
    [ 0.015     0.098058 -0.5       0.10198   0.176635]
    """
    bending = float(phi(ssvi, theta))
    rest = 1.0 - ssvi.rho * ssvi.rho
    return Svi(
        a=0.5 * theta * rest,
        b=0.5 * theta * bending,
        rho=ssvi.rho,
        m=-ssvi.rho / bending,
        sigma=math.sqrt(rest) / bending,
    )


def is_free(ssvi: Ssvi, theta: ArrayLike) -> NDArray[np.bool_]:
    """Return whether smiles of ATM variance `theta` hold no arbitrage, for certain.

    The conditions suffice; a smile that misses one may still hold none.

    Source
    ------
    Gatheral and Jacquier (2014), theorems 4.1 (calendars) and 4.2 (butterflies).

    Examples
    --------
    >>> print(is_free(Ssvi(-0.5, 1.0, 0.5), [0.01, 0.04]))
    [ True  True]
    >>> print(is_free(Ssvi(-0.5, 2.5, 0.5), 0.01))
    False
    """
    level = np.asarray(theta, np.float64)
    bending = phi(ssvi, level)
    tilt = 1.0 + abs(ssvi.rho)
    # d(theta phi) / d theta is phi (1 - gamma) / (1 + theta): never above phi
    calendar = abs(ssvi.rho) < 1.0 and ssvi.eta > 0.0 and 0.0 < ssvi.gamma <= 1.0
    wings = level * bending * tilt < 4.0  # noqa: PLR2004 - the theorem's number
    vertex = level * bending * bending * tilt <= 4.0  # noqa: PLR2004
    return np.asarray(wings & vertex & calendar)


def total_variance(ssvi: Ssvi, theta: ArrayLike, k: ArrayLike) -> Floats:
    """Return w(k) at ATM variance `theta`; the two broadcast, NaN where theta <= 0.

    Examples
    --------
    >>> print(total_variance(Ssvi(-0.5, 1.0, 0.5), 0.04, [-0.1, 0.0, 0.1]).round(5))
    [0.05121 0.04    0.03242]
    """
    level = np.asarray(theta, np.float64)
    turn = phi(ssvi, level) * np.asarray(k, np.float64)
    root = np.sqrt(np.square(turn + ssvi.rho) + (1.0 - ssvi.rho * ssvi.rho))
    return np.asarray(0.5 * level * (1.0 + ssvi.rho * turn + root))


def fit_shape(k: Floats, theta: Floats, variance: Floats) -> Ssvi:
    """Return the shape nearest to points of several smiles, free of arbitrage.

    Least squares of relative vol error over rho, eta and gamma, each kept in its range.

    Parameters
    ----------
    k, theta, variance : float64, one length
        ln(strike / forward), ATM variance of the point's expiry, its total variance.
    """
    target, scale = np.sqrt(variance), np.sqrt(theta)
    free, damping = np.array([-0.3, 0.0, 1.0]), 1e-2

    def misses(at: Floats) -> Floats:
        return (np.sqrt(total_variance(_shape(at), theta, k)) - target) / scale

    now = misses(free)
    for _ in range(_ROUNDS):
        slopes = np.stack([misses(free + nudge) - now for nudge in _NUDGE * np.eye(3)])
        slopes /= _NUDGE
        normal = slopes @ slopes.T
        normal += np.diag(damping * normal.diagonal() + _SETTLED)
        step = np.linalg.solve(normal, slopes @ now)
        tried = np.asarray(np.clip(free - step, -6.0, 6.0), np.float64)
        then = misses(tried)
        gain = float(now @ now - then @ then)
        if gain > 0.0:
            free, now, damping = tried, then, 0.2 * damping
        else:
            damping *= 10.0
        if damping > _STIFFEST or 0.0 < gain < _SETTLED * float(now @ now):
            break
    return _shape(free)


def _shape(free: Floats) -> Ssvi:
    """Return the shape of three free numbers: always one without arbitrage."""
    tilt, strength, fade = (float(one) for one in free)
    rho = math.tanh(tilt)
    most = 2.0 / (1.0 + abs(rho))
    return Ssvi(rho, most / (1.0 + math.exp(-strength)), 0.5 / (1.0 + math.exp(-fade)))
