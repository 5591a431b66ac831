"""Files of what is known before a session, and of the stocks beside it."""

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from opentape.market.calendar import EPOCH
from opentape.simulation.world.earnings import Reports
from opentape.simulation.world.history import History
from opentape.simulation.world.macro import Macro
from opentape.simulation.world.names import DEFAULTS
from opentape.simulation.world.stock import StockPrints
from opentape.store import growing
from opentape.store.market import tables
from opentape.store.market.stock import stock_file

DAYS = np.array([(dt.date(2026, 5, day) - EPOCH).days for day in (19, 20)])
PRICES = np.array([[101.25, 50.0], [102.5, 51.0]])
PAST = History(
    ("SPY", "SPX"),
    DAYS,
    PRICES,
    PRICES + 1,
    PRICES - 1,
    PRICES + 0.5,
    np.array([[1_000, 0], [2_000, 0]]),
    np.array([[0.14, 0.15], [0.16, 0.17]]),
)


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_daily_bars_come_back(tmp_path: Path) -> None:
    path = tmp_path / "daily.parquet"
    tables.write_daily(path, PAST)
    rows = pq.read_table(path).to_pylist()
    assert list(rows[0]) == [
        *("date", "symbol", "open", "high", "low", "close", "volume", "iv30")
    ]
    assert [(row["date"].day, row["symbol"], row["volume"]) for row in rows] == [
        (19, "SPY", 1_000),
        (19, "SPX", None),
        (20, "SPY", 2_000),
        (20, "SPX", None),
    ]
    assert rows[2]["open"] == 102.5
    assert rows[3]["iv30"] == 0.17


def test_macro_series_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "macro.csv"
    level = np.array([16.5, 17.25])
    tables.write_macro(path, Macro(DAYS, level, level + 1, level / 4, level / 5))
    rows = lines_of(path)
    assert [(row["date"], row["series"]) for row in rows[:4]] == [
        ("2026-05-19", "dgs10"),
        ("2026-05-19", "fed_funds"),
        ("2026-05-19", "vix"),
        ("2026-05-19", "vix_3m"),
    ]
    assert len(rows) == 8
    assert [row["value"] for row in rows if row["series"] == "vix"] == ["16.50", "17.25"]


@pytest.mark.parametrize(("before_open", "time"), [(True, "bmo"), (False, "amc")])
def test_reports_are_lines(tmp_path: Path, *, before_open: bool, time: str) -> None:
    path = tmp_path / "earnings.csv"
    told = Reports(DAYS, before_open, np.array([1.5, 1.6]), np.array([-0.25, np.nan]))
    tables.write_earnings(path, {"NVDA": told})
    assert lines_of(path) == [
        {
            "symbol": "NVDA",
            "date": "2026-05-19",
            "time": time,
            "eps_estimate": "1.50",
            "eps_actual": "-0.25",
        },
        {
            "symbol": "NVDA",
            "date": "2026-05-20",
            "time": time,
            "eps_estimate": "1.60",
            "eps_actual": "",
        },
    ]


def test_sectors_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "sectors.csv"
    tables.write_sectors(path, DEFAULTS)
    rows = {row["symbol"]: row for row in lines_of(path)}
    assert len(rows) == len(DEFAULTS)
    assert rows["SPX"]["market_cap"] == ""
    assert int(rows["NVDA"]["market_cap"]) == pytest.approx(4.3e12, rel=0.1)
    assert rows["NVDA"]["sector"] == "Information Technology"


def prints(ts: list[int]) -> StockPrints:
    count, ones = len(ts), np.ones(len(ts), np.int32)
    cent = np.full(count, 10_000_000, np.int64)
    return StockPrints(
        np.array(ts, np.int64),
        np.arange(count, dtype=np.int32) % 2,
        100 * cent,
        5 * ones,
        99 * cent,
        101 * cent,
        100 * ones,
        200 * ones,
        np.zeros(count, np.uint8),
    )


def test_stock_prints_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "ROW_GROUP", 3)
    path = tmp_path / "stock.parquet"
    with stock_file(path, ["SPY", "QQQ"]) as writer:
        writer.write(prints([1, 2]))
        writer.write(prints([3, 4]))
        writer.write(prints([]))
        writer.write(prints([5]))
        assert not path.exists()
    rows = pq.read_table(path).to_pylist()
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["symbol"] for row in rows] == ["SPY", "QQQ", "SPY", "QQQ", "SPY"]
    assert (rows[0]["bid"], rows[0]["price"], rows[0]["ask"]) == (0.99, 1.0, 1.01)
    assert (rows[0]["bid_size"], rows[0]["ask_size"], rows[0]["size"]) == (100, 200, 5)
    assert rows[0]["venue"] == "FINN"
    assert pq.ParquetFile(path).num_row_groups == 2


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with stock_file(tmp_path / "stock.parquet", ["SPY", "QQQ"]) as writer:
            writer.write(prints([1]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_no_stock_is_a_file_without_rows(tmp_path: Path) -> None:
    with stock_file(tmp_path / "stock.parquet", []):
        pass
    assert pq.read_table(tmp_path / "stock.parquet").num_rows == 0
