"""Compare our vols and deltas with those that a vendor wrote into a chain file.

    python scripts/agree_with_vendor.py CHAIN [--as-of T] [--rate R]

Prints median and 95th percentile of the absolute differences, by distance from the money
in standard deviations and by days to expiry, over contracts with a two-sided quote. For a
file without quotes, deltas are computed from the file's own vols.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np

from opentape.cli.arguments import moment_of
from opentape.feeds.chains import read_chain
from opentape.volatility.options import ChainOptions
from opentape.volatility.surface import solve

DISTANCES = (0.0, 0.5, 1.0, 2.0, 4.0, np.inf)
TENORS = (0, 8, 15, 31, 61, 181, 10_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chain", type=Path, nargs="+")
    parser.add_argument("--as-of", type=moment_of)
    parser.add_argument("--rate", type=float, default=ChainOptions().rate)
    parser.add_argument("--spot", type=float)
    asked = parser.parse_args()
    chain = read_chain(asked.chain, as_of_ns=asked.as_of, spot=asked.spot).chain
    surface = solve(chain, ChainOptions(rate=asked.rate))
    compared = surface.usable & np.isfinite(chain.vendor_delta) & (chain.vendor_iv > 0)
    years = surface.each(surface.slices.years)
    away = np.log(chain.strike / surface.each(surface.slices.forward))
    with np.errstate(invalid="ignore"):
        distance = np.abs(away) / (surface.vol * np.sqrt(years))
    out = np.where(chain.put, away <= 0, away > 0)
    vols = np.abs(surface.vol - chain.vendor_iv)
    deltas = np.abs(surface.greeks.delta - chain.vendor_delta)

    def line(title: str, rows: np.ndarray) -> None:
        rows = rows & compared
        if rows.any():
            parts = [np.percentile(x[rows], at) for x in (vols, deltas) for at in (50, 95)]
            shown = "  ".join(f"{part:8.4f}" for part in parts)
            print(f"{title:<34}{rows.sum():>7}  {shown}")

    print(f"{'':<34}{'rows':>7}  {'iv p50':>8}  {'iv p95':>8}  {'d p50':>8}  {'d p95':>8}")
    line("all", compared)
    for side, mine in (("out of the money", out), ("in the money", ~out)):
        for low, high in pairwise(DISTANCES):
            title = f"{side}, {low:g} to {high:g} sd"
            line(title, mine & (distance >= low) & (distance < high))
    for low, high in pairwise(TENORS):
        days = years * 365
        line(f"{low} to {high} days", (days >= low) & (days < high))


if __name__ == "__main__":
    main()
