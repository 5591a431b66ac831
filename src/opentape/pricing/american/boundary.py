"""The spot below which a put is exercised at once, as a curve over time to expiry.

A strike of 1. The curve is held as the logarithm of the boundary at expiry over the
boundary, at `nodes.NODES` times; its square is smooth in sqrt(time). It depends on years,
rate, carry and vol but not on spot and strike.
"""

import math
from typing import Final

from opentape.pricing.american import nodes, swift
from opentape.pricing.american.nodes import NODES, PAIRS, POINTS
from opentape.pricing.american.swift import below, density, quotient
from opentape.pricing.columns import Floats
from opentape.pricing.jit import kernel, stage

ROWS: Final = 10
"""Rows of scratch, each `nodes.WIDTH` long."""
LOG: Final = 0
"""Row of the curve, ln(boundary at expiry / boundary), latest node first."""
SQUARE: Final = 1
"""Row of its square."""
# each followed by the row of its slope in the logarithm of the boundary
_CASH, _STOCK = 2, 4
_RATE, _CARRY, _READ, _OF = 6, 7, 8, 9

_NEWTON: Final = 5
_ROUNDS: Final = 3
_SHORT: Final = 0.25
_DAMPING: Final = 2.0
_LEAST_GAP: Final = 1e-14
_LEAST_LOG: Final = 1e-12
_LOWEST: Final = 1e-9
_SMALL: Final = 1e-5
_LONGEST: Final = 0.5
_NONE: Final = 1e-100


@stage
def log_at_expiry(rate: float, carry: float) -> float:
    """Return ln(boundary / strike) just before expiry, for a positive rate or carry < 0."""
    return math.log(rate / carry) if carry > rate > 0.0 else 0.0


@kernel
def fit(work: Floats, years: float, rate: float, carry: float, vol: float) -> None:
    """Write the curve to `work`, if it is not there from the last time.

    A scratch begins as NaN.

    Source
    ------
    Andersen, Lake and Offengenden, "High-performance American option pricing", Journal of
    Computational Finance 20 (2016): collocation and fixed point. Here in the angle of
    `nodes` for the integrals, and between their equations A (smooth fit, quick, unstable
    where drift outruns vol) and B (value, slow, stable), weighted by drift over vol. The
    start is Newton's method on equation 34 of Li, "Analytical approximations for the
    critical stock prices of American options", Review of Derivatives Research 13 (2010).
    """
    key = work[_OF]
    if key[0] == years and key[1] == rate and key[2] == carry and key[3] == vol:
        return
    key[0], key[1], key[2], key[3] = years, rate, carry, vol
    top = log_at_expiry(rate, carry)
    damping = _DAMPING * ((rate - carry) / vol) * ((rate - carry) / vol) * years
    _guess(work[LOG], years, rate, carry, vol, top)
    for _ in range(_NEWTON):
        _newton(work[LOG], years, rate, carry, vol, top)
    _weights(work[_RATE], work[_CARRY], years, rate, carry)
    for _ in range(_ROUNDS if years > _SHORT else _ROUNDS - 1):
        _square(work[LOG], work[SQUARE])
        _read(work[SQUARE], work[_READ])
        _pairs(work, years, rate, carry, vol, top)
        for row in range(_CASH, _STOCK + 2):
            _gather(work, row)
        _renew(work, top, damping)
    _square(work[LOG], work[SQUARE])


@kernel
def _guess(
    curve: Floats, years: float, rate: float, carry: float, vol: float, top: float
) -> None:
    drift = rate - carry
    tilt = 0.5 - drift / (vol * vol)
    root = tilt - math.sqrt(tilt * tilt + 2.0 * rate / (vol * vol))
    forever = max(root / (root - 1.0), _LOWEST)
    deep = max(top - math.log(forever), _LEAST_LOG)
    back = 1.0 / deep
    for i in range(NODES):
        spread = vol * math.sqrt(years) * nodes.NODE_ROOT[i]
        time = years * nodes.NODE_ROOT[i] * nodes.NODE_ROOT[i]
        fall = 2.0 * spread - drift * time
        fall = max(0.5 * spread, fall)
        curve[i] = deep * (1.0 - swift.exp(-fall * back))


