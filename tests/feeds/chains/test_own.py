"""Our own columns of a chain, in every kind of file that holds columns."""

import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.chains.samples import (
    NOON,
    OWN_CALL,
    OWN_HEADER,
    OWN_PUT,
    SECOND,
    changed,
    facts,
    read,
    symbols,
    write,
)
from feeds.samples import packed
from opentape.market.chain import UNKNOWN_COUNT, Quoted, quoted
from opentape.market.errors import BadFile, BadSetting

OWN = (OWN_HEADER, OWN_CALL, OWN_PUT)
CALL = {
    "symbol": "SPY251219C00650000",
    "bid": 1.2,
    "ask": 1.25,
    "last": 1.23,
    "bid_size": 3,
    "ask_size": 4,
    "volume": 7,
    "open_interest": 120,
    "ts_quote": NOON,
    "vendor_iv": 0.2,
    "vendor_delta": 0.5,
    "vendor_gamma": 0.01,
}


def kept_as(kind: str, table: pa.Table, path: Path) -> Path:
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "json":
        path.write_text("".join(f"{row}\n" for row in map(json.dumps, table.to_pylist())))
    else:
        new = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
            writer.write_table(table)
    return path


def test_a_chain_in_text(tmp_path: Path) -> None:
    found = read(write(tmp_path / "c", *OWN))
    chain = found.chain
    assert (found.title, found.rows, found.skips.total) == ("opentape chain columns", 2, 0)
    assert (chain.underlying, chain.spot, chain.as_of) == ("SPY", 648.5, NOON)
    assert facts(chain) == CALL
    assert symbols(chain) == ["SPY251219C00650000", "SPY251219P00650000"]


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_text_may_be_packed(tmp_path: Path, packing: str) -> None:
    assert facts(read(packed(write(tmp_path / "c", *OWN), packing)).chain) == CALL


@pytest.mark.parametrize("end", ["", "\r"])
def test_a_header_may_have_capitals_and_a_mark(tmp_path: Path, end: str) -> None:
    lines = ["\ufeff" + OWN_HEADER.upper(), OWN_CALL]
    assert facts(read(write(tmp_path / "c", *(line + end for line in lines))).chain) == CALL


def test_an_index_that_pandas_writes_is_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "c", f",{OWN_HEADER}", f"0,{OWN_CALL}")
    assert facts(read(path).chain) == CALL


