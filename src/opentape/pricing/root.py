"""The root of the Black formula: what spread, vol sqrt(years), gives a value."""

import math
from typing import Final

from opentape.pricing.elementary import exp, log_ratio, quotient
from opentape.pricing.jit import stage
from opentape.pricing.normal import INV_SQRT_2PI, SMALL, inverse, mills, mills_gap

_SQRT_2PI: Final = 2.5066282746310002
_LN_SQRT_2PI: Final = 0.9189385332046727
_SERIES_REACH: Final = 2.0
# the share of the bound up to which a value is solved for itself, not for what it lacks
_MOSTLY: Final = 0.72
# a step below it, in ln spread, leaves an error below 1e-16
_LAST_STEP: Final = 2e-4
_TRUSTED_STEP: Final = 0.15
_LEAST_GUESS: Final = 1e-100
_MOST_GUESS: Final = 70.0
# where the guess from the normal model is good
_NEAR_MONEY: Final = 3.0
_NARROW: Final = 1.8
_CLOSE: Final = 12.0
_UNLIKELY: Final = -8.0
_SMALL_LOG: Final = 0.1
_LEAST_LACK: Final = 2.0**-54
_SIXTH: Final = 1.0 / 6.0
_TWELFTH: Final = 1.0 / 12.0


@stage
def spread_of(value: float, most: float, x: float, guess: float) -> float:
    """Return the spread at which an option out of the money is worth `value`.

    Parameters
    ----------
    value : float64, > 0 and below `most`
    most
        What the value tends to as vol grows: the smaller of discounted spot and strike.
    x : float64, >= 0
        abs(ln(forward / strike)).
    guess
        A spread to start from, or NaN.

    Source
    ------
    As in Jaeckel, "Let's Be Rational", Wilmott (2015), the logarithm of the value, or high
    up of what it lacks, is solved by Householder's method of the fourth order; here in
    ln spread, where one step takes 1e-1 to 1e-5 and 1e-4 to 1e-17 all over the plane.
    The first guess is the exact solution of the normal (Bachelier) model, corrected by
    polynomials fitted to what it misses.
    """
    if _LEAST_GUESS < guess < _MOST_GUESS:
        newton, step = _step(value, most, x, guess)
        # Newton's step is long wherever the root is far, Householder's may be short
        if abs(newton) < _TRUSTED_STEP and abs(step) < _TRUSTED_STEP:
            near = guess * _grown(step)
            done = abs(step) < _LAST_STEP
            return near if done else _refined(value, most, x, near)
    return _refined(value, most, x, _first(value, most, x))


@stage
def _refined(value: float, most: float, x: float, spread: float) -> float:
    before, step = math.inf, 1.0
    # steps shrink, at once below the last one that matters: what does otherwise is lost
    while _LAST_STEP <= abs(step) < before:
        before, step = abs(step), _step(value, most, x, spread)[1]
        spread *= _grown(step)
    return spread


@stage
def _grown(step: float) -> float:
    """Return exp(step), exact to the last digit where the step is small enough to stop."""
    step = min(max(step, -1.0), 1.0)
    even, odd = 1.0 + step * step * _TWELFTH, 0.5 * step
    return quotient(even + odd, even - odd)


@stage
def _step(value: float, most: float, x: float, spread: float) -> tuple[float, float]:
    """Return the steps of Newton and of Householder towards the root, in ln spread."""
    h, t = quotient(-x, spread), 0.5 * spread
    z = h + t
    small = value < _MOSTLY * most
    cover = _cover(h, t) if small else _lack(h, t)
    if not cover > 0.0:
        return math.nan, math.nan
    goal = value if small else max(most - value, _LEAST_LACK * most)
    miss = log_ratio(most * INV_SQRT_2PI * cover, goal) - 0.5 * z * z
    slope = quotient(1.0 if small else -1.0, cover)
    # the second and third derivative over the first, then the same by ln spread
    bend = quotient(h * h - t * t, spread) - slope
    tilt = quotient(h, spread)
    turn = bend * (bend - slope) - 3.0 * tilt * tilt - 0.25
    second = 1.0 + spread * bend
    third = 1.0 + spread * (3.0 * bend + spread * turn)
    newton = -quotient(miss, spread * slope)
    above = newton * (1.0 + 0.5 * second * newton)
    return newton, quotient(above, 1.0 + newton * (second + third * newton * _SIXTH))


