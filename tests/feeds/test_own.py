"""Our own columns, in every kind of file that holds columns."""

import datetime as dt
import math
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.samples import (
    NOON,
    OWN_HEADER,
    facts,
    own_rows,
    packed,
    read,
    write,
)
from opentape.feeds.own import LAYOUT
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE
from opentape.market.conditions import Condition
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS
from source_tree import REPO

ARROW_SCHEMA = pa.schema(
    [
        ("ts_event", pa.int64()),
        ("symbol", pa.dictionary(pa.int32(), pa.string())),
        ("price", pa.float64()),
        ("size", pa.int32()),
        ("bid", pa.float64()),
        ("ask", pa.float64()),
        ("spot", pa.float64()),
        ("venue", pa.dictionary(pa.int32(), pa.string())),
        ("condition", pa.dictionary(pa.int32(), pa.string())),
        ("sequence", pa.int64()),
    ]
)

PRINT = {
    "ts_event": NOON,
    "sequence": 1,
    "row": 0,
    "contract": "SPY   251219C00650000",
    "price": 1_230_000_000,
    "size": 7,
    "bid": 1_200_000_000,
    "ask": 1_250_000_000,
    "spot": 684_200_000_000,
    "venue": MICS.index("XMIO"),
    "condition": Condition.ISO,
    "marks": 0,
    "cancels": 0,
}
COLUMNS = {
    "ts_event": [NOON],
    "symbol": ["SPY251219C00650000"],
    "price": [1.23],
    "size": [7],
    "bid": [1.2],
    "ask": [1.25],
    "spot": [684.2],
    "venue": ["XMIO"],
    "condition": ["S"],
    "sequence": [1],
}


def kept_as(kind: str, table: pa.Table, path: Path) -> Path:
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "arrow":
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    else:
        with (
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_stream(sink, table.schema) as writer,
        ):
            writer.write_table(table)
    return path


def one(path: Path, table: pa.Table, kind: str = "parquet") -> dict[str, object]:
    tape, batch = read(kept_as(kind, table, path / "t"))
    assert tape.format == "opentape columns"
    assert tape.skips.total == 0
    return facts(batch, tape.contracts)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
def test_a_print_in_columns(tmp_path: Path, kind: str) -> None:
    assert one(tmp_path, pa.table(COLUMNS), kind) == PRINT
    assert one(tmp_path, pa.table(COLUMNS).cast(ARROW_SCHEMA), kind) == PRINT


@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_a_print_in_text(tmp_path: Path, packing: str) -> None:
    tape, batch = read(packed(write(tmp_path / "t", OWN_HEADER, *own_rows(1)), packing))
    assert facts(batch, tape.contracts) == PRINT


def test_a_header_may_have_capitals_blanks_quotes_and_a_mark(tmp_path: Path) -> None:
    header = "\ufeff" + ",".join(f'" {name.upper()}"' for name in OWN_HEADER.split(","))
    tape, batch = read(write(tmp_path / "t", header, *own_rows(1)))
    assert facts(batch, tape.contracts) == PRINT


@pytest.mark.parametrize("kind", ["arrow", "stream"])
@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_arrow_may_be_packed(tmp_path: Path, kind: str, packing: str) -> None:
    path = packed(kept_as(kind, pa.table(COLUMNS), tmp_path / "t"), packing)
    tape, batch = read(path)
    assert facts(batch, tape.contracts) == PRINT