COLUMNS = {
    "symbol": ["SPY251219C00650000"],
    "bid": [1.2],
    "ask": [1.25],
    "last": [1.23],
    "volume": [7],
    "open_interest": [120],
    "bid_size": [3],
    "ask_size": [4],
    "ts_quote": [NOON],
    "spot": [648.5],
    "as_of": [NOON],
    "iv": [0.2],
    "delta": [0.5],
    "gamma": [0.01],
}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream", "json"])
def test_a_chain_in_columns(tmp_path: Path, kind: str) -> None:
    found = read(kept_as(kind, pa.table(COLUMNS), tmp_path / "c"))
    assert (facts(found.chain), found.chain.spot) == (CALL, 648.5)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("symbol", pa.array(["O:SPY251219C00650000"]).dictionary_encode()),
        ("bid", pa.array([1.2], pa.float32())),
        ("bid", pa.array(["1.20"])),
        ("open_interest", pa.array([120.0])),
        ("open_interest", pa.array([120], pa.uint16())),
        ("ts_quote", pa.array(["2025-12-03T17:00:00Z"])),
        ("ts_quote", pa.array([NOON]).cast(pa.timestamp("ns", "America/New_York"))),
        ("as_of", pa.array([NOON // 1000]).cast(pa.timestamp("us"))),
        ("spot", pa.array([648.5], pa.float32())),
    ],
    ids=str,
)
def test_columns_of_other_types(tmp_path: Path, name: str, column: pa.Array) -> None:
    table = pa.table(COLUMNS | {name: column})
    assert facts(read(kept_as("parquet", table, tmp_path / "c")).chain) == CALL


@pytest.mark.parametrize("expiry", ["2025-12-19", 20251219, dt.date(2025, 12, 19)])
@pytest.mark.parametrize("right", ["C", "call "])
def test_the_series_in_columns(tmp_path: Path, expiry: object, right: str) -> None:
    series = {"root": ["spy"], "expiry": [expiry], "strike": [650], "right": [right]}
    rest = {name: column for name, column in COLUMNS.items() if name != "symbol"}
    found = read(kept_as("parquet", pa.table(series | rest), tmp_path / "c"))
    assert facts(found.chain) == CALL


def test_only_quotes_are_needed(tmp_path: Path) -> None:
    path = write(tmp_path / "c", "symbol,bid,ask", "SPY251219C00650000,1.2,")
    with pytest.raises(BadSetting, match="need a time, which --as-of gives"):
        read(path, spot=1.0)
    with pytest.raises(BadSetting, match="need a spot, which --spot gives"):
        read(path, as_of_ns=NOON)
    chain = read(path, spot=648.5, as_of_ns=NOON).chain
    assert facts(chain) == {"symbol": "SPY251219C00650000", "bid": 1.2}


@pytest.mark.parametrize(
    ("bid", "ask", "state"),
    [
        ("-1", "1", Quoted.ABSURD),
        ("2", "1", Quoted.CROSSED),
        ("1", "1e308", Quoted.WIDE),
        ("1e308", "1e308", Quoted.ABSURD),
        ("0", "0.05", Quoted.ONE_SIDED),
        ("", "nan", Quoted.MISSING),
        ("1", "1", Quoted.LOCKED),
    ],
)
def test_absurd_quotes_are_kept(tmp_path: Path, bid: str, ask: str, state: Quoted) -> None:
    row = changed(OWN_HEADER, OWN_CALL, bid=bid, ask=ask)
    found = read(write(tmp_path / "c", OWN_HEADER, row))
    assert found.skips.total == 0
    assert quoted(found.chain).tolist() == [state]


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"last": "0"}, "last"),
        ({"last": "-1"}, "last"),
        ({"iv": "0"}, "vendor_iv"),
        ({"iv": "-0.2"}, "vendor_iv"),
        ({"iv": "1e999"}, "vendor_iv"),
        ({"iv": "-inf"}, "vendor_iv"),
        ({"delta": "1e999"}, "vendor_delta"),
        ({"gamma": "nan"}, "vendor_gamma"),
        ({"volume": ""}, "volume"),
        ({"open_interest": ""}, "open_interest"),
        ({"ts_quote": "0"}, "ts_quote"),
    ],
)
def test_what_says_nothing_is_unknown(tmp_path: Path, change: dict, lost: str) -> None:
    row = changed(OWN_HEADER, OWN_CALL, **change)
    found = read(write(tmp_path / "c", OWN_HEADER, row))
    assert facts(found.chain) == {name: cell for name, cell in CALL.items() if name != lost}
    assert found.skips.total == 0


