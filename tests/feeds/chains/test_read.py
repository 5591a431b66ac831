"""What is a chain at all, whose it is, and what is said where it is none."""

import gzip
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeds.chains.samples import (
    CBOE,
    LEAN,
    NOON,
    OWN_CALL,
    OWN_HEADER,
    OWN_PUT,
    facts,
    read,
    symbols,
    write,
)
from opentape.feeds.chains import ChainFile, read_chain
from opentape.feeds.chains.read import read_chains
from opentape.feeds.chains.recognise import LAYOUTS, recognise
from opentape.feeds.raw.inflate import Inflated
from opentape.market.chain import UNKNOWN_TIME, quoted, years
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, BadSetting, InputError

SAMPLES = {
    "Cboe delayed quotes": "\n".join(CBOE).encode(),
    "QuantConnect Lean option universes": "\n".join(LEAN).encode(),
    "Massive option chain snapshots": b'{"results": [{"details": {"ticker": "O:A"}}]}',
    "Alpaca option chain snapshots": b'{"snapshots": {"A": {"latestQuote": {"bp": 1}}}}',
    "Databento consolidated quotes": b"DBN\x03\x10\0\0\0",
    "opentape chain columns": f"{OWN_HEADER}\n{OWN_CALL}\n{OWN_PUT}\n".encode(),
}


@pytest.mark.parametrize("title", SAMPLES)
@pytest.mark.parametrize("name", ["c.parquet", "20151224.csv", "c.json", "c"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_a_name_is_never_believed(tmp_path: Path, title: str, name: str, pack) -> None:
    path = tmp_path / name
    path.write_bytes(pack(SAMPLES[title]))
    assert recognise(Inflated(path)).title == title


def test_every_layout_has_a_sample() -> None:
    assert {layout.title for layout in LAYOUTS} == set(SAMPLES)


def test_files_of_two_layouts_are_no_chain(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a", *CBOE), write(tmp_path / "goog" / "20151224.csv", *LEAN)]
    told = "of one kind, was Cboe delayed quotes and QuantConnect Lean option universes"
    with pytest.raises(BadFile, match=told):
        read(*paths)
    with pytest.raises(BadFile, match="was no file at all"):
        read_chain([])


def own(path: Path, *roots: str) -> Path:
    return write(path, OWN_HEADER, *(OWN_CALL.replace("SPY", root) for root in roots))


def test_contracts_join_the_table_that_is_given(tmp_path: Path) -> None:
    contracts = Contracts()
    contracts.intern(["QQQ251219C00650000", "SPY251219P00650000"])
    path = write(tmp_path / "c", OWN_HEADER, OWN_CALL, OWN_PUT)
    chain = read(path, contracts=contracts).chain
    assert chain.contracts is contracts
    assert chain.contract.tolist() == [2, 1]
    assert chain.underlying == "SPY"


def test_of_several_underlyings_one_is_named(tmp_path: Path) -> None:
    path = own(tmp_path / "c", "SPY", "QQQ", "SPXW", "SPX")
    with pytest.raises(BadSetting, match=r"--symbol names, was .* with QQQ, SPX, SPY$"):
        read(path)
    for asked in ("SPX", "spxw", "^SPX "):
        found = read(path, symbol=asked)
        assert found.chain.root.tolist() == ["SPX", "SPXW"]
        assert found.skips.total == 0
    with pytest.raises(BadFile, match=r"holds no contracts of AAPL, was QQQ, SPX, SPY$"):
        read(path, symbol="AAPL")


def test_many_underlyings_are_not_all_listed(tmp_path: Path) -> None:
    path = own(tmp_path / "c", *(f"A{letter}" for letter in "ABCDEFGHIJKLMNO"))
    with pytest.raises(BadSetting, match=r"AA, AB, .*, AJ and 5 more"):
        read(path)


def test_adjusted_contracts_are_left_out_and_counted(tmp_path: Path) -> None:
    path = own(tmp_path / "c", "SPY", "SPY1", "2SPY")
    found = read(path)
    assert symbols(found.chain) == ["SPY251219C00650000"]
    assert found.skips.counts == {"non_standard": 2}
    skip = found.skips.examples["non_standard"][0]
    assert (found.locate(skip.row), skip.detail) == (f"{path}:3", "SPY1  251219C00650000")
    assert read(path, symbol="SPY1").chain.root.tolist() == ["SPY1"]
    assert read(own(tmp_path / "d", "SPY1")).chain.underlying == "SPY1"


def test_all_underlyings_of_a_file_are_as_many_chains(tmp_path: Path) -> None:
    path = own(tmp_path / "c", "SPY", "QQQ", "SPXW", "SPX", "SPY1")
    found = read_chains([path], Contracts())
    names = {each.chain.underlying: set(each.chain.root.tolist()) for each in found}
    assert names == {"QQQ": {"QQQ"}, "SPX": {"SPX", "SPXW"}, "SPY": {"SPY"}}
    assert {each.chain.as_of for each in found} == {NOON}
    silent = write(tmp_path / "d", "symbol,bid,ask", "SPY251219C00650000,1,2")
    chain = read_chains([silent], Contracts())[0].chain
    assert (chain.as_of, str(chain.spot)) == (UNKNOWN_TIME, "nan")


@pytest.mark.parametrize("symbol", ["", "TOOLONG", "S-Y", "SPŸ", "S PY"])
def test_a_symbol_out_of_range_is_told(tmp_path: Path, symbol: str) -> None:
    with pytest.raises(BadSetting, match="a symbol is up to six letters and digits, was"):
        read(own(tmp_path / "c", "SPY"), symbol=symbol)


@pytest.mark.parametrize("spot", [0.0, -1.0, float("nan"), float("inf"), 1e300])
def test_a_spot_out_of_range_is_told(tmp_path: Path, spot: float) -> None:
    with pytest.raises(BadSetting, match="spot must be a positive price in dollars, was"):
        read(own(tmp_path / "c", "SPY"), spot=spot)


@pytest.mark.parametrize("as_of_ns", [0, -1, 4_102_444_800 * 10**9, 1 << 70])
def test_a_time_out_of_range_is_told(tmp_path: Path, as_of_ns: int) -> None:
    with pytest.raises(BadSetting, match="as of must lie in the years 1990 to 2099, was"):
        read(own(tmp_path / "c", "SPY"), as_of_ns=as_of_ns)


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"symbol": ["SPY251219C00650000"], "bid": [1.0]}), sink)
    return sink.getvalue().to_pybytes()


