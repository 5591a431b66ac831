"""What stands beside a tape, read back, and rows that tell nothing left out by line."""

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import markets
from opentape.desk.state.beside import Company, Report
from opentape.feeds.market.beside import Paths, read_beside
from opentape.feeds.market.companies import (
    earnings_rows,
    read_earnings,
    read_sectors,
    sector_rows,
)
from opentape.feeds.market.past import daily_rows, macro_rows, read_daily, read_macro
from opentape.market.calendar import EPOCH
from opentape.market.errors import BadFile

THURSDAY = (dt.date(2026, 5, 21) - EPOCH).days


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A market's session, and the folder that it was written to."""
    path = tmp_path_factory.mktemp("beside")
    return markets.morning(300), markets.folder(path, 300)


def paths(folder):
    names = ("daily.parquet", "macro.csv", "sectors.csv", "earnings.csv")
    return Paths(*(folder / name for name in names))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_simulated_past_comes_back(session):
    past, (beside, complaints) = session[0].past, read_beside(paths(session[1]))
    assert complaints == ()
    assert list(beside.history) == sorted(past.symbols)
    for at, symbol in enumerate(past.symbols):
        history = beside.history[symbol]
        assert history.date.tolist() == past.day.tolist()
        for name in ("open", "high", "low", "close"):
            assert np.array_equal(getattr(history, name), getattr(past, name)[:, at])
        assert np.array_equal(history.iv_30d, past.iv30[:, at])


def test_simulated_series_come_back(session):
    macro, beside = session[0].macro, read_beside(paths(session[1])).beside
    assert sorted(beside.macro) == ["dgs10", "fed_funds", "vix", "vix_3m"]
    for name, series in beside.macro.items():
        assert series.date.tolist() == macro.day.tolist()
        assert series.value == pytest.approx(getattr(macro, name), abs=0.005 + 1e-9)
        assert series.latest == series.value[-1]


def test_simulated_companies_come_back(session):
    beside = read_beside(paths(session[1])).beside
    names = {name.symbol: name for name in session[0].scene.names}
    assert set(beside.companies) == set(names)
    for symbol, company in beside.companies.items():
        assert (company.name, company.sector) == (names[symbol].title, names[symbol].sector)
        assert (company.market_cap is None) == (names[symbol].shares_m == 0)
    reports = session[0].reports
    assert set(beside.reports) == set(reports)
    for symbol, told in beside.reports.items():
        assert [(one.date - EPOCH).days for one in told] == reports[symbol].day.tolist()
        assert [one.eps_actual is None for one in told] == [False] * 8 + [True]
        assert {one.time for one in told} <= {"bmo", "amc"}


def test_every_file_may_be_missing(tmp_path):
    beside, complaints = read_beside(paths(tmp_path))
    assert [dict(part) for part in beside] == [{}, {}, {}, {}]
    assert complaints == ()


DAILY = """date,symbol,close,open,high,low,iv30
2026-05-19,spy,10,9,11,8,0.2
2026-05-21,SPY,12,9,13,8,0.3
2026-05-20,SPY,11,,,,
not a day,SPY,12,9,13,8,0.3
2026-05-21,,12,9,13,8,0.3
2026-05-21,^VIX,0,9,13,8,0.3
2026-05-21,^VIX,inf,9,13,8,0.3
2026-05-21,^VIX,17,9,8,13,0.3
2026-05-21,^VIX,17,-9,18,13,0.3
2026-05-21,^VIX,17,16,18,13,0
2026-05-21,SPY,14,9,15,8,0.4
"""


def test_bad_bars_are_skipped_and_said(tmp_path):
    rows = daily_rows(write(tmp_path / "daily.csv", DAILY))
    told = read_daily(rows)
    assert list(told) == ["SPY", "VIX"]
    spy = told["SPY"]
    assert spy.date.tolist() == [THURSDAY - 2, THURSDAY - 1, THURSDAY]
    # of two rows for a session the later counts
    assert spy.close.tolist() == [10, 11, 14]
    assert [math.isnan(value) for value in spy.high.tolist()] == [False, True, False]
    assert [math.isnan(value) for value in spy.iv_30d.tolist()] == [False, True, False]
    assert told["VIX"].close.tolist() == [17]
    assert math.isnan(told["VIX"].iv_30d[0])
    assert dict(rows.skips.counts) == {
        "bad_date": 1,
        "bad_symbol": 1,
        "bad_price": 3,
        "bad_bar": 1,
    }
    path = tmp_path / "daily.csv"
    assert f"1 row skipped as bad_date, the first at {path}:5, was 'not a day'" in (
        rows.complaints()
    )
    told = f"3 rows skipped as bad_price, the first at {path}:8, was 'inf'"
    assert told in rows.complaints()