BAD_ROWS = [
    ({"root": "TOOLONG"}, "bad_contract"),
    ({"root": "S-Y"}, "bad_contract"),
    ({"root": "SPŸ"}, "bad_contract"),
    ({"expiry": "2025-12-32"}, "bad_contract"),
    ({"expiry": "1985-12-20"}, "bad_contract"),
    ({"expiry": "2101-01-21"}, "bad_contract"),
    ({"expiry": "9999-12-31"}, "bad_contract"),
    ({"expiry": ""}, "bad_contract"),
    ({"strike": "0"}, "bad_contract"),
    ({"strike": "-650"}, "bad_contract"),
    ({"strike": "650.0001"}, "bad_contract"),
    ({"strike": "1e300"}, "bad_contract"),
    ({"strike": "1e400"}, "bad_contract"),
    ({"strike": "nan"}, "bad_contract"),
    ({"strike": "٦٥٠"}, "bad_contract"),
    ({"right": "X"}, "bad_contract"),
    ({"bid": "one"}, "bad_number"),
    ({"ask": "inf"}, "bad_number"),
    ({"bid": "1e400"}, "bad_number"),
    ({"last": "1e400"}, "bad_number"),
    ({"spot": "-inf"}, "bad_number"),
    ({"ask": "1_0"}, "bad_number"),
    ({"ask": "0x10"}, "bad_number"),
    ({"last": "١٢"}, "bad_number"),
    ({"iv": "20%"}, "bad_number"),
    ({"spot": "x"}, "bad_number"),
    ({"bid_size": "-1"}, "bad_size"),
    ({"ask_size": "1.5"}, "bad_size"),
    ({"ask_size": "99999999999999999999"}, "bad_size"),
    ({"volume": "-1"}, "bad_volume"),
    ({"volume": "2147483648"}, "bad_volume"),
    ({"open_interest": "-1"}, "bad_open_interest"),
    ({"open_interest": "many"}, "bad_open_interest"),
    ({"ts_quote": "soon"}, "bad_time"),
    ({"ts_quote": "1980-01-01"}, "bad_time"),
    ({"ts_quote": "2200-01-01"}, "bad_time"),
    ({"as_of": "9223372036854775808"}, "bad_time"),
    ({"as_of": ""}, "bad_time"),
    ({"multiplier": "0"}, "bad_multiplier"),
    ({"multiplier": "ten"}, "bad_multiplier"),
]


@pytest.mark.parametrize(("change", "reason"), BAD_ROWS, ids=str)
def test_rows_of_no_use_are_counted(tmp_path: Path, change: dict, reason: str) -> None:
    row = changed(OWN_HEADER, OWN_CALL, **change)
    found = read(write(tmp_path / "c", OWN_HEADER, OWN_PUT, row))
    assert found.skips.counts == {reason: 1}
    skip = found.skips.examples[reason][0]
    assert found.locate(skip.row) == f"{tmp_path / 'c'}:3"
    assert symbols(found.chain) == ["SPY251219P00650000"]


@pytest.mark.parametrize(("change", "reason"), BAD_ROWS, ids=str)
def test_no_row_of_use_is_told(tmp_path: Path, change: dict, reason: str) -> None:
    path = write(tmp_path / "c", OWN_HEADER, changed(OWN_HEADER, OWN_CALL, **change))
    told = f"holds no contracts: 1 rows were skipped, the first at .*c:2 for {reason}, was"
    with pytest.raises(BadFile, match=told):
        read(path)


def test_lines_that_are_no_rows_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "c", OWN_HEADER, "1,2,3", "", OWN_CALL)
    found = read(path)
    assert found.skips.counts == {"wrong_column_count": 1}
    assert found.chain.rows == 1
    path.write_bytes(f"{OWN_HEADER}\n{OWN_CALL}\n".encode() + OWN_PUT.encode() + b"\xff\n")
    assert read(path).skips.counts == {"bad_encoding": 1}


def test_of_a_contract_given_twice_the_last_row_stays(tmp_path: Path) -> None:
    rows = [changed(OWN_HEADER, OWN_CALL, bid=bid, multiplier=m) for bid, m in ("15", "21")]
    found = read(write(tmp_path / "c", OWN_HEADER, *rows))
    assert (found.rows, found.chain.bid.tolist()) == (2, [2.0])
    assert found.chain.multiplier.tolist() == [1.0]
    paths = [write(tmp_path / str(at), OWN_HEADER, row) for at, row in enumerate(rows)]
    assert read(*reversed(paths)).chain.bid.tolist() == [1.0]


def test_what_a_contract_delivers(tmp_path: Path) -> None:
    rows = [changed(OWN_HEADER, row, multiplier=m) for row, m in ((OWN_CALL, "10"),)]
    chain = read(write(tmp_path / "c", OWN_HEADER, *rows, OWN_PUT)).chain
    assert chain.multiplier.tolist() == [10.0, 100.0]


def test_what_no_contract_delivers_is_of_no_account(tmp_path: Path) -> None:
    rows = [changed(OWN_HEADER, OWN_CALL, root="S-Y", multiplier="10")]
    with pytest.raises(BadFile, match="bad_contract"):
        read(write(tmp_path / "c", OWN_HEADER, *rows))


