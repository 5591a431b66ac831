"""Make american.csv and american_dividends.csv with QuantLib.

Continuous carry: the fixed point of Andersen, Lake and Offengenden with many nodes, by its
equation B, beside its equation A and beside finite differences. Cash dividends: finite
differences with the spot jumping by the cash, on two grids, extrapolated. A price depends
on the years only through rate x years, carry x years and vol x sqrt(years), so QuantLib is
always asked about one year. Run as
``python scripts/golden/american.py tests/golden/pricing``.
"""

# ruff: noqa: FBT003, N813, PLR2004 - QuantLib asks for them; numbers stand for themselves

import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import QuantLib as ql
from closed_form import write

TODAY = ql.Date(2, 1, 2025)
CLOCK = ql.Actual365Fixed()
YEARS = (6.5 / 8760, 1 / 365, 7 / 365, 30 / 365, 0.25, 0.5, 1.0, 2.0, 3.0)
VOLS = (0.05, 0.12, 0.2, 0.35, 0.7, 1.5)
RATES = (
    (0.045, 0.013), (0.045, 0.0), (0.02, 0.06), (0.0, 0.05), (0.1, 0.1), (0.0, 0.0),
    (0.12, 0.02), (-0.01, 0.0),
)  # fmt: skip
SDS = (0.0, 0.4, -0.4, 1.0, -1.0, 2.0, -2.0)
NODES = ql.QdFpTanhSinhIterationScheme(16, 48, 1e-13)
GRIDS = ((800, 1601), (1600, 3201))
DIVIDEND_GRIDS = ((1600, 3201), (3200, 6401))
"""Steps in time and points in spot, coarse and fine."""
STEP = 0.02
"""The step of differences in spot, in standard deviations of its logarithm."""
NEAR = 1e-8
"""Time value, in parts of spot or strike, that the fixed point cannot tell from none."""


class Point(NamedTuple):
    """What an option is and where it is looked at."""

    put: int
    spot: float
    strike: float
    years: float
    rate: float
    carry: float
    vol: float


class Asked:
    """A point in QuantLib's terms, scaled to one year."""

    def __init__(self, point: Point) -> None:
        self.point = point
        self.quote = ql.SimpleQuote(point.spot)
        years = point.years
        sd = point.vol * math.sqrt(years)
        surface = ql.BlackConstantVol(TODAY, ql.NullCalendar(), sd, CLOCK)
        self.process = ql.BlackScholesMertonProcess(
            ql.QuoteHandle(self.quote),
            _flat(point.carry * years),
            _flat(point.rate * years),
            ql.BlackVolTermStructureHandle(surface),
        )
        kind = ql.Option.Put if point.put else ql.Option.Call
        payoff = ql.PlainVanillaPayoff(kind, point.strike)
        exercise = ql.AmericanExercise(TODAY, TODAY + 365)
        self.option = ql.VanillaOption(payoff, exercise)

    def by_fixed_point(self, equation: int, spot: float) -> float:
        """Return the price at a spot, NaN where the method does not converge."""
        engine = ql.QdFpAmericanEngine(self.process, NODES, equation)
        self.option.setPricingEngine(engine)
        self.quote.setValue(spot)
        try:
            return self.option.NPV()
        except RuntimeError:
            return math.nan

    def by_grid(
        self, steps: int, points: int, dividends: list[tuple[int, float]]
    ) -> np.ndarray:
        """Return price, delta and gamma by finite differences."""
        dates = [TODAY + day for day, _ in dividends]
        paid = ql.DividendVector(dates, [cash for _, cash in dividends])
        scheme = ql.FdmSchemeDesc.CrankNicolson()
        engine = ql.FdBlackScholesVanillaEngine(
            self.process, paid, steps, points, 4, scheme, False, -1.0,
            ql.FdBlackScholesVanillaEngine.Spot,
        )  # fmt: skip
        self.quote.setValue(self.point.spot)
        self.option.setPricingEngine(engine)
        option = self.option
        return np.array([option.NPV(), option.delta(), option.gamma()])


def _flat(rate: float) -> ql.YieldTermStructureHandle:
    curve = ql.FlatForward(TODAY, rate, CLOCK, ql.Continuous)
    return ql.YieldTermStructureHandle(curve)