def test_bars_need_no_more_than_a_close(tmp_path):
    columns = {"date": [THURSDAY], "symbol": ["BRK.B"], "close": [480.0]}
    table = pa.table(columns | {"date": pa.array([THURSDAY], pa.int32()).cast(pa.date32())})
    pq.write_table(table, tmp_path / "daily.parquet")
    told = read_daily(daily_rows(tmp_path / "daily.parquet"))
    assert told["BRKB"].close.tolist() == [480.0]
    assert math.isnan(told["BRKB"].open[0])


@given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=6))
def test_the_order_of_rows_does_not_matter(tmp_path_factory, order, twice):
    path = tmp_path_factory.mktemp("order") / "macro.csv"
    days = [EPOCH + dt.timedelta(days=THURSDAY + each // 2) for each in range(12)]
    lines = [f"{days[each]},{'vix' if each % 2 else 'dgs10'},{each}.5" for each in order]
    # what comes twice is told wrongly first
    wrong = [f"{days[each]},{'vix' if each % 2 else 'dgs10'},99" for each in twice]
    write(path, "\n".join(["date,series,value", *wrong, *lines]) + "\n")
    told = read_macro(macro_rows(path))
    assert told["vix"].value.tolist() == [1.5, 3.5, 5.5, 7.5, 9.5, 11.5]
    assert told["dgs10"].value.tolist() == [0.5, 2.5, 4.5, 6.5, 8.5, 10.5]
    assert told["vix"].date.tolist() == list(range(THURSDAY, THURSDAY + 6))


def test_bad_points_of_series_are_skipped_and_said(tmp_path):
    text = (
        "date,series,value\n2026-05-21, VIX ,16.5\n2026-05-20,vix,.\n"
        "2026-05-20,,4\n2026-05-19,vix,\n2026-13-19,vix,4\n2026-05-18,vix\n"
    )
    rows = macro_rows(write(tmp_path / "macro.csv", text))
    told = read_macro(rows)
    assert {name: series.value.tolist() for name, series in told.items()} == {"vix": [16.5]}
    assert rows.skips.total == 5
    assert rows.skips.counts["bad_value"] == 2
    assert any("macro.csv:3" in one and "'.'" in one for one in rows.complaints())


def test_bad_companies_and_reports_are_skipped_and_said(tmp_path):
    sectors = sector_rows(
        write(
            tmp_path / "sectors.csv",
            "symbol,sector,name,market_cap\nspy,Fund,,\nAAPL,,Apple,3.4e12\n,x,y,1\n"
            "MSFT,x,y,-1\n",
        )
    )
    assert read_sectors(sectors) == {
        "SPY": Company(sector="Fund"),
        "AAPL": Company(name="Apple", market_cap=3_400_000_000_000),
    }
    assert dict(sectors.skips.counts) == {"bad_symbol": 1, "bad_market_cap": 1}
    earnings = earnings_rows(
        write(
            tmp_path / "earnings.csv",
            "symbol,date,time,eps_estimate,eps_actual\nAAPL,2026-07-30,AMC,1.5,\n"
            "AAPL,2026-04-30,,,1.25\nAAPL,2026-01-29,noon,1,1\nAAPL,soon,amc,1,1\n"
            "AAPL,2026-01-28,bmo,a lot,1\n",
        )
    )
    assert read_earnings(earnings) == {
        "AAPL": (
            Report(date=dt.date(2026, 4, 30), eps_actual=1.25),
            Report(date=dt.date(2026, 7, 30), time="amc", eps_estimate=1.5),
        )
    }
    assert dict(earnings.skips.counts) == {"bad_time": 1, "bad_date": 1, "bad_eps": 1}


def test_a_file_with_no_rows_tells_nothing(tmp_path):
    path = write(tmp_path / "macro.csv", "date,series,value\n")
    assert read_macro(macro_rows(path)) == {}


def test_what_is_another_file_is_one_sentence(tmp_path):
    (tmp_path / "daily.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(BadFile, match="is damaged Parquet"):
        read_beside(paths(tmp_path))
    write(tmp_path / "macro.csv", "day,series,value\n")
    with pytest.raises(BadFile, match="needs the column 'date', was with"):
        macro_rows(tmp_path / "macro.csv")
    nested = pa.table({"symbol": [["a"]], "date": [["b"]]})
    pq.write_table(nested, tmp_path / "earnings.csv")
    with pytest.raises(BadFile, match="cannot be decoded: its column 'symbol'"):
        read_earnings(earnings_rows(tmp_path / "earnings.csv"))
