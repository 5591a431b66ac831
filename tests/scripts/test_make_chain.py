"""The generated chain has the shape of a chain, and the same seed gives the same bytes."""

import datetime as dt
import runpy
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from opentape.wiring.build import read_chain

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_chain.py"
SCRIPT_NAMES = runpy.run_path(str(SCRIPT))
make_chain = SCRIPT_NAMES["make_chain"]


@pytest.fixture(scope="module")
def chain() -> dict[str, np.ndarray]:
    table = make_chain(3)
    return {name: np.array(table[name].to_pylist()) for name in table.column_names}


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "two", "three")]
    for file, seed in zip(files, (11, 11, 12), strict=True):
        SCRIPT_NAMES["main"](["--seed", str(seed), "--out", str(file)])
    one, two, three = (file.read_bytes() for file in files)
    assert one == two != three


def test_it_is_read_as_a_chain(tmp_path: Path) -> None:
    file = tmp_path / "chain.parquet"
    SCRIPT_NAMES["main"](["--out", str(file)])
    read = read_chain([file])
    assert read.skips.total == 0
    assert read.chain.rows == read.rows == pq.read_metadata(file).num_rows
    assert (read.chain.underlying, read.chain.spot) == ("SPY", 652.40)
    snapped = dt.datetime(2026, 9, 16, 19, 30, tzinfo=dt.UTC)
    assert read.chain.as_of == int(snapped.timestamp()) * 1_000_000_000


def test_expiries_are_those_of_the_tape(chain: dict[str, np.ndarray]) -> None:
    tape = runpy.run_path(str(SCRIPT.with_name("make_tape.py")))
    days = tape["expiries"](tape["DATE"], tape["TIERS"][0])
    listed = [tape["DATE"] + dt.timedelta(day) for day in days]
    assert sorted(set(chain["expiry"])) == listed


def test_quotes_are_mostly_two_sided_and_a_few_are_odd(
    chain: dict[str, np.ndarray],
) -> None:
    bid, ask = chain["bid"], chain["ask"]
    assert np.mean((bid > 0) & (bid < ask)) > 0.8
    assert 0 < np.sum(bid > ask) < 30
    assert np.sum(bid == 0) > 50
    assert np.all(ask > 0)
    cents = np.round(ask * 100)
    assert np.allclose(cents, ask * 100, atol=1e-6)


def test_calls_and_puts_tell_one_forward(chain: dict[str, np.ndarray]) -> None:
    """Middles of a week keep put-call parity near the money, where nobody exercises."""
    call, put = chain["right"] == "C", chain["right"] == "P"
    middle, wide = (chain["bid"] + chain["ask"]) / 2, chain["ask"] - chain["bid"]
    days = np.array([(e - dt.date(2026, 9, 16)).days for e in chain["expiry"][call]])
    strike, years = chain["strike"][call], (days + 0.5 / 24) / 365
    carried = 652.4 * np.exp(-0.012 * years) - strike * np.exp(-0.043 * years)
    gap = np.abs(middle[call] - middle[put] - carried)
    near = (days < 10) & (np.abs(strike - 652.4) < 5)
    assert np.mean((gap <= wide[call] + wide[put])[near]) > 0.95


def test_nobody_is_paid_to_exercise(chain: dict[str, np.ndarray]) -> None:
    sign = np.where(chain["right"] == "C", 1, -1)
    assert np.all(chain["ask"] >= sign * (652.4 - chain["strike"]))


def test_open_interest_likes_round_strikes(chain: dict[str, np.ndarray]) -> None:
    held, near = chain["open_interest"], np.abs(chain["strike"] - 652.4) < 40
    tens = chain["strike"] % 10 == 0
    assert held[near & tens].mean() > 2 * held[near & ~tens].mean()
    assert np.all(chain["volume"] <= held)
    assert 1e6 < held.sum() < 5e7
