"""Options that the pricing measurements are made on, and the clock they share.

Two sets. `hard` is the golden table of prices whose vols are hard to find, over and over.
`chain` is a whole chain: ten expiries from half a day to two years, 262 strikes each, both
rights, a smile in every expiry; its prices come from vols that are known.
"""

import csv
import importlib
import json
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "golden" / "pricing"
INPUTS = ("put", "spot", "strike", "years", "rate", "carry")
DAYS = (0.5, 1.5, 3.0, 7.0, 14.0, 30.0, 61.0, 122.0, 270.0, 730.0)
SPOT, RATE, CARRY = 580.0, 0.045, 0.013
STRIKES = 262
TOLD = 2.5e-14
"""How well a price must tell its vol, relative, for an error to be the solver's."""
WRONG = 1e-6
"""An error of vol, relative, that nobody would call one of rounding."""
WORTHLESS = 1e-10


class Options(NamedTuple):
    """European options whose vols are known."""

    put: np.ndarray
    spot: np.ndarray
    strike: np.ndarray
    years: np.ndarray
    rate: np.ndarray
    carry: np.ndarray
    price: np.ndarray
    vol: np.ndarray
    told: np.ndarray
    """At or out of the money, and the price determines the vol."""

    @property
    def rows(self) -> int:
        """Return how many there are."""
        return self.put.size

    @property
    def forward(self) -> np.ndarray:
        """Return the price of the underlying at expiry."""
        return self.spot * np.exp((self.rate - self.carry) * self.years)

    def few(self, rows: int) -> "Options":
        """Return evenly chosen rows, for what would take minutes over all."""
        places = np.linspace(0, self.rows - 1, min(rows, self.rows)).astype(np.int64)
        return Options(*(column[places] for column in self))


def table(name: str) -> dict[str, np.ndarray]:
    """Return the number columns of a golden table, NaN where a cell is none."""
    with (GOLDEN / name).open(newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] or "nan" for row in rows], float) for key in rows[0]}


def hard(rows: int) -> Options:
    """Return the golden prices, as often as it takes."""
    golden = table("implied.csv")
    told = (golden["in_the_money"] == 0) & (golden["slack"] < TOLD)
    columns = [*(golden[name] for name in INPUTS), golden["price"], golden["vol"], told]
    return Options(*(np.resize(column, rows) for column in columns))


