"""American prices and vols a second, and how far off, beside QuantLib's engines.

The hot path of a chain of single names and ETFs. Reference prices are the golden table's;
rivals are given one process whose quotes move, scaled to one year, so that what is timed
is their method.
"""

import argparse
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import QuantLib as ql  # noqa: N813 - as its own documents call it

from opentape.pricing import american
from options import Engine, one_core, per_second, say, table, taking_turns, versions

ROWS = 20_000
SLOW, SLOWEST = 2_000, 200
INPUTS = ("put", "spot", "strike", "years", "rate", "carry")
TODAY = ql.Date(2, 1, 2025)
TOLD = 0.01


class Americans(NamedTuple):
    """American options whose prices are known."""

    put: np.ndarray
    spot: np.ndarray
    strike: np.ndarray
    years: np.ndarray
    rate: np.ndarray
    carry: np.ndarray
    vol: np.ndarray
    price: np.ndarray

    @property
    def rows(self) -> int:
        """Return how many there are."""
        return self.put.size

    def few(self, rows: int) -> "Americans":
        """Return the first rows: the table repeats."""
        return Americans(*(column[:rows] for column in self))


def known(rows: int) -> Americans:
    """Return the golden options whose prices tell their vols, as often as it takes."""
    golden = table("american.csv")
    columns = [golden[name] for name in Americans._fields]
    vega = american.greeks(*columns[:7]).vega
    told = vega * golden["vol"] > TOLD * np.maximum(golden["spot"], golden["strike"])
    return Americans(*(np.resize(column[told], rows) for column in columns))


def ours(o: Americans) -> np.ndarray:
    return american.price(*o[:7])


def our_greeks(o: Americans) -> np.ndarray:
    return american.greeks(*o[:7]).price


def our_vols(o: Americans) -> np.ndarray:
    return american.solve(o.put, o.price, *o[1:6]).vol


class Desk:
    """QuantLib's objects, made once; quotes move from option to option."""

    def __init__(self) -> None:
        ql.Settings.instance().evaluationDate = TODAY
        clock = ql.Actual365Fixed()
        self.quotes = [ql.SimpleQuote(x) for x in (100.0, 0.0, 0.0, 0.2)]
        spot, rate, carry, vol = (ql.QuoteHandle(quote) for quote in self.quotes)
        curves = [
            ql.YieldTermStructureHandle(ql.FlatForward(TODAY, quote, clock))
            for quote in (carry, rate)
        ]
        surface = ql.BlackConstantVol(TODAY, ql.NullCalendar(), vol, clock)
        held = ql.BlackVolTermStructureHandle(surface)
        self.process = ql.BlackScholesMertonProcess(spot, *curves, held)
        self.exercise = ql.AmericanExercise(TODAY, TODAY + 365)

    def ask(
        self, make: Callable[[ql.BlackScholesMertonProcess], object], o: Americans
    ) -> np.ndarray:
        """Return the price of every option by one engine."""
        engine = make(self.process)
        found = np.full(o.rows, math.nan)
        for place, row in enumerate(zip(*(c.tolist() for c in o), strict=True)):
            put, spot, strike, years, rate, carry, vol, _ = row
            moved = (spot, rate * years, carry * years, vol * math.sqrt(years))
            for quote, value in zip(self.quotes, moved, strict=True):
                quote.setValue(value)
            kind = ql.Option.Put if put else ql.Option.Call
            option = ql.VanillaOption(ql.PlainVanillaPayoff(kind, strike), self.exercise)
            option.setPricingEngine(engine)
            try:
                found[place] = option.NPV()
            except RuntimeError:
                continue
        return found

    def vols(self, o: Americans) -> np.ndarray:
        """Return the vol of every option, by QuantLib's own search."""
        found = np.full(o.rows, math.nan)
        for place, row in enumerate(zip(*(c.tolist() for c in o), strict=True)):
            put, spot, strike, years, rate, carry, _, price = row
            moved = (spot, rate * years, carry * years)
            for quote, value in zip(self.quotes, moved, strict=False):
                quote.setValue(value)
            kind = ql.Option.Put if put else ql.Option.Call
            option = ql.VanillaOption(ql.PlainVanillaPayoff(kind, strike), self.exercise)
            try:
                sd = option.impliedVolatility(price, self.process, 1e-8, 200, 1e-4, 9.0)
            except RuntimeError:
                continue
            found[place] = sd / math.sqrt(years)
        return found


def rivals(desk: Desk, rows: int) -> list[Engine]:
    """Return QuantLib's ways to price, the exact one last."""

    def lattice(process: object) -> object:
        return ql.BinomialLRVanillaEngine(process, 101)

    def exact(process: object) -> object:
        return ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.highPrecisionScheme())

    made = {
        "QuantLib, Barone-Adesi and Whaley": (
            ql.BaroneAdesiWhaleyApproximationEngine,
            SLOW,
        ),
        "QuantLib, QD+": (ql.QdPlusAmericanEngine, SLOW),
        "QuantLib, QD-FP fast": (ql.QdFpAmericanEngine, SLOW),
        "QuantLib, Leisen-Reimer 101": (lattice, SLOWEST),
        "QuantLib, QD-FP high precision": (exact, SLOWEST),
    }
    found = []
    for name, (make, most) in made.items():

        def work(o: Americans, make: Callable[..., object] = make) -> np.ndarray:
            return desk.ask(make, o)

        found.append(Engine(name, 1, work, min(rows, most)))
    return found


def line(engine: Engine, own: Americans, seconds: list[float], off: np.ndarray) -> dict:
    return {
        "engine": engine.name,
        "threads": engine.threads,
        "per_second": per_second(own.rows, seconds),
        "worst": float(np.nanmax(off)),
        "median": float(np.nanmedian(off)),
        "none": int(np.isnan(off).sum()),
        "rows": own.rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    rows, desk, options = asked.rows, Desk(), known(asked.rows)
    pricing = [
        Engine("opentape, one core", 1, one_core(ours), rows),
        Engine("opentape, two cores", 2, ours, rows),
        Engine("opentape, with greeks, one core", 1, one_core(our_greeks), rows),
        *rivals(desk, rows),
    ]
    prices = []
    for engine, own, seconds, price in taking_turns(pricing, options, asked.runs):
        off = np.abs(price - own.price) / np.maximum(own.spot, own.strike)
        prices.append(line(engine, own, seconds, off))
    solving = [
        Engine("opentape, one core", 1, one_core(our_vols), rows),
        Engine("opentape, two cores", 2, our_vols, rows),
        Engine("QuantLib, impliedVolatility", 1, desk.vols, 20),
    ]
    vols = []
    for engine, own, seconds, vol in taking_turns(solving, options, asked.runs):
        vols.append(line(engine, own, seconds, np.abs(vol - own.vol) / own.vol))
    say(prices=prices, vols=vols, versions=versions("QuantLib", "numpy", "numba"))


if __name__ == "__main__":
    main()
