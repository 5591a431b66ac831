"""Signals as Parquet are the signals as JSON, with types."""

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

import tapes
from naive import DOLLAR, NaivePrint
from opentape.flow.judge import judge
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions, GatherOptions, RadarOptions, ScoreOptions
from opentape.flow.signal import Signals
from opentape.market.calendar import iso
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.store.signals import write_signals

OPTIONS = [
    FlowOptions(),
    FlowOptions(
        gather=GatherOptions(block_min_contracts=1),
        score=ScoreOptions(high=60, medium=40, low=20, whale_usd=900.0, golden_score=10),
        radar=RadarOptions(extreme=40, elevated=30, notable=20),
    ),
]
SPELLED_OUT = {"ts", "last_ts", "timestamp"}


def as_json(value: object, name: str = "") -> object:
    """Spell what Parquet holds as the JSON spells it."""
    if name in SPELLED_OUT:
        return iso(value)
    if name == "expiry":
        return value.isoformat()
    if isinstance(value, dict):
        return {key: as_json(each, key) for key, each in value.items()}
    return value


def counted(kind: pa.DataType) -> pa.DataType:
    """Instants as numbers: Python's own hold no nanoseconds."""
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(counted(field.type)) for field in kind])
    return kind


def read(path: Path) -> list[object]:
    table = pq.read_table(path)
    fields = [field.with_type(counted(field.type)) for field in table.schema]
    return [as_json(row) for row in table.cast(pa.schema(fields)).to_pylist()]


def judged(tape, oi, options) -> tuple[Signals, Contracts]:
    _, books, contracts = tapes.folded(tape, oi, options)
    return judge(books, contracts, options), contracts


@pytest.mark.parametrize("options", OPTIONS, ids=["defaults", "others"])
@given(tape=tapes.tapes(), oi=tapes.open_interests())
def test_parquet_holds_what_json_holds(tmp_path_factory, options, tape, oi) -> None:
    signals, contracts = judged(tape, oi, options)
    path = tmp_path_factory.getbasetemp() / "signals.parquet"
    write_signals(path, signals, contracts, options)
    rows = signal_rows(signals, contracts, options)
    assert read(path) == [msgspec.to_builtins(row) for row in rows]


def block(row: int = 0) -> NaivePrint:
    return NaivePrint(
        ts_event=tapes.OPEN_NS + 1_234_567_891,
        root="SPXW",
        expiry=tapes.SERIES[2][1],
        strike_mills=5_000_000,
        right="C",
        price=DOLLAR,
        size=250,
        bid=DOLLAR // 2,
        ask=DOLLAR,
        venue="XCBO",
        cls="regular",
        sequence=7,
        spot=None,
        row=row,
    )


def test_types_of_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "signals.parquet"
    write_signals(path, *judged([block()], None, FlowOptions()), FlowOptions())
    table = pq.read_table(path)
    word = pa.dictionary(pa.int32(), pa.string())
    for name, kind in {
        "id": pa.string(),
        "symbol": word,
        "ts": pa.timestamp("ns", "UTC"),
        "expiry": pa.date32(),
        "strike": pa.float64(),
        "size": pa.int64(),
        "open_interest": pa.int64(),
    }.items():
        assert table.schema.field(name).type == kind
    assert table["ts"].cast(pa.int64()).to_pylist() == [block().ts_event]
    assert pq.read_metadata(path).row_group(0).column(0).compression == "ZSTD"


def test_no_signals_have_the_same_columns(tmp_path: Path) -> None:
    options = FlowOptions()
    write_signals(tmp_path / "some", *judged([block()], None, options), options)
    write_signals(tmp_path / "none", Signals.none(), Contracts(), options)
    assert pq.read_schema(tmp_path / "none") == pq.read_schema(tmp_path / "some")
    assert (len(read(tmp_path / "some")), read(tmp_path / "none")) == (1, [])


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="must not be a folder"):
        write_signals(tmp_path, Signals.none(), Contracts(), FlowOptions())
