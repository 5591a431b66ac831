"""Make implied.csv and bounds.csv: prices whose implied vol is hard to find, or is none.

A price is worked out in many digits and rounded to a float64, and then the vol that the
rounded price implies is solved for in many digits. Run as
``python scripts/golden/implied.py tests/golden/pricing``.
"""

# ruff: noqa: PLR2004 - formulas have many inputs

import math
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import mpmath as mp
import numpy as np
from closed_form import HALF_ULP, exactly, greeks, price, write

YEARS = (1 / 8760, 6.5 / 8760, 1 / 365, 7 / 365, 30 / 365, 0.25, 1.0, 2.5, 10.0)
VOLS = (0.01, 0.03, 0.1, 0.2, 0.45, 1.0, 2.2, 5.0)
SDS = (0.0, 0.01, 0.3, 1.0, 2.0, 3.5, 5.0, 6.5, 8.0, 12.0, 20.0, 30.0, 36.9)
IN_THE_MONEY = (-0.01, -0.1, -0.3, -1.0, -2.0, -4.0)
RATES = ((0.0, 0.0), (0.045, 0.013), (-0.02, 0.0), (0.03, 0.06))
LEAST = 1e-300
FAR = 40.0
"""The largest ln(strike / forward) of a row."""


def vol_of(put: int, at: list[mp.mpf], target: mp.mpf, start: mp.mpf) -> mp.mpf:
    """Return the vol that gives a price, by Newton on the time value's logarithm."""
    s, k, t, r, q = at
    phi = -1 if put else 1
    floor = phi * (s * mp.exp(-q * t) - k * mp.exp(-r * t))
    # in the money, the other right at the same strike has the time value and nothing else
    other = 1 - put if floor > 0 else put
    wanted = mp.log(target - floor if floor > 0 else target)
    vol = start
    for _ in range(60):
        found = greeks(other, s, k, t, r, q, vol)
        step = (mp.log(found["price"]) - wanted) * found["price"] / found["vega"]
        vol -= step
        if abs(step) < abs(vol) * mp.mpf(10) ** -40:
            return vol
    raise ArithmeticError(f"no vol found for {target} at {at}")


def slack(found: dict[str, mp.mpf], at: list[mp.mpf], vol: mp.mpf) -> mp.mpf:
    """Return by how much, relative, the vol moves when every input moves half an ulp."""
    s, k, t, r, q = at
    # price moves by carry as by the spot, the other way and over the years
    moved = (
        found["price"],
        s * found["delta"],
        k * found["dual_delta"],
        t * found["theta"],
        r * found["rho"],
        q * t * s * found["delta"],
    )
    return sum(abs(part) for part in moved) * HALF_ULP / (found["vega"] * vol)


def row(put: int, spot: float, sd: float, years: float, rates: tuple, vol: float) -> list:
    """Return a row of implied.csv, empty where no float64 price can tell the vol."""
    rate, carry = rates
    away = sd * vol * math.sqrt(years) * (-1 if put else 1)
    if abs(away) > FAR:
        return []
    strike = float(f"{spot * math.exp((rate - carry) * years + away):.9g}")
    at = [exactly(x) for x in (spot, strike, years, rate, carry)]
    value = float(price(put, *at, exactly(vol)))
    if value < LEAST:
        return []
    forward = at[0] * mp.exp(-at[4] * at[2]), at[1] * mp.exp(-at[3] * at[2])
    floor = max(mp.mpf(0), forward[0] - forward[1] if not put else forward[1] - forward[0])
    bound = forward[put]
    # a digit of the price is left to tell the vol from
    if exactly(value) - floor < floor * mp.mpf(2) ** -40 or value >= bound * (1 - 1e-9):
        return []
    true = vol_of(put, at, exactly(value), exactly(vol))
    give = slack(greeks(put, *at, true), at, true)
    if give > 1e-3:
        return []
    inside = int(floor > 0)
    inputs = (put, spot, strike, years, rate, carry, value)
    return [*inputs, inside, float(true), f"{float(give):.2e}"]