def smile(k: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return vols of an index as they are on an ordinary day."""
    scaled = k / np.sqrt(years + 0.02)
    bend = 0.06 * np.sqrt((scaled - 0.08) ** 2 + 0.05)
    return np.maximum(0.05, 0.14 - 0.07 * scaled + bend)


def chain(rows: int | None = None) -> Options:
    """Return a whole chain of 5,240 contracts, as often as it takes."""
    from opentape.pricing import bsm  # noqa: PLC0415

    days, places, put = np.meshgrid(
        np.array(DAYS), np.linspace(-1.0, 1.0, STRIKES), [0.0, 1.0], indexing="ij"
    )
    years = days.ravel() / 365.0
    spread = np.minimum(0.6, np.maximum(0.05, 1.4 * np.sqrt(years)))
    strike = np.round(SPOT * np.exp(places.ravel() * spread), 1)
    full = [np.full(years.size, value) for value in (SPOT, RATE, CARRY)]
    spot, rate, carry = full
    forward = spot * np.exp((rate - carry) * years)
    vol = smile(np.log(strike / forward), years)
    put = put.ravel()
    price = bsm.price(put, spot, strike, years, rate, carry, vol)
    outside = np.where(put > 0, strike <= forward, strike >= forward)
    told = outside & (price > WORTHLESS * spot)
    made = Options(put, spot, strike, years, rate, carry, price, vol, told)
    return made if rows is None else Options(*(np.resize(c, rows) for c in made))


# ---- measuring


class Engine(NamedTuple):
    """One way to do a job."""

    name: str
    threads: int
    work: Callable[[Any], Any]
    """Takes options, gives what is compared."""
    rows: int
    """How many options it is given: fewer where it is slow."""


def taking_turns(
    engines: list[Engine], options: Any, runs: int
) -> Iterator[tuple[Engine, Any, list[float], Any]]:
    """Yield every engine with its options, seconds and answer.

    Engines take turns, so that a slow phase of the machine hits all of them; a first call
    that compiles is not counted.
    """
    given = [options.few(engine.rows) for engine in engines]
    answers = [engine.work(own) for engine, own in zip(engines, given, strict=True)]
    seconds: list[list[float]] = [[] for _ in engines]
    for _ in range(runs):
        for place, engine in enumerate(engines):
            began = time.perf_counter()
            engine.work(given[place])
            seconds[place].append(time.perf_counter() - began)
    yield from zip(engines, given, seconds, answers, strict=True)


def per_second(rows: int, seconds: list[float]) -> float:
    """Return the median speed."""
    return rows / statistics.median(seconds)


def one_core(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the same work with the columns left whole."""
    columns = importlib.import_module("opentape.pricing.columns")

    def alone(options: Any) -> Any:
        threads, columns.THREADS = columns.THREADS, 1
        try:
            return work(options)
        finally:
            columns.THREADS = threads

    return alone


def vol_errors(options: Options, vol: np.ndarray) -> dict[str, float]:
    """Return how far vols are off, relative, where the price determines them."""
    off = np.abs(vol - options.vol) / options.vol
    told = off[options.told]
    return {
        "worst": float(np.nanmax(told)),
        "median": float(np.nanmedian(told)),
        "wrong": int(np.count_nonzero(~(told <= WRONG))),
        "none": int(np.count_nonzero(np.isnan(vol))),
        "told": int(options.told.sum()),
        "rows": options.rows,
    }


def say(**found: object) -> None:
    """Print a measurement as one JSON line, infinities as text."""
    print(json.dumps(found, default=float))


def versions(*names: str) -> dict[str, str]:
    return {name: version(name) for name in names}


# ---- a rival that needs an older numpy lives in an environment of its own

OLD_RIVAL = HERE / "rival_vectorized.py"
OLD_PINS = HERE / "rival_vectorized.txt"
NEWEST = (3, 12)


def old_python(work: Path) -> tuple[Path | None, str]:
    """Return a Python that has py_vollib_vectorized, or none and why."""
    if sys.version_info[:2] > NEWEST:
        return None, "its numba is not made for this Python"
    pins = OLD_PINS.read_bytes()
    home = work / f"vectorized-{zlib.crc32(pins):08x}-{sys.version_info.minor}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        commands = (
            [sys.executable, "-m", "venv", "--clear", str(home)],
            [str(python), "-m", "pip", "install", "-q", "-r", str(OLD_PINS)],
        )
        for command in commands:
            done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
            if done.returncode:
                return None, f"it cannot be installed: {done.stderr.strip()[-200:]}"
        (home / "ready").touch()
    return python, ""


def old_rival(job: str, options: Options, runs: int, work: Path) -> dict[str, Any]:
    """Return seconds and answer of py_vollib_vectorized, or why there are none."""
    work.mkdir(parents=True, exist_ok=True)
    python, why = old_python(work)
    if python is None:
        return {"why": why}
    given, answer = work / "options.npz", work / "answer.npy"
    np.savez(given, **{n: getattr(options, n) for n in (*INPUTS, "price", "vol")})
    command = [str(python), str(OLD_RIVAL), job, str(given), str(answer), str(runs)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        return {"why": f"it fails: {done.stderr.strip()[-200:]}"}
    return json.loads(done.stdout.splitlines()[-1]) | {"answer": np.load(answer)}


def letters(put: np.ndarray) -> np.ndarray:
    return np.where(put > 0, "p", "c")


def deviation(options: Options) -> np.ndarray:
    return options.vol * np.sqrt(options.years)


def discount(options: Options) -> np.ndarray:
    return np.exp(-options.rate * options.years)