@pytest.mark.parametrize(
    "column",
    [
        pa.array([NOON]).cast(pa.timestamp("ns", "America/New_York")),
        pa.array([NOON // 1_000]).cast(pa.timestamp("us")),
        pa.array(["2025-12-03T17:00:00Z"]),
        pa.array(["2025-12-03 12:00:00-05:00"]),
        pa.array(["2025-12-03T17:00:00"], pa.string_view()),
        pa.array([str(NOON)], pa.large_string()),
        pa.array(["2025-12-03T17:00:00"]).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
def test_times_of_any_kind(tmp_path: Path, column: pa.Array) -> None:
    table = pa.table(COLUMNS | {"ts_event": column})
    assert one(tmp_path, table) == PRINT
    assert one(tmp_path, table, "arrow") == PRINT


@pytest.mark.parametrize(
    "symbol",
    [
        "SPY   251219C00650000",
        "O:SPY251219C00650000",
        "SPY___251219C00650000",
        "spy251219c00650000",
    ],
)
def test_symbols_of_any_spelling(tmp_path: Path, symbol: str) -> None:
    assert one(tmp_path, pa.table(COLUMNS | {"symbol": [symbol]})) == PRINT


@pytest.mark.parametrize(
    "expiry", ["2025-12-19", "20251219", 20251219, dt.date(2025, 12, 19)]
)
@pytest.mark.parametrize("strike", [650, 650.0, "650.00"])
@pytest.mark.parametrize("right", ["C", "c", "Call", "CALL "])
def test_contracts_in_four_columns(tmp_path: Path, expiry, strike, right) -> None:
    series = {"root": ["spy"], "expiry": [expiry], "strike": [strike], "right": [right]}
    rest = {name: column for name, column in COLUMNS.items() if name != "symbol"}
    assert one(tmp_path, pa.table(rest | series)) == PRINT


def test_optional_columns_may_be_absent_or_null(tmp_path: Path) -> None:
    bare = PRINT | {"bid": None, "ask": None, "spot": None}
    bare |= {"venue": 0, "condition": Condition.REGULAR, "sequence": 0}
    needed = ("ts_event", "symbol", "price", "size")
    assert one(tmp_path, pa.table({name: COLUMNS[name] for name in needed})) == bare
    nothing = {name: [None] for name in COLUMNS if name not in needed}
    assert one(tmp_path, pa.table(COLUMNS | nothing)) == bare
    typed = COLUMNS | nothing | {"bid": [math.nan], "venue": pa.array([None], pa.string())}
    assert one(tmp_path, pa.table(typed)) == bare


def test_numbers_of_other_types(tmp_path: Path) -> None:
    types = {
        "price": pa.array([1.23], pa.float32()),
        "bid": pa.array([1.2], pa.float32()),
        "size": pa.array([7.0]),
        "sequence": pa.array([1], pa.uint64()),
        "condition": pa.array([95]),
        "venue": pa.array([312], pa.int16()),
    }
    assert one(tmp_path, pa.table(COLUMNS | types)) == PRINT


def test_extra_columns_are_ignored(tmp_path: Path) -> None:
    assert one(tmp_path, pa.table(COLUMNS | {"legs": [[1, 2]], "note": ["x"]})) == PRINT


def test_marks_cancels_and_multipliers(tmp_path: Path) -> None:
    count = 4
    table = {name: column * count for name, column in COLUMNS.items()}
    table["nbbo_state"] = ["venue", "Stale", "ok", None]
    table["cancels"] = [None, 5, None, None]
    table["symbol"] = [*COLUMNS["symbol"] * 3, "NVDA1 251219C00650000"]
    table["multiplier"] = [100, None, 100, 150]
    pq.write_table(pa.table(table), tmp_path / "t")
    tape, batch = read(tmp_path / "t")
    assert batch.marks.tolist() == [VENUE_QUOTE, STALE_QUOTE, 0, 0]
    assert batch.cancels.tolist() == [0, 5, 0, 0]
    assert [tape.contracts[place].multiplier for place in (0, 1)] == [100, 150]


@pytest.mark.parametrize(
    ("reason", "name", "cell"),
    [
        ("bad_time", "ts_event", None),
        ("bad_time", "ts_event", NOON // 1_000),
        ("bad_contract", "symbol", None),
        ("bad_contract", "symbol", "SPY"),
        ("bad_price", "price", None),
        ("bad_price", "price", math.nan),
        ("bad_price", "price", math.inf),
        ("bad_tick", "price", 0.0),
        ("bad_tick", "price", 0.0000000004),
        ("bad_size", "size", None),
        ("bad_size", "size", 1 << 24),
        ("bad_tick", "size", 0),
        ("bad_number", "bid", math.inf),
        ("bad_sequence", "sequence", 0.5),
        ("bad_multiplier", "multiplier", 0),
        ("bad_multiplier", "multiplier", 1 << 40),
    ],
)
def test_a_malformed_row_is_skipped(tmp_path: Path, reason: str, name: str, cell) -> None:
    good = COLUMNS | {"multiplier": [100]}
    table = {each: column * 3 for each, column in good.items()}
    table[name] = [good[name][0], cell, good[name][0]]
    path = tmp_path / "t"
    pq.write_table(pa.table(table), path)
    tape, batch = read(path)
    assert batch.row.tolist() == [0, 2]
    (kept,) = tape.skips.examples[reason]
    assert tape.locate(kept.row) == f"{path}:row 1"


@pytest.mark.parametrize(
    ("name", "column", "told"),
    [
        ("price", [True], "'price' must hold numbers, was bool"),
        ("size", [[1]], "'size' must hold whole numbers, was list"),
        ("ts_event", [1.5], "'ts_event' must hold timestamps, was double"),
        ("symbol", [["x"]], "'symbol' must hold texts or numbers, was list"),
        ("venue", [{"mic": "x"}], "'venue' must hold texts or numbers, was struct"),
    ],
)
def test_a_column_of_a_type_that_cannot_be(tmp_path: Path, name, column, told) -> None:
    pq.write_table(pa.table(COLUMNS | {name: column}), tmp_path / "t")
    with pytest.raises(BadFile, match=told):
        read(tmp_path / "t")


ROW_NAMES = ("ts_event", "symbol", "price", "size", "bid")
MILLS = st.integers(1, 10**9 - 1)
ROW = st.fixed_dictionaries(
    {
        "ts_event": st.integers(NOON, NOON + 5),
        "symbol": st.sampled_from(["SPXW251219P06850000", "A260116C00100000"]),
        "price": MILLS,
        "size": st.integers(1, 1 << 23),
        "bid": st.none() | MILLS,
    }
)


@given(st.lists(ROW, min_size=1, max_size=40))
def test_what_is_written_is_read(tmp_path_factory, rows) -> None:
    """As text, Parquet and Arrow; prices of a tenth of a cent are exact."""
    path = tmp_path_factory.mktemp("own")
    rows.sort(key=lambda row: row["ts_event"])
    money = ("price", "bid")
    written = [
        row | {name: row[name] and row[name] / 1_000 for name in money} for row in rows
    ]
    table = pa.Table.from_pylist(written)
    cells = [["" if row[n] is None else str(row[n]) for n in ROW_NAMES] for row in written]
    lines = [",".join(row) for row in cells]
    files = [kept_as(kind, table, path / kind) for kind in ("parquet", "arrow", "stream")]
    files.append(write(path / "text", ",".join(ROW_NAMES), *lines))
    for file in files:
        tape, batch = read(file)
        found = [
            tape.contracts[at].symbol.replace(" ", "") for at in batch.contract.tolist()
        ]
        assert found == [row["symbol"] for row in rows]
        assert batch.price.tolist() == [row["price"] * 1_000_000 for row in rows]
        bids = [UNKNOWN if row["bid"] is None else row["bid"] * 1_000_000 for row in rows]
        assert batch.bid.tolist() == bids


def test_the_reference_lists_every_column_and_no_other() -> None:
    page = (REPO / "docs" / "reference" / "tape-columns.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert len(set(listed)) == len(listed)
    assert set(listed) == set(LAYOUT.wanted)


def test_an_index_that_pandas_writes_is_ignored(tmp_path: Path) -> None:
    tape, batch = read(write(tmp_path / "t", f",{OWN_HEADER}", f"0,{own_rows(1)[0]}"))
    assert facts(batch, tape.contracts) == PRINT


def test_a_multiplier_of_no_contract_is_of_no_account(tmp_path: Path) -> None:
    table = pa.table(COLUMNS | {"symbol": ["?"], "multiplier": [10]})
    with pytest.raises(BadFile, match="bad_contract"):
        read(kept_as("parquet", table, tmp_path / "t"))


def test_a_strike_too_large_is_no_contract(tmp_path: Path) -> None:
    series = {"root": ["SPY"], "expiry": ["2025-12-19"], "strike": [1e308], "right": ["C"]}
    table = pa.table({n: c for n, c in COLUMNS.items() if n != "symbol"} | series)
    with pytest.raises(BadFile, match="bad_contract"):
        read(kept_as("parquet", table, tmp_path / "t"))
