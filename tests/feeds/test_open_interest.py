"""Open interest from a file, in every spelling and from every kind of file."""

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
import zstandard
from databento_dbn import Schema

from dbn_files import NOON, QQQ, SPY, SYMBOLS, header, statistics, trade, write
from opentape.feeds.open_interest import read_open_interest
from opentape.market.contract import Contracts, parse
from opentape.market.errors import BadFile
from opentape.market.open_interest import UNKNOWN_OI
from opentape.market.tape import Skips

RECORDED = Path(__file__).resolve().parents[3] / "shared/data/trades/opra_dbn"
CALL, PUT = "SPY   251219C00650000", "QQQ   251219P00500500"
SYMBOL_ROWS = "symbol,open_interest\nSPY251219C00650000,1200\nQQQ251219P00500500,34\n"


def read(path: Path, *symbols: str) -> tuple[list[int], Skips]:
    """Read a file and look up `symbols`, which the tape met before the file was read."""
    contracts = Contracts()
    contracts.intern(["AAPL251219C00250000", *symbols])
    known = len(contracts)
    found, skips = read_open_interest(path, contracts)
    assert len(contracts) == known
    places = contracts.intern(list(symbols))
    return found.of(contracts)[places].tolist(), skips


def text(path: Path, lines: str) -> Path:
    path.write_text(lines, encoding="utf-8")
    return path