@kernel
def _newton(  # noqa: PLR0915 - one statement a term of the equation
    curve: Floats, years: float, rate: float, carry: float, vol: float, top: float
) -> None:
    square, drift = vol * vol, rate - carry
    two = 2.0 / square
    omega = two * drift - 1.0
    for i in range(NODES):
        time = years * nodes.NODE_ROOT[i] * nodes.NODE_ROOT[i]
        spread = vol * math.sqrt(time)
        back = quotient(1.0, spread)
        discount = swift.exp(-rate * time)
        short = quotient(rate * time, 1.0 - discount + 1e-300)
        short = short if abs(rate * time) > _SMALL else 1.0 + 0.5 * rate * time
        m = two * quotient(short, time)
        wide = math.sqrt(omega * omega + 4.0 * m)
        power = -0.5 * (omega + wide)
        each = quotient(1.0, wide)
        level = swift.exp(top - curve[i])
        d1 = (top - curve[i] + drift * time) * back + 0.5 * spread
        grown = swift.exp(-carry * time)
        dense = grown * density(d1)
        stock = below(-d1, grown, dense)
        cash = below(spread - d1, discount, level * dense)
        gap = 1.0 - level - cash + level * stock
        gap = max(_LEAST_GAP, gap)
        theta = rate * cash - carry * level * stock - 0.5 * square * level * dense * back
        over = quotient(1.0, gap)
        more = (
            power + discount * each * (m - m * m * each * each) - two * each * theta * over
        )
        miss = (1.0 - stock) * level + more * gap
        turn = -drift * dense * back - carry * stock
        turn -= 0.5 * square * back * dense * (1.0 - d1 * back)
        slope = (1.0 - stock) * (1.0 - more) + dense * back
        slope -= two * each * (turn + theta * (1.0 - stock) * over)
        step = quotient(miss, slope * level)
        step = max(-_LONGEST * curve[i], step)
        curve[i] += min(_LONGEST, step)


@kernel
def _weights(cash: Floats, stock: Floats, years: float, rate: float, carry: float) -> None:
    """Write what cash and stock of a pair count: interest on it, or expiry's own."""
    for j in range(PAIRS):
        time = years * nodes.PAIR_ROOT[j] * nodes.PAIR_ROOT[j]
        share = years * nodes.PAIR_WEIGHT[j]
        cash[j] = (rate * share + nodes.PAIR_WHOLE[j]) * swift.exp(-rate * time)
        stock[j] = (carry * share + nodes.PAIR_WHOLE[j]) * swift.exp(-carry * time)


@stage
def _square(curve: Floats, square: Floats) -> None:
    for i in range(NODES):
        square[i] = curve[i] * curve[i]


@kernel
def _read(square: Floats, read: Floats) -> None:
    for j in range(PAIRS):
        total = nodes.PAIR_READ[0, j] * square[0] + nodes.PAIR_READ[1, j] * square[1]
        total += nodes.PAIR_READ[2, j] * square[2] + nodes.PAIR_READ[3, j] * square[3]
        total += nodes.PAIR_READ[4, j] * square[4] + nodes.PAIR_READ[5, j] * square[5]
        total += nodes.PAIR_READ[6, j] * square[6] + nodes.PAIR_READ[7, j] * square[7]
        read[j] = math.sqrt(max(0.0, total))


@kernel
def _pairs(
    work: Floats, years: float, rate: float, carry: float, vol: float, top: float
) -> None:
    """Write what every pair adds to N(d2), n(d2) / spread, and to those of d1."""
    curve, read, discount, grown = work[LOG], work[_READ], work[_RATE], work[_CARRY]
    cash, cash_slope = work[_CASH], work[_CASH + 1]
    stock, stock_slope = work[_STOCK], work[_STOCK + 1]
    root, drift, count = vol * math.sqrt(years), (rate - carry) * years, _count(work)
    for point in range(0, PAIRS, NODES):
        for i in range(count):
            read[point + i] -= curve[i]
    for j in range(PAIRS):
        share, spread = nodes.PAIR_ROOT[j], root * nodes.PAIR_ROOT[j]
        above = read[j] + nodes.PAIR_WHOLE[j] * top + drift * share * share
        d2 = quotient(above, spread) - 0.5 * spread
        dense = discount[j] * density(d2)
        cash[j] = below(d2, discount[j], dense)
        cash_slope[j] = quotient(dense, spread)
        read[j] = d2 + spread
    for j in range(PAIRS):
        dense = grown[j] * density(read[j])
        stock[j] = below(read[j], grown[j], dense)
        stock_slope[j] = quotient(dense, root * nodes.PAIR_ROOT[j])


@stage
def _count(work: Floats) -> int:
    """Return `NODES`, so that loops over few places are not unrolled before vectorised."""
    return work.shape[1] // (POINTS + 1)


@stage
def _gather(work: Floats, row: int) -> None:
    """Add the pairs of each node into the first places of the row."""
    line, count = work[row], _count(work)
    for point in range(NODES, PAIRS, NODES):
        for i in range(count):
            line[i] += line[point + i]


@kernel
def _renew(work: Floats, top: float, damping: float) -> None:
    """Move the curve to where the two equations, weighted, put it."""
    curve, cash, cash_slope = work[LOG], work[_CASH], work[_CASH + 1]
    stock, stock_slope = work[_STOCK], work[_STOCK + 1]
    for i in range(_count(work)):
        below_it = stock[i] + stock_slope[i]
        share = quotient(1.0, 1.0 + damping * nodes.NODE_ROOT[i] * nodes.NODE_ROOT[i])
        share = share if below_it > _NONE else 0.0
        slope = quotient(cash_slope[i], max(below_it, _NONE))
        value = quotient(cash[i], max(stock[i], _NONE))
        found = value + share * (slope - value)
        level = swift.exp(top - curve[i])
        apart = quotient(found - level, found + level)
        square = apart * apart
        moved = curve[i] - 2.0 * apart * (1.0 + square * (1.0 / 3.0 + 0.2 * square))
        curve[i] = max(_LEAST_LOG, moved)