def hard(rows: int, seed: int) -> list[list]:
    """Return rows of the grid, drawn evenly, and then rows drawn from the ranges."""
    rng = np.random.default_rng(seed)
    grid = list(product(YEARS, VOLS, (*SDS, *IN_THE_MONEY)))
    found = []
    for place, n in enumerate(rng.permutation(len(grid))):
        years, vol, sd = grid[n]
        found.append(row(place % 2, 100.0, sd, years, RATES[place // 2 % 4], vol))
    while len(found) < rows * 5 // 4:
        years = float(f"{math.exp(rng.uniform(math.log(1 / 8760), math.log(10.0))):.6g}")
        vol = float(f"{math.exp(rng.uniform(math.log(0.01), math.log(5.0))):.6g}")
        sd = float(rng.choice((rng.uniform(-1.5, 8.0), rng.uniform(8.0, 37.0))))
        spot = float((100.0, 580.0, 4.2, 6300.5)[int(rng.integers(4))])
        rates = RATES[int(rng.integers(4))]
        found.append(row(int(rng.integers(2)), spot, sd, years, rates, vol))
    return [one for one in found if one][:rows]


# ---- prices that no vol gives: the reason is known without solving anything


def bounds() -> list[list]:
    """Return put, price and inputs, and the reason why there is no vol."""
    return [*flat_bounds(), *discounted_bounds(), *wrong_inputs()]


def flat_bounds() -> Iterator[list]:
    """Yield prices at the bounds where no rate rounds them, so that an ulp counts."""
    for put, spot, strike in ((0, 100, 80), (1, 80, 100), (0, 580, 579.5), (1, 0.5, 6.25)):
        floor, bound = float(abs(spot - strike)), float(strike if put else spot)
        below = (floor - 1e-12 * max(spot, strike), floor / 2, 1e-300)
        above = (bound, math.nextafter(bound, math.inf), bound * 1e6)
        for years in (1 / 8760, 0.25, 10.0):
            at = (float(spot), float(strike), years, 0.0, 0.0)
            yield ["AT_INTRINSIC", put, floor, *at]
            yield from (["BELOW_INTRINSIC", put, value, *at] for value in below)
            yield from (["ABOVE_BOUND", put, value, *at] for value in above)
    for put, spot, strike in ((1, 100, 80), (0, 80, 100), (0, 100, 100), (1, 100, 100)):
        bound = float(strike if put else spot)
        at = (float(spot), float(strike), 0.25, 0.0, 0.0)
        yield from (["ABOVE_BOUND", put, bound * n, *at] for n in (1.0, 1.5))
        wrongs = (0.0, -0.0, -1e-300, -1.0, math.nan, -math.inf)
        yield from (["BAD_INPUT", put, value, *at] for value in wrongs)
        yield ["any", put, math.inf, *at]


def discounted_bounds() -> Iterator[list]:
    """Yield prices a millionth to the side of bounds that rates have moved."""
    for put, rate, carry in product((0, 1), (0.045, -0.02), (0.013, 0.06)):
        spot, strike, years = (80.0, 100.0, 2.0) if put else (100.0, 80.0, 2.0)
        near, far = spot * math.exp(-carry * years), strike * math.exp(-rate * years)
        at = (spot, strike, years, rate, carry)
        yield ["BELOW_INTRINSIC", put, abs(near - far) * (1 - 1e-6), *at]
        yield ["ABOVE_BOUND", put, (far if put else near) * (1 + 1e-6), *at]


def wrong_inputs() -> Iterator[list]:
    nan, inf = math.nan, math.inf
    good = (100.0, 100.0, 0.25, 0.03, 0.01)
    wrongs = ((0.0, -1.0, nan, inf), (0.0, -1.0, nan, inf), (nan,), (nan,), (nan,))
    for put, (place, bad) in product((0, 1), enumerate(wrongs)):
        for value in bad:
            yield ["BAD_INPUT", put, 3.0, *good[:place], value, *good[place + 1 :]]
    for put, years in product((0, 1), (0.0, -0.0, -1e-9, -1.0)):
        yield ["EXPIRED", put, 3.0, 100.0, 90.0, years, 0.03, 0.01]
    for put in (2.0, -1.0, 0.5, nan):
        yield ["BAD_INPUT", put, 3.0, *good]


def main() -> None:
    folder = Path(sys.argv[1])
    inputs = ("put", "spot", "strike", "years", "rate", "carry", "price")
    write(
        folder / "implied.csv",
        (*inputs, "in_the_money", "vol", "slack"),
        hard(1500, 19730502),
    )
    columns = ("reason", "put", "price", "spot", "strike", "years", "rate", "carry")
    write(folder / "bounds.csv", columns, bounds())


if __name__ == "__main__":
    main()