JUNK = {
    "nothing": (b"", "is empty"),
    "packed nothing": (gzip.compress(b""), "is empty once unpacked"),
    "gzip cut short": (gzip.compress(SAMPLES["Cboe delayed quotes"])[:-9], "cut short"),
    "gzip damaged": (b"\x1f\x8b\x08\0" + b"\xff" * 60, "damaged gzip"),
    "Parquet cut short": (parquet()[:-5], "damaged Parquet or cut short"),
    "Parquet packed": (gzip.compress(parquet()), "Parquet packs itself"),
    "Parquet without columns": (parquet(), "needs 'ask', was"),
    "Arrow of nothing": (b"ARROW1\0\0", "damaged Arrow or cut short"),
    "UTF-16": ("bid,ask".encode("utf-16"), "text must be UTF-8, was UTF-16"),
    "UTF-16 without a mark": ("bid,ask".encode("utf-16-le"), "which is none of them"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "needs 'bid'"),
    "a binary": (b"\x7fELF\x02\x01\x01\0\0", "which is none of them"),
    "HTML": (b"<!DOCTYPE html><html>", "needs 'bid'"),
    "Latin-1": ("größe,bid".encode("latin-1"), "needs 'ask'"),
    "an error in JSON": (b'{"status": "ERROR"}', "needs 'bid' and 'ask'"),
    "a list": (b"[1, 2]", "needs 'bid' and 'ask'"),
    "a header alone": (OWN_HEADER.encode(), "holds no contracts$"),
    "Cboe without rows": ("\n".join(CBOE[:4]).encode(), "holds no contracts$"),
    "a line of commas": (b"," * 100_000, "needs 'bid'"),
    "DBN cut short": (b"DBN\x03\xff\0\0\0", "cut short|damaged"),
    "DBN of the future": (b"DBN\x63\x10\0\0\0", "the version of DBN is 1 to"),
}


@pytest.mark.parametrize("kind", JUNK)
def test_what_is_no_chain_is_told(tmp_path: Path, kind: str) -> None:
    content, told = JUNK[kind]
    path = tmp_path / "c"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=told) as caught:
        read(path, spot=1.0)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 600


def test_no_files_and_directories_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        read(tmp_path / "missing.csv")
    with pytest.raises(BadFile, match="was the directory"):
        read(tmp_path)


def test_a_hundred_thousand_columns(tmp_path: Path) -> None:
    names = ",".join(f"c{at}" for at in range(100_000))
    path = write(tmp_path / "c", f"symbol,bid,ask,{names}", "SPY251219C00650000,1,2,3")
    with pytest.raises(BadFile, match="wrong_column_count"):
        read(path, spot=1.0, as_of_ns=NOON)


def test_a_text_that_reaches_past_its_file_is_told(tmp_path: Path) -> None:
    table = pa.table({"symbol": ["SPY251219C00650000"], "bid": [1.0], "ask": [2.0]})
    path = tmp_path / "c"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    octets = path.read_bytes()
    end = (18).to_bytes(4, "little")
    at = octets.index(bytes(4) + end)
    path.write_bytes(octets[: at + 4] + b"\xff\xff\xff\x7f" + octets[at + 8 :])
    with pytest.raises(BadFile, match=r"cannot be decoded|damaged"):
        read(path, spot=1.0, as_of_ns=NOON)


@given(
    title=st.sampled_from(sorted(SAMPLES)),
    at=st.floats(0, 1),
    cut=st.integers(0, 30),
    put=st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"1e400", b"-1", b"nan", b"\n", b'"', b"9" * 40, b"{}", b"null"]),
    ),
)
def test_any_damage_is_told_or_left_out(
    tmp_path_factory, title: str, at: float, cut: int, put: bytes
) -> None:
    whole = SAMPLES[title]
    start = round(at * len(whole))
    path = tmp_path_factory.mktemp("goog") / "20151223.csv"
    path.write_bytes(whole[:start] + put + whole[start + cut :])
    with suppress(InputError):
        check(read(path, symbol="GOOG" if "Lean" in title else None, spot=600.0))


def check(found: ChainFile) -> None:
    assert years(found.chain).size == quoted(found.chain).size == found.chain.rows
    assert all(facts(found.chain, row)["symbol"] for row in range(found.chain.rows))
