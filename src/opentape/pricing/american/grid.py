"""An American option by finite differences: cash dividends, or rates of either sign.

Points are even in ln(spot), one of them at the spot. `put` is 1 or 0; no mirror image is
taken, as cash dividends have none.
"""

import math
from typing import Final

from opentape.pricing.columns import Floats
from opentape.pricing.elementary import exp, log_ratio
from opentape.pricing.jit import kernel, stage

FINE: Final = 160
"""Points to either side of the spot, and steps in time."""
ROWS: Final = 7
"""Rows of scratch, each 2 `FINE` + 1 long."""
VALUE: Final = 0
"""Row of the price, by spot."""
_PAYOFF, _HELD, _RIGHT, _PIVOT, _ABOVE, _SPOT = 1, 2, 3, 4, 5, 6

_LEAST_STEPS: Final = 4
_SMOOTH: Final = 4
_DEVIATIONS: Final = 5.5
_LEAST_LEFT: Final = 0.2


@kernel
def fill(
    work: Floats,
    half: int,
    times: Floats,
    cash: Floats,
    put: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
) -> float:
    """Write today's prices to the scratch; return the distance of points in ln(spot).

    Parameters
    ----------
    times, cash
        When the spot falls by how much, ascending; what lies outside of (0, years] does
        not count.

    Source
    ------
    Crank and Nicolson's method, begun anew with implicit half steps after each kink
    (Rannacher, 1984); early exercise by the splitting of Ikonen and Toivanen, "Operator
    splitting methods for American option pricing", Applied Mathematics Letters 17 (2004).
    """
    wide = _reach(times, cash, spot, years, rate - carry, vol) / half
    _begin(work, half, put, spot, strike, wide)
    left = years
    for place in range(times.size - 1, -1, -1):
        when = float(times[place])
        if 0.0 < when <= years:
            _march(work, half, left - when, years, rate, carry, vol, wide)
            _fall(work, half, spot, float(cash[place]), wide)
            left = when
    _march(work, half, left, years, rate, carry, vol, wide)
    return wide


@stage
def _reach(
    times: Floats, cash: Floats, spot: float, years: float, drift: float, vol: float
) -> float:
    """Return how far the points go in ln(spot), to either side."""
    paid = 0.0
    for place in range(times.size):
        paid += float(cash[place]) if 0.0 < times[place] <= years else 0.0
    fallen = log_ratio(spot, max(spot - paid, _LEAST_LEFT * spot))
    spread = vol * math.sqrt(years)
    return _DEVIATIONS * spread + abs(drift - 0.5 * vol * vol) * years + fallen


@stage
def _begin(
    work: Floats, half: int, put: float, spot: float, strike: float, wide: float
) -> None:
    """Write payoffs, and at expiry their means over the cells, which hides the kink."""
    sign = 1.0 - 2.0 * put
    for i in range(2 * half + 1):
        level = spot * exp((i - half) * wide)
        payoff = max(sign * (level - strike), 0.0)
        low, high = level * exp(-0.5 * wide), level * exp(0.5 * wide)
        work[_SPOT, i], work[_PAYOFF, i], work[VALUE, i] = level, payoff, payoff
        if low < strike < high:
            end = low if put == 1.0 else high
            span = abs(log_ratio(end, strike))
            work[VALUE, i] = sign * (abs(end - strike) - strike * span) / wide


