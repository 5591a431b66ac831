"""Make european.csv and black76.csv: prices and greeks, and the slack of each.

Run as ``python scripts/golden/european.py tests/golden/pricing``.
"""

# ruff: noqa: N813, PLR2004 - formulas have many inputs

import math
import sys
from functools import partial
from pathlib import Path

import mpmath as mp
import numpy as np
import QuantLib as ql
from closed_form import DERIVATIVES, INPUTS, check, exactly, greeks, slack, write

NAMES = ("price", *DERIVATIVES, "lambda")
YEARS = (1 / 8760, 1 / 365, 7 / 365, 30 / 365, 0.25, 1.0, 3.0, 10.0)
VOLS = (0.01, 0.08, 0.2, 0.5, 1.2, 5.0)
SDS = (0.0, 0.25, -0.25, 1.0, -1.0, 2.5, -2.5, 5.0, -5.0, 8.0, -8.0)
RATES = (
    (0.045, 0.013),
    (0.0, 0.0),
    (-0.02, 0.0),
    (0.03, 0.06),
    (-0.01, -0.03),
    (0.2, 0.01),
)
FAR = 7.0
"""The largest ln(strike / forward): 8 standard deviations can be beyond any strike."""


def corners(rows: int, seed: int) -> list[tuple[float, ...]]:
    """Return inputs: every pair of tenor and vol in turn, the rest drawn."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(rows):
        years = YEARS[n % len(YEARS)]
        vol = VOLS[n // len(YEARS) % len(VOLS)]
        if rng.random() < 0.5:
            years = float(np.exp(rng.uniform(math.log(1 / 8760), math.log(10.0))))
            vol = round(float(np.exp(rng.uniform(math.log(0.01), math.log(5.0)))), 6)
        rate, carry = RATES[int(rng.integers(len(RATES)))]
        spot = (100.0, 580.0, 4.2, 6300.5)[int(rng.integers(4))]
        sd = SDS[int(rng.integers(len(SDS)))] if n % 3 else rng.uniform(-8.0, 8.0)
        away = max(-FAR, min(FAR, sd * vol * math.sqrt(years)))
        strike = spot * math.exp((rate - carry) * years + away)
        strike = spot if sd == 0.0 and n % 2 else float(f"{strike:.7g}")
        found.append((float(n % 2), spot, strike, years, rate, carry, vol))
    return found


def spot_rows() -> list[list[float]]:
    rows = [(0.0, 580.0, 580.0, 30 / 365, 0.045, 0.013, 0.18), *corners(399, 20151224)]
    return [_row(row, greeks) for row in rows]


def _row(row: tuple[float, ...], formulas, checking=check) -> list[float]:
    put, *numbers = row
    at = tuple(exactly(x) for x in numbers)
    found = formulas(int(put), *at)
    checking(int(put), at, found)
    give = slack(partial(formulas, int(put)), at)
    answers = [float(found[name]) for name in NAMES]
    return [int(put), *numbers, *answers, *(f"{float(give[n]):.2e}" for n in NAMES)]


# ---- Black-76: the forward in place of the spot, which does not move with the rate


def forward_greeks(put: int, f: mp.mpf, k: mp.mpf, t: mp.mpf, r: mp.mpf, v: mp.mpf):
    """Return price and greeks by the forward: the spot formulas with carry = rate.

    The forward is held while the rate moves, so that the rate only discounts.
    """
    found = greeks(put, f, k, t, r, r, v)
    return found | {"rho": -t * found["price"]}


def check_forward(put: int, at: tuple[mp.mpf, ...], found: dict[str, mp.mpf]) -> None:
    """Raise where QuantLib or the derivative of the price disagree with a formula."""
    f, k, t, r, v = at
    check(put, (f, k, t, r, r, v), greeks(put, f, k, t, r, r, v))
    payoff = ql.PlainVanillaPayoff(ql.Option.Put if put else ql.Option.Call, float(k))
    sd, discount = float(v * mp.sqrt(t)), float(mp.exp(-r * t))
    theirs = ql.BlackCalculator(payoff, float(f), sd, discount)
    same = {
        "price": theirs.value(),
        "delta": theirs.deltaForward(),
        "gamma": theirs.gammaForward(),
        "vega": theirs.vega(float(t)),
        "dual_delta": theirs.strikeSensitivity(),
    }
    if found["price"] > max(f, k) * 1e-5:  # below, QuantLib's price has cancelled away
        same["lambda"] = theirs.elasticityForward()
    scale = float(max(f, k)) * 1e-12
    for name, value in same.items():
        ours = float(found[name])
        if not math.isclose(ours, value, rel_tol=1e-8, abs_tol=scale):
            raise ArithmeticError(f"{name} at {at}: {ours} is not QuantLib's {value}")


def forward_rows() -> list[list[float]]:
    rows = [(p, s, k, t, r, v) for p, s, k, t, r, _, v in corners(160, 20250925)]
    return [_row(row, forward_greeks, check_forward) for row in rows]


def main() -> None:
    folder = Path(sys.argv[1])
    answers = (*NAMES, *(f"{name}_slack" for name in NAMES))
    write(folder / "european.csv", (*INPUTS, *answers), spot_rows())
    inputs = ("put", "forward", "strike", "years", "rate", "vol")
    write(folder / "black76.csv", (*inputs, *answers), forward_rows())


if __name__ == "__main__":
    main()