def moments(*minutes: int) -> list[str]:
    return [
        changed(OWN_HEADER, row, as_of=str(NOON + at * 60 * SECOND), spot=str(640 + at))
        for at in minutes
        for row in (OWN_CALL, OWN_PUT)
    ]


@pytest.mark.parametrize(
    ("asked", "spot"), [(None, 645), (10, 645), (5, 645), (4, 643), (3, 643), (0, 640)]
)
def test_one_instant_is_taken(tmp_path: Path, asked: int | None, spot: int) -> None:
    path = write(tmp_path / "c", OWN_HEADER, *moments(3, 5, 0))
    as_of_ns = None if asked is None else NOON + asked * 60 * SECOND
    chain = read(path, as_of_ns=as_of_ns).chain
    assert (chain.rows, chain.spot) == (2, spot)
    assert chain.as_of == (as_of_ns or NOON + 5 * 60 * SECOND)


def test_before_the_first_instant_there_is_no_chain(tmp_path: Path) -> None:
    path = write(tmp_path / "c", OWN_HEADER, *moments(3, 5))
    with pytest.raises(BadFile, match=r"begins at 2025-12-03T17:03:00.000000Z, was asked"):
        read(path, as_of_ns=NOON)


def test_a_single_instant_may_be_asked_for_by_any_name(tmp_path: Path) -> None:
    path = write(tmp_path / "c", OWN_HEADER, *moments(3))
    assert read(path, as_of_ns=NOON).chain.as_of == NOON
    assert read(path, as_of_ns=NOON, spot=1.0).chain.spot == 1.0


def test_a_row_without_an_instant_is_of_none_of_several(tmp_path: Path) -> None:
    silent = changed(OWN_HEADER, OWN_PUT, as_of="")
    path = write(tmp_path / "c", OWN_HEADER, OWN_CALL, silent)
    assert symbols(read(path).chain) == ["SPY251219C00650000"]
    assert read(path).skips.counts == {"bad_time": 1}
    assert read(path, as_of_ns=NOON).chain.rows == 1


@pytest.mark.parametrize("spot", ["", "0", "-5", "nan"])
def test_a_spot_that_is_none_is_asked_for(tmp_path: Path, spot: str) -> None:
    row = changed(OWN_HEADER, OWN_CALL, spot=spot)
    path = write(tmp_path / "c", OWN_HEADER, row)
    with pytest.raises(BadSetting, match="--spot"):
        read(path)
    later = changed(OWN_HEADER, OWN_PUT, spot="650")
    assert read(write(tmp_path / "d", OWN_HEADER, later, row)).chain.spot == 650.0


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("symbol,ask", "needs 'bid', was"),
        ("root,bid,ask", "needs 'symbol' or 'root, expiry, strike, right', was"),
        ("a,b", "needs 'bid' and 'ask' and 'symbol' or"),
        ("bid,bid,ask,symbol", "must name each column once, was 'bid' twice"),
    ],
)
def test_missing_columns_are_told(tmp_path: Path, header: str, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        read(write(tmp_path / "c", header))


@pytest.mark.parametrize(
    ("name", "column", "told"),
    [
        ("bid", pa.array([True]), "its column 'bid' must hold numbers, was bool"),
        ("bid", pa.array([[1.0]]), "its column 'bid' must hold numbers, was list"),
        ("volume", pa.array([True]), "'volume' must hold whole numbers"),
        ("ts_quote", pa.array([1.5]), "'ts_quote' must hold timestamps, was double"),
        ("symbol", pa.array([{"a": 1}]), "must hold texts or numbers, was struct"),
        ("symbol", pa.array([5]), "holds no contracts"),
        ("symbol", pa.array([None], pa.string()), "holds no contracts"),
        ("multiplier", pa.array([b"a"]), "'multiplier' must hold whole numbers"),
    ],
    ids=str,
)
def test_columns_of_no_use_are_told(
    tmp_path: Path, name: str, column: pa.Array, told: str
) -> None:
    path = kept_as("parquet", pa.table(COLUMNS | {name: column}), tmp_path / "c")
    with pytest.raises(BadFile, match=told):
        read(path)


def test_a_column_of_nothing_is_unknown(tmp_path: Path) -> None:
    nothing = {name: pa.nulls(1) for name in ("bid", "volume", "ts_quote", "iv")}
    chain = read(kept_as("parquet", pa.table(COLUMNS | nothing), tmp_path / "c")).chain
    lost = {"bid", "volume", "ts_quote", "vendor_iv"}
    assert facts(chain) == {n: c for n, c in CALL.items() if n not in lost}


CENTS = st.integers(-500, 5_000_000)
MAYBE_CENTS = st.one_of(st.none(), CENTS)
COUNT = st.one_of(st.none(), st.integers(0, 2**31 - 1))
ROW = st.fixed_dictionaries(
    {
        "root": st.sampled_from(["SPX", "SPXW"]),
        "expiry": st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)),
        "strike": st.integers(1, 2**27 - 1),
        "right": st.sampled_from("CP"),
        "bid": MAYBE_CENTS,
        "ask": MAYBE_CENTS,
        "last": st.one_of(st.none(), st.integers(1, 5_000_000)),
        "volume": COUNT,
        "open_interest": COUNT,
        "bid_size": COUNT,
        "ask_size": COUNT,
        "ts_quote": st.one_of(st.none(), st.integers(NOON, NOON + 86_400 * SECOND)),
        "iv": st.one_of(st.none(), st.floats(1e-6, 50)),
        "delta": st.one_of(st.none(), st.floats(-1, 1)),
        "gamma": st.one_of(st.none(), st.floats(0, 10)),
    }
)
MONEY = ("bid", "ask", "last")
UNKNOWN = dict.fromkeys(("volume", "open_interest", "bid_size", "ask_size"), UNKNOWN_COUNT)


