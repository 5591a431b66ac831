"""What the right to exercise early adds to a European put, and its slopes in spot.

Strike 1, with the boundary of `boundary.fit` in the scratch.
"""

import math

from opentape.pricing.american import boundary, nodes, swift
from opentape.pricing.american.boundary import LOG, SQUARE
from opentape.pricing.american.nodes import PRICE_POINTS
from opentape.pricing.american.swift import below, density, quotient
from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage

_READ, _VALUE, _DELTA, _GAMMA = 2, 3, 4, 5
_LANES = 4


@stage
def exercise_level(work: Floats, rate: float, carry: float) -> float:
    """Return the spot, over strike, at and below which the put is exercised today."""
    return swift.exp(boundary.log_at_expiry(rate, carry) - work[LOG, 0])


@kernel
def value(
    work: Floats, moneyness: float, years: float, rate: float, carry: float, vol: float
) -> float:
    """Return the premium over strike; `moneyness` is ln(spot / strike).

    Source
    ------
    Kim, "The analytic valuation of American options", Review of Financial Studies 3
    (1990), integrated in the angle of `nodes`.
    """
    read, line = work[_READ], work[_VALUE]
    _read(work[SQUARE], read, moneyness - boundary.log_at_expiry(rate, carry))
    root, spot = math.sqrt(years), swift.exp(moneyness)
    for j in range(PRICE_POINTS):
        time = years * nodes.PRICE_ROOT[j] * nodes.PRICE_ROOT[j]
        spread = vol * root * nodes.PRICE_ROOT[j]
        d2 = quotient(read[j] + (rate - carry) * time, spread) - 0.5 * spread
        discount = swift.exp(-rate * time)
        cash = below(-d2, discount, discount * density(d2))
        line[j] = years * nodes.PRICE_WEIGHT[j] * rate * cash
        read[j] = d2 + spread
    if carry == 0.0:
        return _sum(line)
    for j in range(PRICE_POINTS):
        time = years * nodes.PRICE_ROOT[j] * nodes.PRICE_ROOT[j]
        grown = swift.exp(-carry * time)
        stock = below(-read[j], grown, grown * density(read[j]))
        line[j] -= years * nodes.PRICE_WEIGHT[j] * carry * spot * stock
    return _sum(line)


@kernel
def slopes(
    work: Floats, moneyness: float, years: float, rate: float, carry: float, vol: float
) -> tuple[float, float]:
    """Return delta and gamma of the premium for a strike of 1."""
    read, first, second = work[_READ], work[_DELTA], work[_GAMMA]
    _read(work[SQUARE], read, moneyness - boundary.log_at_expiry(rate, carry))
    root, spot = math.sqrt(years), swift.exp(moneyness)
    for j in range(PRICE_POINTS):
        time = years * nodes.PRICE_ROOT[j] * nodes.PRICE_ROOT[j]
        spread = vol * root * nodes.PRICE_ROOT[j]
        back = quotient(1.0, spread)
        d2 = (read[j] + (rate - carry) * time) * back - 0.5 * spread
        d1 = d2 + spread
        grown = carry * swift.exp(-carry * time) * years * nodes.PRICE_WEIGHT[j]
        discount = rate * swift.exp(-rate * time) * years * nodes.PRICE_WEIGHT[j]
        dense1 = grown * density(d1)
        dense2 = quotient(discount * density(d2), spot)
        first[j] = (dense1 - dense2) * back - below(-d1, grown, dense1)
        fall = dense2 * (1.0 + d2 * back) + dense1 * (1.0 - d1 * back)
        second[j] = quotient(fall * back, spot)
    return _sum(first), _sum(second)


@stage
def _read(square: Floats, read: Floats, above: float) -> None:
    """Write ln(spot / boundary) at every point."""
    for j in range(PRICE_POINTS):
        total = nodes.PRICE_READ[0, j] * square[0] + nodes.PRICE_READ[1, j] * square[1]
        total += nodes.PRICE_READ[2, j] * square[2] + nodes.PRICE_READ[3, j] * square[3]
        total += nodes.PRICE_READ[4, j] * square[4] + nodes.PRICE_READ[5, j] * square[5]
        total += nodes.PRICE_READ[6, j] * square[6] + nodes.PRICE_READ[7, j] * square[7]
        read[j] = above + math.sqrt(max(0.0, total))


@stage
def _sum(line: Floats) -> float:
    for start in range(_LANES, PRICE_POINTS, _LANES):
        for j in range(_LANES):
            line[j] += line[start + j]
    return (line[0] + line[1]) + (line[2] + line[3])