@stage
def _march(
    work: Floats,
    half: int,
    span: float,
    years: float,
    rate: float,
    carry: float,
    vol: float,
    wide: float,
) -> None:
    """Go back by `span` years without dividends."""
    if span <= 0.0:
        return
    steps = max(math.ceil(half * span / years), _LEAST_STEPS)
    step = span / steps
    for i in range(2 * half + 1):
        work[_HELD, i] = 0.0
    _factor(work, half, 0.5 * step, rate, carry, vol, wide)
    for _ in range(_SMOOTH):
        _step(work, half, 0.5 * step, 0.0, rate, carry, vol, wide)
    # half of a whole step is implicit: the same matrix
    for _ in range(steps - _SMOOTH // 2):
        _step(work, half, step, 0.5 * step, rate, carry, vol, wide)


@stage
def _factor(
    work: Floats, half: int, step: float, rate: float, carry: float, vol: float, wide: float
) -> None:
    """Factor 1 - step x the generator."""
    spread = 0.5 * vol * vol / (wide * wide)
    slope = _slope(spread, rate - carry, wide)
    first = (rate - carry) / (exp(wide) - 1.0)
    last = (rate - carry) / (1.0 - exp(-wide))
    pivot, above = work[_PIVOT], work[_ABOVE]
    pivot[0] = 1.0 / (1.0 + step * (first + rate))
    above[0] = -step * first * pivot[0]
    below = -step * (spread - slope)
    for i in range(1, 2 * half):
        pivot[i] = 1.0 / (1.0 + step * (2.0 * spread + rate) - below * above[i - 1])
        above[i] = -step * (spread + slope) * pivot[i]
    end = step * last
    pivot[2 * half] = 1.0 / (1.0 + step * rate - end - end * above[2 * half - 1])


@stage
def _slope(spread: float, drift: float, wide: float) -> float:
    """Return the weight of a difference that makes the spot itself grow by the drift."""
    up, down = exp(wide), exp(-wide)
    return (drift - spread * (up + down - 2.0)) / (up - down)


@stage
def _step(
    work: Floats,
    half: int,
    step: float,
    explicit: float,
    rate: float,
    carry: float,
    vol: float,
    wide: float,
) -> None:
    """Go back by a step, so much of it explicit, the rest with the matrix as factored."""
    value, held, right = work[VALUE], work[_HELD], work[_RIGHT]
    payoff, pivot, above = work[_PAYOFF], work[_PIVOT], work[_ABOVE]
    spread = 0.5 * vol * vol / (wide * wide)
    slope = _slope(spread, rate - carry, wide)
    first = (rate - carry) / (exp(wide) - 1.0)
    last = (rate - carry) / (1.0 - exp(-wide))
    down, up = explicit * (spread - slope), explicit * (spread + slope)
    here = 1.0 - explicit * (2.0 * spread + rate)
    for i in range(1, 2 * half):
        moved = here * value[i] + down * value[i - 1] + up * value[i + 1]
        right[i] = moved + step * held[i]
    end = 2 * half
    moved = first * (value[1] - value[0]) - rate * value[0]
    right[0] = value[0] + explicit * moved + step * held[0]
    moved = last * (value[end] - value[end - 1]) - rate * value[end]
    right[end] = value[end] + explicit * moved + step * held[end]
    implicit = step - explicit
    below = -implicit * (spread - slope)
    right[0] *= pivot[0]
    for i in range(1, end):
        right[i] = (right[i] - below * right[i - 1]) * pivot[i]
    right[end] = (right[end] - implicit * last * right[end - 1]) * pivot[end]
    for i in range(end - 1, -1, -1):
        right[i] -= above[i] * right[i + 1]
    for i in range(2 * half + 1):
        value[i] = max(right[i] - step * held[i], payoff[i])
        held[i] += (value[i] - right[i]) / step


@stage
def _fall(work: Floats, half: int, spot: float, cash: float, wide: float) -> None:
    """Set each price to that of the spot less the dividend, or to what exercise pays."""
    value, right, level = work[VALUE], work[_RIGHT], work[_SPOT]
    for i in range(2 * half + 1):
        right[i] = value[i]
    slope = (right[1] - right[0]) / (level[1] - level[0])
    for i in range(2 * half + 1):
        then = max(level[i] - cash, 0.0)
        if then <= level[0]:
            moved = right[0] + slope * (then - level[0])
        else:
            moved = _between(right, log_ratio(then, spot) / wide + half, 2 * half - 2)
        value[i] = max(moved, work[_PAYOFF, i])


@stage
def _between(line: Floats, place: float, last: int) -> float:
    """Return the cubic through the four points about a place."""
    j = min(max(int(place), 1), last)
    x = place - j
    before = line[j - 1] * x * (1.0 - x) * (x - 2.0) / 6.0
    after = line[j + 2] * x * (x * x - 1.0) / 6.0
    mine = line[j] * (x * x - 1.0) * (x - 2.0) / 2.0
    theirs = line[j + 1] * x * (x + 1.0) * (2.0 - x) / 2.0
    return before + mine + theirs + after