def differences(asked: Asked) -> tuple[float, float, float]:
    """Return price, delta and gamma by the fixed point and central differences.

    Greeks are NaN where the early exercise boundary lies among the points.
    """
    point = asked.point
    h = STEP * point.spot * point.vol * math.sqrt(point.years)
    spots = [point.spot + n * h for n in range(-2, 3)]
    values = [asked.by_fixed_point(ql.QdFpAmericanEngine.FP_B, spot) for spot in spots]
    sign = -1 if point.put else 1
    least = NEAR * max(point.spot, point.strike)
    pairs = zip(values, spots, strict=True)
    held = [value - sign * (spot - point.strike) > least for value, spot in pairs]
    a, b, c, d, e = values
    if not any(held):
        return c, float(sign), 0.0
    if not all(held):
        return c, math.nan, math.nan
    delta = (a - 8 * b + 8 * d - e) / (12 * h)
    gamma = (-a + 16 * b - 30 * c + 16 * d - e) / (12 * h * h)
    return c, delta, gamma


def points(rows: int, seed: int) -> list[Point]:
    rng = np.random.default_rng(seed)
    found = []
    for n in range(rows):
        years, vol = YEARS[n % len(YEARS)], VOLS[n // len(YEARS) % len(VOLS)]
        rate, carry = RATES[int(rng.integers(len(RATES)))]
        spot = (100.0, 581.25, 42.5)[n % 3]
        away = SDS[int(rng.integers(len(SDS)))] * vol * math.sqrt(years)
        strike = float(f"{spot * math.exp(away):.6g}")
        found.append(Point(int(rng.random() < 0.6), spot, strike, years, rate, carry, vol))
    return found


def continuous(rows: int) -> list[list[float]]:
    """Return rows of american.csv that two equations and a grid agree on."""
    found = []
    for point in points(rows, 19731026):
        asked = Asked(point)
        value, delta, gamma = differences(asked)
        other = asked.by_fixed_point(ql.QdFpAmericanEngine.FP_A, point.spot)
        coarse, fine = (asked.by_grid(*grid, []) for grid in GRIDS)
        extrapolated = 2 * fine - coarse
        found.append([
            *point, value, delta, gamma, float(other), *map(float, extrapolated),
            float(f"{abs(fine[0] - coarse[0]):.3g}"),
        ])  # fmt: skip
    return found


def with_dividends(rows: int) -> list[list[object]]:
    """Return rows of american_dividends.csv."""
    rng = np.random.default_rng(19770331)
    found = []
    for n, drawn in enumerate(points(4 * rows, 20040817)):
        if drawn.years < 7 / 365 or drawn.rate < 0 or len(found) == rows:
            continue
        point = drawn._replace(carry=0.0) if n % 3 else drawn
        count = int(rng.integers(1, 5))
        days = sorted(rng.choice(np.arange(5, 360), count, replace=False).tolist())
        cash = [round(point.spot * float(rng.uniform(0.001, 0.02)), 2) for _ in days]
        asked = Asked(point)
        paid = list(zip(days, cash, strict=True))
        coarse, fine = (asked.by_grid(*grid, paid) for grid in DIVIDEND_GRIDS)
        times = [day / 365 * point.years for day in days]
        extrapolated = (2 * fine - coarse).tolist()
        apart = [float(f"{x:.3g}") for x in np.abs(fine - coarse).tolist()]
        texts = (" ".join(map(repr, column)) for column in (times, cash))
        found.append([*point, *texts, *extrapolated, *apart])
    return found


def main() -> None:
    ql.Settings.instance().evaluationDate = TODAY
    folder = Path(sys.argv[1])
    answers = ("price", "delta", "gamma")
    by_grid = ("grid_price", "grid_delta", "grid_gamma", "grid_apart")
    columns = (*Point._fields, *answers, "equation_a", *by_grid)
    write(folder / "american.csv", columns, continuous(200))
    columns = (*Point._fields, "dividend_years", "dividend_cash", *answers)
    columns += tuple(f"{name}_apart" for name in answers)
    write(folder / "american_dividends.csv", columns, with_dividends(60))


if __name__ == "__main__":
    main()