def packed(pack: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(pack(SYMBOL_ROWS.encode())) and None


def rows() -> pa.Table:
    return pa.table(
        {
            "symbol": ["SPY251219C00650000", "QQQ251219P00500500"],
            "open_interest": np.array([1200, 34], np.int32),
        }
    )


def arrow(path: Path) -> None:
    with pa.ipc.new_file(path, rows().schema) as writer:
        writer.write_table(rows())


WRITERS = {
    "csv": packed(bytes),
    "gzip": packed(gzip.compress),
    "zstd": packed(zstandard.ZstdCompressor().compress),
    "parquet": lambda path: pq.write_table(rows(), path),
    "arrow": arrow,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_file_is_read_whatever_it_is_called(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "oi.txt"
    WRITERS[kind](path)
    assert read(path, CALL, PUT)[0] == [1200, 34]


@pytest.mark.parametrize("name", ["symbol", "osi", "Ticker", "CONTRACT", "option_symbol"])
@pytest.mark.parametrize("amount", ["open_interest", "openInterest", "OI"])
def test_columns_have_many_names(tmp_path: Path, name: str, amount: str) -> None:
    lines = SYMBOL_ROWS.replace("symbol,open_interest", f"{name},{amount}")
    assert read(text(tmp_path / "oi.csv", lines), CALL, PUT)[0] == [1200, 34]


@pytest.mark.parametrize(
    "spelling",
    [
        "SPY   251219C00650000",
        "SPY251219C00650000",
        "O:SPY251219C00650000",
        "SPY___251219C00650000",
        " spy251219c00650000 ",
    ],
)
def test_symbols_have_many_spellings(tmp_path: Path, spelling: str) -> None:
    lines = f"symbol,open_interest\n{spelling},1200\n"
    assert read(text(tmp_path / "oi.csv", lines), CALL)[0] == [1200]


@pytest.mark.parametrize(
    ("names", "call", "put"),
    [
        ("root,expiry,strike,right", "SPY,2025-12-19,650,C", "QQQ,2025-12-19,500.5,P"),
        (
            "root,expiration,strike,type",
            "SPY,20251219,650.00,call",
            "QQQ,20251219,500.5,put",
        ),
        (
            "right,strike,expiry,root",
            "CALL,650,2025-12-19,spy",
            "PUT,500.500,2025-12-19,QQQ",
        ),
        (
            "symbol,expiration,strike,right",
            "SPY,2025-12-19,650,C",
            "QQQ,2025-12-19,500.5,P",
        ),
        (
            "root,expiry,strike,option_type",
            "SPY,2025-12-19,650,c",
            "QQQ,2025-12-19,500.5,p",
        ),
    ],
)
def test_series_is_four_columns(tmp_path: Path, names: str, call: str, put: str) -> None:
    lines = f"{names},open_interest\n{call},1200\n{put},34\n"
    assert read(text(tmp_path / "oi.csv", lines), CALL, PUT)[0] == [1200, 34]


@pytest.mark.parametrize(
    "expiry",
    [
        pa.array([dt.date(2025, 12, 19)] * 2),
        pa.array([20251219] * 2),
        pa.array([dt.datetime(2025, 12, 19)] * 2, pa.timestamp("ns")),  # noqa: DTZ001
        pa.array(["2025-12-19"] * 2).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
@pytest.mark.parametrize("amount", [pa.int64(), pa.int32(), pa.uint32(), pa.float64()])
def test_series_in_columns_of_any_type(
    tmp_path: Path, expiry: pa.Array, amount: pa.DataType
) -> None:
    table = pa.table(
        {
            "root": ["SPY", "QQQ"],
            "expiry": expiry,
            "strike": [650.0, 500.5],
            "right": pa.array(["C", "P"]).dictionary_encode(),
            "open_interest": pa.array([1200, 34]).cast(amount),
        }
    )
    pq.write_table(table, tmp_path / "oi")
    assert read(tmp_path / "oi", CALL, PUT)[0] == [1200, 34]


def test_symbols_that_are_null_or_cut_out_of_a_longer_table(tmp_path: Path) -> None:
    symbols = pa.array(["x" * 30, "SPY251219C00650000", None, "QQQ251219P00500500"])
    table = pa.table({"symbol": symbols, "open_interest": [9, 1200, 3, 34]}).slice(1)
    with pa.ipc.new_stream(tmp_path / "oi", table.schema) as writer:
        writer.write_table(table)
    found, skips = read(tmp_path / "oi", CALL, PUT)
    assert found == [1200, 34]
    assert skips.counts == {"bad_contract": 1}


def test_later_row_counts(tmp_path: Path) -> None:
    lines = SYMBOL_ROWS + "O:SPY251219C00650000,7\n"
    assert read(text(tmp_path / "oi.csv", lines), CALL, PUT)[0] == [7, 34]


def test_contract_that_is_not_listed_is_unknown(tmp_path: Path) -> None:
    other = "SPY   251219C00651000"
    assert read(text(tmp_path / "oi.csv", SYMBOL_ROWS), other)[0] == [UNKNOWN_OI]


def test_zero_is_known(tmp_path: Path) -> None:
    lines = "symbol,open_interest\nSPY251219C00650000,0\n"
    assert read(text(tmp_path / "oi.csv", lines), CALL)[0] == [0]


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ("SPY251219C00650000,-1", "bad_open_interest", "-1"),
        ("SPY251219C00650000,many", "bad_open_interest", "many"),
        ("SPY251219C00650000,1.5", "bad_open_interest", "1.5"),
        ("SPY251219C00650000,", "bad_open_interest", ""),
        ("SPY251219C00650000,99999999999", "bad_open_interest", "99999999999"),
        ("SPY,5", "bad_contract", "SPY"),
        ("SPY251319C00650000,5", "bad_contract", "SPY251319C00650000"),
        ("SPY251219X00650000,-5", "bad_contract", "SPY251219X00650000"),
        (",5", "bad_contract", ""),
        ("SPY251219C00650000", "wrong_column_count", "SPY251219C00650000"),
    ],
)
def test_malformed_row_is_counted(
    tmp_path: Path, row: str, reason: str, detail: str
) -> None:
    found, skips = read(text(tmp_path / "oi.csv", f"{SYMBOL_ROWS}{row}\n"), CALL, PUT)
    assert found == [1200, 34]
    assert skips.counts == {reason: 1}
    (shown,) = skips.examples[reason]
    assert (shown.row, shown.detail) == (2, detail)


@pytest.mark.parametrize(
    "series",
    [
        "SPY,2025-02-30,650,C",
        "SPY,,650,C",
        "SPY,2025-12-19,0,C",
        "SPY,2025-12-19,-650,C",
        "SPY,2025-12-19,650.0001,C",
        "SPY,2025-12-19,1e300,C",
        "SPY,2025-12-19,dear,C",
        "SPY,2025-12-19,650,X",
        "SPY,2025-12-19,650,",
        "TOOLONG,2025-12-19,650,C",
        "SP Y,2025-12-19,650,C",
        ",2025-12-19,650,C",
        "SPÜ,2025-12-19,650,C",
    ],
)
def test_malformed_series_is_counted(tmp_path: Path, series: str) -> None:
    lines = (
        f"root,expiry,strike,right,open_interest\nSPY,2025-12-19,650,C,1200\n{series},5\n"
    )
    found, skips = read(text(tmp_path / "oi.csv", lines), CALL)
    assert found == [1200]
    assert skips.counts == {"bad_contract": 1}


def test_examples_of_malformed_rows_are_few(tmp_path: Path) -> None:
    lines = SYMBOL_ROWS + "SPY,5\n" * 50
    _, skips = read(text(tmp_path / "oi.csv", lines), CALL)
    assert skips.counts == {"bad_contract": 50}
    assert [shown.row for shown in skips.examples["bad_contract"]] == [2, 3, 4]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ("symbol,volume", "open_interest"),
        ("date,open_interest", "symbol"),
        ("expiry,strike,right,open_interest", "root"),
        ("root,strike,right,open_interest", "expiry"),
        ("root,expiry,right,open_interest", "strike"),
        ("root,expiry,strike,open_interest", "right"),
    ],
)
def test_missing_column_is_named(tmp_path: Path, names: str, missing: str) -> None:
    path = text(tmp_path / "oi.csv", f"{names}\n" + ",".join("1" * len(names.split(","))))
    with pytest.raises(BadFile, match=f"needs the column '{missing}', was .*oi.csv with"):
        read(path)


def test_column_that_comes_twice_is_refused(tmp_path: Path) -> None:
    path = text(tmp_path / "oi.csv", "symbol,oi,oi\nSPY251219C00650000,1,2\n")
    with pytest.raises(BadFile, match="'oi' twice"):
        read(path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"symbol": [1, 2], "open_interest": [1, 2]}, "option symbols, was int64"),
        (
            {"symbol": ["SPY251219C00650000"], "open_interest": [dt.date(2025, 1, 1)]},
            "whole numbers, was date32",
        ),
    ],
)
def test_column_of_a_wrong_type_is_refused(
    tmp_path: Path, columns: dict[str, list], message: str
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "oi")
    with pytest.raises(BadFile, match=message):
        read(tmp_path / "oi")


