"""How many options a second get all their greeks, beside the libraries in use.

The hot path of an exposure snapshot. Ours are the price and fifteen greeks; the rivals give
what they have in one call: five or six.
"""

import argparse
import tempfile
import warnings
from pathlib import Path

import fast_vollib
import numpy as np
import QuantLib as ql  # noqa: N813 - as its own documents call it
from vollib.black_scholes_merton.greeks import analytical

from opentape.pricing import bsm
from options import (
    INPUTS,
    Engine,
    Options,
    chain,
    deviation,
    discount,
    letters,
    old_rival,
    one_core,
    per_second,
    say,
    taking_turns,
    versions,
)

ROWS = 400_000
SLOW, SLOWEST = 20_000, 2_000
GIVES = {"opentape": 16, "fast-vollib": 5, "QuantLib": 6, "vollib": 5}


def ours(o: Options) -> np.ndarray:
    return bsm.greeks(o.put, o.spot, o.strike, o.years, o.rate, o.carry, o.vol).delta


def fast(o: Options) -> np.ndarray:
    given = (o.spot, o.strike, o.years, o.rate, o.vol, o.carry)
    return fast_vollib.get_all_greeks(
        letters(o.put),
        *given,
        model="black_scholes_merton",
        return_as="dict",
        backend="numba",
    )["delta"]


def quantlib(o: Options) -> np.ndarray:
    found = np.empty(o.rows)
    columns = (o.put, o.strike, o.forward, deviation(o), discount(o), o.spot, o.years)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for place, (put, strike, forward, sd, factor, spot, years) in enumerate(rows):
        kind = ql.Option.Put if put else ql.Option.Call
        payoff = ql.PlainVanillaPayoff(kind, strike)
        one = ql.BlackCalculator(payoff, forward, sd, factor)
        one.value()
        one.gamma(spot)
        one.vega(years)
        one.theta(spot, years)
        one.rho(years)
        found[place] = one.delta(spot)
    return found


def vollib(o: Options) -> np.ndarray:
    found = np.empty(o.rows)
    columns = [getattr(o, name).tolist() for name in (*INPUTS, "vol")]
    for place, row in enumerate(zip(*columns, strict=True)):
        put, spot, strike, years, rate, carry, vol = row
        given = ("p" if put else "c", spot, strike, years, rate, vol, carry)
        for name in ("gamma", "theta", "vega", "rho"):
            getattr(analytical, name)(*given)
        found[place] = analytical.delta(*given)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    options = chain(asked.rows)
    engines = [
        Engine("opentape, two cores", 2, ours, asked.rows),
        Engine("opentape, one core", 1, one_core(ours), asked.rows),
        Engine("fast-vollib", 2, fast, asked.rows),
        Engine("QuantLib", 1, quantlib, min(asked.rows, SLOW)),
        Engine("vollib", 1, vollib, min(asked.rows, SLOWEST)),
    ]
    found = []
    for engine, own, seconds, delta in taking_turns(engines, options, asked.runs):
        gives = GIVES[engine.name.split(",")[0]]
        apart = float(np.nanmax(np.abs(delta - ours(own))))
        line = {"engine": engine.name, "threads": engine.threads, "gives": gives}
        found.append(line | {"per_second": per_second(own.rows, seconds), "apart": apart})
    old = old_rival("greeks", options, asked.runs, asked.work)
    line = {"engine": "py_vollib_vectorized", "threads": 1, "gives": 5}
    if "answer" in old:
        line |= {"per_second": per_second(options.rows, old["seconds"])}
        line |= {"apart": float(np.nanmax(np.abs(old["answer"] - ours(options))))}
    found.append(line | {"why": old.get("why", "")})
    named = versions("fast-vollib", "QuantLib", "vollib", "numpy", "numba")
    say(found=found, versions=named | {"py_vollib_vectorized": "0.1.1"})


if __name__ == "__main__":
    main()