@given(st.lists(ROW, min_size=1, max_size=30))
def test_what_is_written_is_read(tmp_path_factory, rows: list[dict]) -> None:
    """As text, Parquet and Arrow, in the order of a chain, to the last bit."""
    path = tmp_path_factory.mktemp("own")
    wanted = {}
    for row in rows:
        row["strike"] /= 1000
        row |= {name: row[name] and row[name] / 100 for name in MONEY}
        wanted[row["expiry"], row["strike"], row["right"], row["root"]] = row
    table = pa.Table.from_pylist(rows)
    cells = [
        ["" if row[n] is None else str(row[n]) for n in table.column_names] for row in rows
    ]
    lines = [",".join(row) for row in cells]
    files = [kept_as(kind, table, path / kind) for kind in ("parquet", "arrow", "stream")]
    files.append(write(path / "text", ",".join(table.column_names), *lines))
    for file in files:
        chain = read(file, spot=6400.0, as_of_ns=NOON).chain
        keys = [
            (c.expiry, c.strike, c.right.value, c.root)
            for c in (chain.contracts[at] for at in chain.contract.tolist())
        ]
        assert keys == sorted(wanted)
        for name in (*MONEY, *UNKNOWN, "ts_quote", "iv", "delta", "gamma"):
            vendor = f"vendor_{name}" if name in ("iv", "delta", "gamma") else name
            unknown = UNKNOWN.get(name, 0 if name == "ts_quote" else math.nan)
            told = [wanted[key][name] for key in keys]
            told = [unknown if cell is None else cell for cell in told]
            found = getattr(chain, vendor)
            assert np.array_equal(found, told, equal_nan=found.dtype == np.float64)


def test_an_infinite_greek_is_unknown_beside_a_bad_one(tmp_path: Path) -> None:
    rows = [
        changed(OWN_HEADER, OWN_CALL, delta=" +INF "),
        changed(OWN_HEADER, OWN_PUT, delta="x"),
    ]
    found = read(write(tmp_path / "c", OWN_HEADER, *rows))
    assert found.skips.counts == {"bad_number": 1}
    assert facts(found.chain) == {n: c for n, c in CALL.items() if n != "vendor_delta"}