@stage
def _cover(h: float, t: float) -> float:
    """Return the value over its bound and the density at h + t."""
    z = h + t
    if t < SMALL and -h * t < _SERIES_REACH:
        return mills_gap(h, t)
    if z <= 0.0:
        return mills(-z) - mills(t - h)
    return _SQRT_2PI * exp(0.5 * z * z) - (mills(z) + mills(t - h))


@stage
def _lack(h: float, t: float) -> float:
    """Return what the value lacks of its bound, over that and the density at h + t.

    It is asked near roots where h + t is above 0.5; a guess from below 0 is no use.
    """
    z = h + t
    return mills(z) + mills(t - h) if z >= 0.0 else math.nan


@stage
def _first(value: float, most: float, x: float) -> float:
    if x < _NEAR_MONEY:
        narrow = _normal_spread(value, most, x)
        if narrow < _NARROW:
            return narrow * _corrected(narrow * narrow, x * x)
    return _wide(value, most, x)


@stage
def _normal_spread(value: float, most: float, x: float) -> float:
    """Return the spread in the normal model, as a share of the strike."""
    growth = quotient(exp(x) - 1.0, x) if x > _SMALL_LOG else _growth(x)
    over = most * growth * x
    ratio = quotient(over, value)
    if ratio < _CLOSE:
        return quotient(value, most * growth * _close(ratio))
    return quotient(x, _distant(math.sqrt(log_ratio(over, value))))


@stage
def _growth(x: float) -> float:
    """Return (e^x - 1) / x for a small `x`."""
    return 1.0 + x * (0.5 + x * (_SIXTH + x * (1.0 / 24.0 + x * (1.0 / 120.0))))


@stage
def _close(r: float) -> float:
    """Return standard deviations over `r`, itself moneyness over value in that model."""
    p = 0.030284210211867727 + r * 0.00010841542022276191
    p = 0.3989396454437344 + r * (0.279679400519232 + r * p)
    q = 0.3480449902173982 + r * 0.019744616291627222
    return quotient(p, 1.0 + r * (1.2008210693592218 + r * q))


@stage
def _distant(u: float) -> float:
    """Return standard deviations where ln(moneyness over value) is the square of `u`."""
    p = 0.43532540296658223 + u * 0.12075734852293024
    p = 1.7339150720765306 + u * (-1.332684073297976 + u * p)
    q = 0.3121205460011106 + u * 0.0853607364725057
    q = 1.0 + u * (-0.45802073550552275 + u * q)
    return quotient(-0.4846995847338294 + u * p, q)


@stage
def _corrected(a: float, b: float) -> float:
    """Return the lognormal over the normal spread; arguments are squares of that and x."""
    free = 0.041665165762718094 + b * (-0.0003521230591071549 + b * 1.6555583174223924e-06)
    once = 0.0038414727549194 + b * (-2.7145273485113487e-05 + b * 2.995192370803824e-06)
    more = 0.00013279801534637247 + b * -2.7899047209101417e-05
    return 1.0 + a * (free + a * (once + a * (more + a * 0.00014255813246361447)))


@stage
def _wide(value: float, most: float, x: float) -> float:
    z = _deviations(value, most, x)
    y = math.sqrt(z * z + 2.0 * x)
    return z + y if z > 0.0 else quotient(2.0 * x, y - z)


@stage
def _deviations(value: float, most: float, x: float) -> float:
    """Return h + t: by the tail far out, else between the limits of small and large `x`."""
    chance = log_ratio(value, most)
    if chance < _UNLIKELY:
        z = math.sqrt(-2.0 * chance)
        cover = quotient(1.0, z) - quotient(1.0, math.sqrt(z * z + 2.0 * x))
        return -math.sqrt(2.0 * (log_ratio(cover, 1.0) - chance - _LN_SQRT_2PI))
    middle = 0.5 - INV_SQRT_2PI * mills(math.sqrt(2.0 * x))
    if value < middle * most:
        return inverse(quotient(0.5 * value, middle * most))
    lack = max(most - value, _LEAST_LACK * most)
    return -inverse(quotient(0.5 * lack, most * (1.0 - middle)))
