"""How many implied vols a second, and how far off, beside the libraries in use.

The hot path of a chain snapshot: every quote becomes a vol. The hard set is what breaks
solvers, the chain set is what a solver sees all day.
"""

import argparse
import math
import tempfile
import warnings
from pathlib import Path

import fast_vollib
import numpy as np
import QuantLib as ql  # noqa: N813 - as its own documents call it
from fast_vollib.jackel import jackel_iv_black
from vollib.black_scholes_merton.implied_volatility import implied_volatility

from opentape.pricing import implied
from options import (
    INPUTS,
    Engine,
    Options,
    chain,
    discount,
    hard,
    letters,
    old_rival,
    one_core,
    per_second,
    say,
    taking_turns,
    versions,
    vol_errors,
)

ROWS = 200_000
SLOW, SLOWEST = 20_000, 2_000
PERTURBED = 1.02
"""A vol of a moment ago: two per cent away."""


def ours(o: Options, guess: np.ndarray | None = None) -> np.ndarray:
    inputs = (o.put, o.price, o.spot, o.strike, o.years, o.rate, o.carry)
    return implied.solve(*inputs, guess=guess).vol


def warm(o: Options) -> np.ndarray:
    return ours(o, o.vol * PERTURBED)


def fast(o: Options) -> np.ndarray:
    return fast_vollib.fast_implied_volatility(
        o.price, o.spot, o.strike, o.years, o.rate, letters(o.put), o.carry,
        model="black_scholes_merton", return_as="numpy", on_error="ignore", backend="numba",
    )  # fmt: skip


def fast_inner(o: Options) -> np.ndarray:
    undiscounted = o.price / discount(o)
    return jackel_iv_black(undiscounted, o.forward, o.strike, o.years, o.put == 0)


def quantlib(o: Options, solver) -> np.ndarray:
    found = np.full(o.rows, math.nan)
    columns = (o.put, o.strike, o.forward, o.price, discount(o), o.years)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for place, (put, strike, forward, price, factor, years) in enumerate(rows):
        kind = ql.Option.Put if put else ql.Option.Call
        try:
            sd = solver(kind, strike, forward, price, factor)
        except RuntimeError:
            continue
        found[place] = sd / math.sqrt(years)
    return found


def quantlib_plain(o: Options) -> np.ndarray:
    return quantlib(o, ql.blackFormulaImpliedStdDev)


def quantlib_lirs(o: Options) -> np.ndarray:
    return quantlib(o, ql.blackFormulaImpliedStdDevLiRS)


def vollib(o: Options) -> np.ndarray:
    found = np.full(o.rows, math.nan)
    columns = [getattr(o, name).tolist() for name in ("price", *INPUTS)]
    for place, (price, put, *given) in enumerate(zip(*columns, strict=True)):
        try:
            found[place] = implied_volatility(price, *given, "p" if put else "c")
        except Exception:  # noqa: BLE001, S112 - it has errors of its own for each bound
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # rivals divide by zero
    np.seterr(all="ignore")
    rows = asked.rows
    engines = [
        Engine("opentape, two cores", 2, ours, rows),
        Engine("opentape, one core", 1, one_core(ours), rows),
        Engine("opentape, warm, two cores", 2, warm, rows),
        Engine("fast-vollib", 2, fast, rows),
        Engine("fast-vollib, jackel_iv_black", 2, fast_inner, rows),
        Engine("QuantLib", 1, quantlib_plain, min(rows, SLOW)),
        Engine("QuantLib, LiRS", 1, quantlib_lirs, min(rows, SLOW)),
        Engine("vollib", 1, vollib, min(rows, SLOWEST)),
    ]
    found = []
    for name, options in (("hard", hard(rows)), ("chain", chain(rows))):
        for engine, own, seconds, vol in taking_turns(engines, options, asked.runs):
            line = {"set": name, "engine": engine.name, "threads": engine.threads}
            line |= {"per_second": per_second(own.rows, seconds), **vol_errors(own, vol)}
            found.append(line)
        line = {"set": name, "engine": "py_vollib_vectorized", "threads": 1}
        old = old_rival("implied", options, asked.runs, asked.work)
        if "answer" in old:
            line |= {"per_second": per_second(options.rows, old["seconds"])}
            line |= vol_errors(options, old["answer"])
        found.append(line | {"why": old.get("why", "")})
    named = versions("fast-vollib", "QuantLib", "vollib", "numpy", "numba")
    say(found=found, versions=named | {"py_vollib_vectorized": "0.1.1"})


if __name__ == "__main__":
    main()
