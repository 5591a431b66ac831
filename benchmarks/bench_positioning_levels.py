"""How long a chain takes to become exposures and levels, and one change of it.

The hot path of a live server: 5,240 contracts, gamma repriced at about 200 spots for the
flip, walls, max pain, pin risk; and one contract's open interest that changes while prints
come in. The rivals reprice the same gamma surface and nothing else.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import fast_vollib
import numpy as np

from opentape.positioning.book import Book
from opentape.positioning.options import FlipOptions, LevelOptions
from opentape.positioning.positions import Positions
from opentape.pricing import bsm
from options import CARRY, RATE, SPOT, chain, letters, say, versions

SPAN = 0.25
"""With steps of 0.25 % these are 201 spots."""
SEED = 5
CHANGES = 2_000
FLOOR = 30 / (365 * 24 * 60)
HOURS = 3.0


def positions() -> Positions:
    o = chain()
    rng = np.random.default_rng(SEED)
    near = np.exp(-((np.log(o.strike / SPOT) / 0.1) ** 2))
    oi = np.floor(rng.gamma(0.7, 3_000.0, o.rows) * near)
    delta, gamma = bsm.delta_gamma(*o[:6], o.vol)
    hundred = np.full(o.rows, 100.0)
    dte = np.floor(o.years * 365.0).astype(np.int64)
    every = np.ones(o.rows, np.bool_)
    return Positions(
        o.put > 0, o.strike, dte, o.years, oi, oi / 3.0, hundred, o.vol, delta, gamma,
        o.rate, o.carry, every,
    )  # fmt: skip


def snapshot(held: Positions) -> Book:
    """Return a book of which everything was asked."""
    book = Book(held, SPOT, LevelOptions(flip=FlipOptions(span=SPAN)))
    book.totals()
    book.levels()
    book.pain()
    book.pin(HOURS)
    book.flip()
    return book


def signed_shares(held: Positions) -> np.ndarray:
    return np.where(held.put, -1.0, 1.0) * held.oi * held.multiplier


def by_numpy(held: Positions, spots: np.ndarray) -> np.ndarray:
    """Return the gamma profile by whole matrices."""
    years = np.maximum(held.years, FLOOR)[:, None]
    sd = held.vol[:, None] * np.sqrt(years)
    d1 = (np.log(spots / held.strike[:, None]) + (RATE - CARRY) * years) / sd + sd / 2
    gamma = np.exp(-CARRY * years - d1 * d1 / 2) / (np.sqrt(2 * np.pi) * spots * sd)
    return signed_shares(held) @ gamma * spots**2 * 0.01


def by_fast_vollib(held: Positions, spots: np.ndarray) -> np.ndarray:
    """Return the gamma profile by the rival's gamma, all pairs in one call."""
    shape = (held.strike.size, spots.size)

    def wide(column: np.ndarray) -> np.ndarray:
        return np.broadcast_to(column[:, None], shape).ravel()

    flags = wide(letters(held.put))
    years = wide(np.maximum(held.years, FLOOR))
    gamma = fast_vollib.vectorized_gamma(
        flags, np.broadcast_to(spots, shape).ravel(), wide(held.strike), years, RATE,
        wide(held.vol), CARRY, model="black_scholes_merton", return_as="numpy",
        backend="numba",
    ).reshape(shape)  # fmt: skip
    return signed_shares(held) @ gamma * spots**2 * 0.01


def median_of(work: Callable[[], object], runs: int) -> float:
    work()
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def changes(book: Book, *, asking: bool) -> float:
    """Return the median seconds of one change of open interest."""
    rng = np.random.default_rng(SEED)
    places = rng.integers(0, book.positions.strike.size, CHANGES).tolist()
    sizes = rng.integers(1, 20_000, CHANGES).astype(float).tolist()
    seconds = []
    for place, size in zip(places, sizes, strict=True):
        began = time.perf_counter()
        book.set_oi(place, size)
        if asking:
            book.totals()
            book.levels()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # the rival hands Numba arrays it may not write to
    held = positions()
    book = snapshot(held)
    flip = book.flip(weighted=False)
    spots = np.asarray(flip.spots)
    peak = float(np.abs(flip.profile).max())
    apart = {
        name: float(np.abs(work(held, spots) - flip.profile).max()) / peak
        for name, work in (("numpy", by_numpy), ("fast-vollib", by_fast_vollib))
    }
    few = max(3, asked.runs // 5)
    say(
        contracts=held.strike.size,
        spots=spots.size,
        flip=flip.level,
        snapshot_ms=median_of(lambda: snapshot(held), asked.runs) * 1e3,
        profile_ms=median_of(book.flip, asked.runs) * 1e3,
        numpy_ms=median_of(lambda: by_numpy(held, spots), few) * 1e3,
        fast_vollib_ms=median_of(lambda: by_fast_vollib(held, spots), few) * 1e3,
        apart=apart,
        change_us=changes(book, asking=False) * 1e6,
        change_and_levels_us=changes(book, asking=True) * 1e6,
        versions=versions("fast-vollib", "numpy", "numba"),
    )


if __name__ == "__main__":
    main()
