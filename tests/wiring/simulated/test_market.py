"""A simulated day's files as objects."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import market_folders
from opentape.market.errors import BadFile
from opentape.wiring.simulated.market import open_day

NOON = dt.datetime(2026, 5, 21, 16, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    market_folders.make(tmp_path, 1)
    pq.write_table(pq.read_table(tmp_path / "oi.parquet"), tmp_path / "oi_next.parquet")
    return tmp_path


def write_chain(folder: Path, name: str, bid: float) -> None:
    (folder / "chain").mkdir(exist_ok=True)
    columns = {
        "symbol": market_folders.SYMBOLS[:1],
        "bid": [bid],
        "ask": [bid + 1],
        "spot": [500.0],
        "as_of": pa.array([NOON], pa.timestamp("ns", "UTC")),
    }
    pq.write_table(pa.table(columns), folder / "chain" / name)


def test_a_day_without_chains_has_none(folder: Path) -> None:
    day = open_day(folder)
    assert day.chains == []
    assert len(day.before) == len(day.after) > 0
    assert day.truth.prints().rows


@pytest.mark.parametrize(
    ("names", "bid"),
    [
        (["0930", "1200", "1300", "1600"], 2.0),
        (["0930", "1600"], 0.0),
        (["1430", "1600"], 0.0),
    ],
)
def test_the_chain_is_that_of_midday(folder: Path, names: list[str], bid: float) -> None:
    for at, name in enumerate(names):
        write_chain(folder, f"{name}.parquet", float(at))
    day = open_day(folder)
    (chain,) = day.chains
    assert chain.bid.tolist() == [bid]
    assert chain.contracts is day.tape.contracts


@pytest.mark.parametrize("name", ["oi.parquet", "oi_next.parquet"])
def test_both_mornings_are_needed(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BadFile, match=name):
        open_day(folder)
