"""What a file is, told from its content; what is no tape, told in one sentence."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.samples import (
    CBOE_HEADER,
    CBOE_ROW,
    MASSIVE_HEADER,
    MASSIVE_ROW,
    NOON,
    OWN_HEADER,
    V2_HEADER,
    V2_ROW,
    V3_HEADER,
    V3_ROW,
    own_rows,
    packed,
    read,
    write,
)
from opentape.feeds import cboe
from opentape.feeds.recognise import LAYOUTS, recognise
from opentape.feeds.tape import open_tape
from opentape.market.errors import BadFile

SAMPLES = {
    "Cboe DataShop option trades": (CBOE_HEADER, CBOE_ROW),
    "ThetaData trade and quote (v2)": (V2_HEADER, V2_ROW),
    "ThetaData trade and quote (v3)": (V3_HEADER, V3_ROW),
    "Massive option trades": (MASSIVE_HEADER, MASSIVE_ROW.format(ts=NOON)),
    "opentape columns": (OWN_HEADER, *own_rows(1)),
}


@pytest.mark.parametrize("title", SAMPLES)
@pytest.mark.parametrize("name", ["t.parquet", "t.dbn.zst", "t"])
def test_a_name_is_never_believed(tmp_path: Path, title: str, name: str) -> None:
    assert recognise(write(tmp_path / name, *SAMPLES[title])).format == title


def test_every_layout_has_a_sample() -> None:
    assert {layout.title for layout in LAYOUTS} == set(SAMPLES)


@pytest.mark.parametrize(
    ("title", "column"),
    [(layout.title, column) for layout in LAYOUTS for column in layout.needed],
)
def test_a_missing_column_is_named(tmp_path: Path, title: str, column: str) -> None:
    header = SAMPLES[title][0].replace(column, "other", 1)
    if column not in header.split(","):
        with pytest.raises(BadFile, match=rf"need the column '{column}', was missing in"):
            recognise(write(tmp_path / "t", header, SAMPLES[title][1]))


def test_alternatives_are_named(tmp_path: Path) -> None:
    header = OWN_HEADER.replace("symbol", "root")
    with pytest.raises(BadFile, match="column 'symbol' or 'root, expiry, strike, right'"):
        recognise(write(tmp_path / "t", header, *own_rows(1)))


def test_a_column_that_comes_twice_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t", OWN_HEADER + ",price", own_rows(1)[0] + ",1")
    with pytest.raises(BadFile, match="must name each column once, was 'price' twice"):
        recognise(path)


@pytest.mark.parametrize("title", SAMPLES)
@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_a_header_alone_holds_no_prints(tmp_path: Path, title: str, packing: str) -> None:
    path = packed(write(tmp_path / "t", SAMPLES[title][0]), packing)
    with pytest.raises(BadFile, match=rf"{path} holds no prints$"):
        read(path)


def test_rows_that_are_all_malformed_hold_no_prints(tmp_path: Path) -> None:
    path = write(tmp_path / "t", OWN_HEADER, *own_rows(3, price="free"))
    told = rf"holds no prints: 3 rows were skipped, the first at {path}:2 for bad_price"
    with pytest.raises(BadFile, match=told):
        read(path)


def test_columns_without_rows_hold_no_prints(tmp_path: Path) -> None:
    empty = pa.table({"ts_event": [1], "symbol": ["x"], "price": [1.0], "size": [1]})[:0]
    pq.write_table(empty, tmp_path / "t")
    with pytest.raises(BadFile, match="holds no prints"):
        read(tmp_path / "t")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty once unpacked"),
        (b"\n\n\n", "with the header ''"),
        (b"date,open,close\n1,2,3\n", "with the header 'date,open,close'"),
        (b"hello", "with the header 'hello'"),
        (b"ts_event;symbol;price;size\n", "with the header 'ts_event;symbol;price;size'"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "with the header"),
        (b"\x7fELF" + bytes(range(256)) * 50, "which is none of them"),
        (OWN_HEADER.encode("utf-16"), "text must be UTF-8, was UTF-16"),
        (OWN_HEADER.encode("utf-16-le"), "which is none of them"),
        (b"x" * 10_000_000, "with the header 'xxx"),
        (b'{"a": 1}\n{"b": 2}\n', "with the header '{\"a\": 1}'"),
        (b'{"a": \n', "with the header '{\"a\":'"),
        (b"[1, 2]", "with the header '\\[1, 2\\]'"),
        (b"PAR1", "damaged Parquet or cut short"),
        (b"PAR1" + bytes(1000) + b"PAR1", "damaged Parquet or cut short"),
        (b"ARROW1" + bytes(1000), "damaged Arrow or cut short"),
        (b"\xff\xff\xff\xff\x10\x00\x00\x00", "damaged Arrow or cut short"),
    ],
)
def test_what_is_no_tape_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=told) as error:
        read(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_tape_that_is_known_is_listed() -> None:
    with pytest.raises(
        BadFile, match=r"Cboe DataShop.*ThetaData.*Massive.*opentape.*Databento"
    ):
        recognise(Path(__file__))


def test_parquet_is_not_packed_again(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t")
    with pytest.raises(
        BadFile, match=r"Parquet packs itself, was .* packed again with gzip"
    ):
        recognise(packed(tmp_path / "t", "gzip"))


@pytest.mark.parametrize("left", [50, 2_000, -4, -40, -2_000])
def test_parquet_cut_short_is_told(tmp_path: Path, left: int) -> None:
    path = tmp_path / "t"
    rows = 10_000
    table = {"ts_event": range(NOON, NOON + rows), "symbol": ["SPY251219C00650000"] * rows}
    pq.write_table(pa.table(table | {"price": [1.5] * rows, "size": [1] * rows}), path)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(BadFile, match="is damaged Parquet or cut short"):
        read(path)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("left", [200, -10, -2_000])
def test_arrow_cut_short_is_told(tmp_path: Path, *, stream: bool, left: int) -> None:
    path = tmp_path / "t"
    rows = 10_000
    table = {"ts_event": range(NOON, NOON + rows), "symbol": ["SPY251219C00650000"] * rows}
    table = pa.table(table | {"price": [1.5] * rows, "size": [1] * rows})
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as sink, make(sink, table.schema) as writer:
        writer.write_table(table)
    path.write_bytes(path.read_bytes()[:left])
    try:
        _, batch = read(path)
    except BadFile as error:
        assert "is damaged Arrow or cut short" in str(error)  # noqa: PT017
    else:
        assert stream
        assert batch.rows == rows


def test_no_files_and_directories_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        open_tape([tmp_path / "none"])
    with pytest.raises(BadFile, match="was the directory"):
        open_tape([tmp_path])


@given(
    st.sampled_from(
        [
            b"",
            b"PAR1",
            b"ARROW1\0\0",
            b"\xff\xff\xff\xff",
            b"\x1f\x8b\x08",
            b"\x28\xb5\x2f\xfd",
            b"DBN",
            b"{",
            *(header.encode() + b"\n" for header, *_ in SAMPLES.values()),
        ]
    ),
    st.binary(max_size=200),
)
def test_junk_is_one_sentence(tmp_path_factory, head: bytes, rest: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "t"
    path.write_bytes(head + rest)
    with pytest.raises(BadFile) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_a_nul_in_a_row_spoils_that_row_only(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [b"ts_event,symbol,price,size", b"1779370200000000000,SPY   260529C00500000,1,5"]
    path.write_bytes(b"\n".join([*rows, b"17793702\x000,S\x00Y,1,5", rows[1]]) + b"\n")
    tape = open_tape([path])
    assert sum(batch.rows for batch in tape.batches()) == 2
    assert tape.skips.total == 1


@pytest.mark.parametrize("column", ["best_bid", "best_ask"])
def test_a_quote_column_that_is_not_there_is_named(tmp_path: Path, column: str) -> None:
    header = ",".join(name for name in cboe.NAMES if name != column)
    path = tmp_path / "t.csv"
    path.write_text(header + "\n" + ",".join("1" for _ in cboe.NAMES[1:]) + "\n")
    with pytest.raises(BadFile, match=column):
        open_tape([path])
