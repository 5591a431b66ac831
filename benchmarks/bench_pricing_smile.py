"""How long the smiles of a whole chain take to fit, and whether they hold arbitrage.

The hot path of a surface: 5,240 noisy vols of ten expiries. The rival is what is usually
done: raw SVI by scipy's least squares, one expiry at a time, nothing held.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from opentape.pricing import bsm
from opentape.pricing.smile.arbitrage import (
    PUBLISHED,
    calendar_violations,
    dense_grid,
    slice_violations,
)
from opentape.pricing.smile.surface import Slice, fit_surface
from opentape.pricing.smile.svi import Svi, total_variance, vol
from options import Options, chain, say, versions

NOISE = 0.003
"""What a mid is off, in vol, at the money; in the wings more."""
SEED = 11


def slices(o: Options) -> list[Slice]:
    """Return the points of every expiry: out of the money, with vega and noise."""
    rng = np.random.default_rng(SEED)
    vega = bsm.greeks(o.put, o.spot, o.strike, o.years, o.rate, o.carry, o.vol).vega
    found = []
    for years in np.unique(o.years):
        rows = (o.years == years) & (vega > 0)
        k = np.log(o.strike / o.forward)[rows]
        shape = 1.0 + np.abs(k) / math.sqrt(years)
        seen = o.vol[rows] + NOISE * shape * rng.standard_normal(k.size)
        found.append(Slice(k, np.maximum(seen, 0.01) ** 2 * years, vega[rows], years))
    return found


def ours(given: list[Slice]) -> list[Svi | None]:
    return [fitted.svi for fitted in fit_surface(given)]


def plain(given: list[Slice]) -> list[Svi | None]:
    """Return what least squares gives when nothing is held but the signs."""
    found = []
    for one in given:
        root = np.sqrt(one.weight / one.weight.max())
        deviation = np.sqrt(one.total_variance)

        def miss(
            p: np.ndarray,
            one: Slice = one,
            root: np.ndarray = root,
            sd: np.ndarray = deviation,
        ) -> np.ndarray:
            w = total_variance(Svi(*p), one.k)
            return root * (np.sqrt(np.maximum(w, 1e-12)) - sd)

        level = float(np.median(one.total_variance))
        start = (level / 2, level, -0.5, 0.0, math.sqrt(level))
        low = (-np.inf, 0.0, -0.999, -2.0, 1e-4)
        high = (np.inf, 10.0, 0.999, 2.0, 5.0)
        found.append(Svi(*least_squares(miss, start, bounds=(low, high)).x))
    return found


def faults(fits: list[Svi | None]) -> dict[str, int]:
    """Return on how many slices, and pairs of neighbours, arbitrage is found."""
    there = [svi for svi in fits if svi is not None]
    pairs = list(pairwise(there))
    dense = dense_grid(there)
    return {
        "absent": len(fits) - len(there),
        "butterfly_published": sum(bool(slice_violations(s, PUBLISHED)) for s in there),
        "butterfly_dense": sum(bool(slice_violations(s, dense)) for s in there),
        "calendar_published": sum(bool(calendar_violations(*p, PUBLISHED)) for p in pairs),
        "calendar_dense": sum(bool(calendar_violations(*p, dense)) for p in pairs),
    }


def error(given: list[Slice], fits: list[Svi | None]) -> float:
    """Return the weighted error of vol over all expiries that are there."""
    total = weight = 0.0
    for one, svi in zip(given, fits, strict=True):
        if svi is not None:
            seen = np.sqrt(one.total_variance / one.years)
            off = vol(svi, one.k, one.years) - seen
            total += float(np.nansum(one.weight * off * off))
            weight += float(one.weight.sum())
    return math.sqrt(total / weight)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    given = slices(chain())
    works: dict[str, Callable[[list[Slice]], list[Svi | None]]] = {
        "opentape": ours,
        "scipy least_squares": plain,
    }
    fits = {name: work(given) for name, work in works.items()}
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(asked.runs):
        for name, work in works.items():
            began = time.perf_counter()
            work(given)
            seconds[name].append(time.perf_counter() - began)
    found = [
        {
            "engine": name,
            "ms": statistics.median(seconds[name]) * 1e3,
            "rmse": error(given, fits[name]),
            **faults(fits[name]),
        }
        for name in works
    ]
    points = sum(one.k.size for one in given)
    say(
        found=found, points=points, expiries=len(given), versions=versions("scipy", "numpy")
    )


if __name__ == "__main__":
    main()
