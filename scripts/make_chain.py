"""Make a chain that looks like a snapshot of an ETF: a stand-in for a vendor's file.

Expiries and strikes are those that `make_tape.py` lists for the same day. Vols come from
one surface, quotes lie on the cent grid around American values, open interest is
heavy-tailed and likes round strikes and monthlies. Some far quotes have no bid, a few are
crossed. None of it ever traded; the same seed gives the same bytes.
"""

# ruff: noqa: PLR2004 - the numbers are what the chain is made of

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from opentape.pricing import american

DATE = dt.date(2026, 9, 16)
TIME = dt.time(15, 30)
ROOT, SPOT = "SPY", 652.40
RATE, CARRY = 0.043, 0.012
WING = 75
CLOSE = dt.time(16, 0)
NEW_YORK = ZoneInfo("America/New_York")


def make_chain(
    seed: int = 7, *, date: dt.date = DATE, time: dt.time = TIME, spot: float = SPOT
) -> pa.Table:
    """Return a chain in the columns of the format, by expiry, strike and right."""
    rng = np.random.Generator(np.random.PCG64(seed))
    days, strike, put = listed(date, spot)
    now = dt.datetime.combine(date, time, NEW_YORK)
    close = dt.datetime.combine(date, CLOSE, NEW_YORK)
    years = (days + (close - now) / dt.timedelta(days=1)) / 365
    forward = spot * np.exp((RATE - CARRY) * years)
    vol = smile(np.log(strike / forward), years) * np.exp(rng.normal(0, 0.002, days.size))
    fair = american.price(put, spot, strike, years, RATE, CARRY, vol)
    bid, ask = quotes(fair, rng)
    held = open_interest(days, strike, put, spot, rng)
    volume = (held * rng.beta(0.5, 4, held.size)).astype(np.int64)
    dates = np.datetime64(date) + days
    return pa.table(
        {
            "root": pa.array(np.full(days.size, ROOT)).dictionary_encode(),
            "expiry": pa.array(dates.astype("datetime64[D]")),
            "strike": strike,
            "right": pa.array(np.where(put, "P", "C")).dictionary_encode(),
            "bid": bid,
            "ask": ask,
            "last": np.round(
                np.maximum(fair * np.exp(rng.normal(0, 0.03, fair.size)), 0.01), 2
            ),
            "volume": volume,
            "open_interest": held,
            "bid_size": 1 + (rng.pareto(1.2, days.size) * 20).astype(np.int64),
            "ask_size": 1 + (rng.pareto(1.2, days.size) * 20).astype(np.int64),
            "spot": np.full(days.size, spot),
            "as_of": pa.array(
                np.full(days.size, int(now.timestamp()) * 1_000_000_000),
                pa.timestamp("ns", tz="UTC"),
            ),
        }
    )


def expiries(date: dt.date) -> list[int]:
    """Return days to each listed expiry: dailies, weeklies, monthlies and LEAPS."""
    ahead = [date + dt.timedelta(days) for days in range(1_200)]
    thirds = [d for d in ahead if d.weekday() == 4 and 15 <= d.day <= 21]
    chosen = {d for d in ahead[:14] if d.weekday() < 5}
    chosen |= set([d for d in ahead if d.weekday() == 4][:8]) | set(thirds[:12])
    chosen |= set([d for d in thirds if d.month == 1][:3])
    return sorted((d - date).days for d in chosen)


def listed(date: dt.date, spot: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return days to expiry, strike and whether it is a put, one row a contract."""
    days, strikes = [], []
    for day in expiries(date):
        pitch = (1.0, 2.0, 5.0)[np.searchsorted((15, 70), day)]
        grid = round(spot / pitch) * pitch + pitch * np.arange(-WING, WING + 1)
        days.append(np.full(grid.size, day))
        strikes.append(grid)
    days, strikes = np.concatenate(days), np.concatenate(strikes)
    put = np.tile([False, True], days.size)
    return np.repeat(days, 2), np.repeat(strikes, 2), put


def smile(k: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return vols of a surface that skews as SSVI does, a little dearer further out."""
    atm = 0.128 + 0.03 * (1 - np.exp(-2.2 * years))
    theta = atm * atm * years
    phi = 1.1 / np.sqrt(theta * (1 + theta))
    rho = -0.62
    w = theta / 2 * (1 + rho * phi * k + np.sqrt((phi * k + rho) ** 2 + 1 - rho * rho))
    return np.sqrt(w / years)


def quotes(fair: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return bids and asks: whole cents, wider for dearer contracts, a few of them odd."""
    half = 0.005 + 0.004 * np.sqrt(fair) * (0.5 + rng.random(fair.size)) + 0.0006 * fair
    bid = np.maximum(np.floor(100 * (fair - half)) / 100, 0.0)
    ask = np.maximum(np.ceil(100 * (fair + half)) / 100, 0.01)
    odd = rng.random(fair.size)
    crossed = (odd < 0.001) & (bid > 0.05)
    return np.where(crossed, ask + 0.01, bid), ask


def open_interest(
    days: np.ndarray,
    strike: np.ndarray,
    put: np.ndarray,
    spot: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return contracts: most at round strikes, out of the money, in monthlies."""
    away = np.log(strike / spot) / (0.15 * np.sqrt((days + 2) / 365))
    out = np.where(put, -away, away)
    level = 6.4 - 0.5 * (out - 0.9) ** 2 * np.where(out < 0.9, 1.2, 0.5)
    level += np.where(strike % 10 == 0, 1.5, np.where(strike % 5 == 0, 0.8, 0.0))
    level += np.where(put, 0.35, 0.0) + np.where(np.isin(days, (2, 30)), 1.1, 0.0)
    level += rng.normal(0, 0.9, days.size)
    return np.where(level > 1.0, np.exp(np.minimum(level, 11.5)), 0.0).astype(np.int64)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--date", type=dt.date.fromisoformat, default=DATE)
    parser.add_argument("--time", type=dt.time.fromisoformat, default=TIME)
    parser.add_argument("--spot", type=float, default=SPOT)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args(arguments)
    chain = make_chain(asked.seed, date=asked.date, time=asked.time, spot=asked.spot)
    pq.write_table(chain, asked.out, compression="zstd")
    print(f"{chain.num_rows:,} contracts in {asked.out}")


if __name__ == "__main__":
    main()