def test_file_without_a_usable_row_is_refused(tmp_path: Path) -> None:
    path = text(tmp_path / "oi.csv", "symbol,open_interest\nSPY,5\nQQQ,6\n")
    with pytest.raises(BadFile, match=r"all 2 rows were skipped, .* row 0, .* was 'SPY'"):
        read(path)


def test_file_without_a_row_is_refused(tmp_path: Path) -> None:
    path = text(tmp_path / "oi.csv", "symbol,open_interest\n")
    with pytest.raises(BadFile, match=r"oi\.csv holds no open interest"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "oi is empty"),
        (b"\x00\x01\x02 no table", "open interest is .*, was .*oi, which is none of them"),
        (b"<html></html>\n", "needs the column 'open_interest'"),
        (b"\xff\xfes\x00y\x00", "open interest is .*, was .*oi, which is none of them"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "oi"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=message):
        read(path)


def test_json_lines_are_read(tmp_path: Path) -> None:
    line = '{"symbol": "SPY251219C00650000", "openInterest": 1200}\n'
    assert read(text(tmp_path / "oi", line), CALL)[0] == [1200]


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        read(tmp_path / "oi")


@pytest.mark.parametrize("kind", ["gzip", "zstd", "parquet", "arrow"])
def test_file_that_is_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "oi"
    WRITERS[kind](path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(BadFile, match=r"oi is (damaged|cut short)"):
        read(path)


def test_dbn_statistics_are_read(tmp_path: Path) -> None:
    told = statistics([(22, SPY, 40), (23, SPY, 40), (22, QQQ, 7)])
    path = write(tmp_path / "oi", header(Schema.STATISTICS), told, packed=True)
    assert read(path, SYMBOLS[SPY], SYMBOLS[QQQ])[0] == [40, 7]


def test_dbn_without_statistics_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "oi", header(Schema.TRADES), trade(at=NOON))
    with pytest.raises(BadFile, match="oi holds no open interest"):
        read(path)


@pytest.mark.realdata
def test_recorded_dbn_statistics() -> None:
    path = RECORDED / "test_data.statistics.dbn.zst"
    if not path.exists():
        pytest.skip(f"needs {path.name}, a recorded Databento file")
    assert read(path, parse("AAPL250221C00250000").symbol)[0] == [57_924]


def test_whole_morning_is_read_in_blocks(tmp_path: Path) -> None:
    count = 300_000
    strikes = np.arange(1, count + 1)
    table = pa.table(
        {
            "symbol": [f"SPX251219C{strike:08d}" for strike in strikes.tolist()],
            "open_interest": strikes,
        }
    )
    pq.write_table(table, tmp_path / "oi")
    contracts = Contracts()
    found, skips = read_open_interest(tmp_path / "oi", contracts)
    assert len(found) == count
    assert not skips.total
    contracts.intern(["SPX251219C00000001", "SPX251219C00300000"])
    assert found.of(contracts).tolist() == [1, count]
