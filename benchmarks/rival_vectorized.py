"""py_vollib_vectorized, in an environment of its own: it needs numpy < 2, numba < 0.60.

Called by `options.old_rival` with a job, the options, where the answer goes, and runs.
"""

import json
import sys
import time
import warnings

import numpy as np
from py_vollib_vectorized import get_all_greeks, vectorized_implied_volatility

MODEL = "black_scholes_merton"


def implied(o):
    given = (o["price"], o["spot"], o["strike"], o["years"], o["rate"])
    return vectorized_implied_volatility(
        *given, letters(o), q=o["carry"], model=MODEL, return_as="numpy", on_error="ignore"
    )


def greeks(o):
    given = (o["spot"], o["strike"], o["years"], o["rate"], o["vol"])
    found = get_all_greeks(letters(o), *given, o["carry"], model=MODEL, return_as="dict")
    return found["delta"]


def letters(o):
    return np.where(o["put"] > 0, "p", "c")


def main() -> None:
    job, given, answer, runs = sys.argv[1:]
    warnings.simplefilter("ignore")
    options = dict(np.load(given))
    work = {"implied": implied, "greeks": greeks}[job]
    found = work(options)  # compiles
    seconds = []
    for _ in range(int(runs)):
        began = time.perf_counter()
        found = work(options)
        seconds.append(time.perf_counter() - began)
    np.save(answer, np.asarray(found, np.float64))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
