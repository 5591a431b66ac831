"""Prints that are written in our own columns are read back as they were."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapes
from opentape.feeds.tape import open_tape
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition, classify
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS
from opentape.store import growing
from opentape.store.growing import ROW_GROUP
from opentape.store.prints import CODES, SCHEMA, PrintWriter

PRICES = st.integers(1, 999_999 * 10**9)
AMOUNTS = st.one_of(st.just(UNKNOWN), st.integers(-(10**14), 999_999 * 10**9))
NUMBERS = st.one_of(st.just(0), st.integers(-(2**31), 2**62))
PRINT = st.fixed_dictionaries(
    {
        "ts_event": st.integers(10**18, 4 * 10**18),
        "sequence": NUMBERS,
        "row": st.just(0),
        "contract": st.integers(0, len(tapes.SERIES) - 1),
        "price": PRICES,
        "size": st.integers(1, (1 << 24) - 1),
        "bid": AMOUNTS,
        "ask": AMOUNTS,
        "spot": AMOUNTS,
        "venue": st.integers(0, len(MICS) - 1),
        "condition": st.sampled_from(Condition),
        "marks": st.sampled_from([0, 1, 2, 4, 5, 6]),
        "cancels": NUMBERS,
    }
)


def some_contracts() -> Contracts:
    contracts = Contracts()
    contracts.intern([f"{r}{e:%y%m%d}{right}{k:08d}" for r, e, k, right in tapes.SERIES])
    contracts.set_multiplier(4, 150)
    return contracts


def batch_of(rows: list[dict[str, int]]) -> PrintBatch:
    batch = PrintBatch.empty(len(rows))
    for at, row in enumerate(rows):
        for name, value in row.items():
            getattr(batch, name)[at] = value
    return batch


def plain(count: int, **changes: int) -> PrintBatch:
    row = {
        "ts_event": tapes.OPEN_NS, "sequence": 0, "row": 0, "contract": 0, "price": 10**9,
        "size": 1, "bid": UNKNOWN, "ask": UNKNOWN, "spot": UNKNOWN, "venue": 0,
        "condition": 0, "marks": 0, "cancels": 0,
    }  # fmt: skip
    return batch_of([row | changes]).take(np.zeros(count, np.intp))


def facts(batch: PrintBatch, contracts: Contracts) -> list[object]:
    """Every column but the row, the contract by what it is."""
    told = [contracts[place] for place in batch.contract.tolist()]
    rest = batch._replace(row=batch.row[:0], contract=batch.contract[:0])
    return [told, *(column.tolist() for column in rest)]


def read(path: Path) -> list[object]:
    tape = open_tape([path])
    batch = PrintBatch.joined(list(tape.batches()))
    assert tape.skips.total == 0
    assert not tape.unknown_conditions
    assert batch.row.tolist() == list(range(batch.rows))
    return facts(batch, tape.contracts)


@given(rows=st.lists(PRINT, min_size=1, max_size=40), cuts=st.lists(st.integers(0, 40)))
def test_what_is_written_is_read(tmp_path_factory, rows, cuts) -> None:
    rows.sort(key=lambda row: (row["ts_event"], row["sequence"]))
    contracts, batch = some_contracts(), batch_of(rows)
    path = tmp_path_factory.getbasetemp() / "prints.parquet"
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    with PrintWriter(path, contracts) as writer:
        for start, stop in pairwise(bounds):
            writer.write(batch.take(slice(start, stop)))
    assert read(path) == facts(batch, contracts)


def test_every_class_and_venue_has_a_code_that_reads_back() -> None:
    assert [classify(code) for code in CODES] == list(Condition)


def test_prints_are_written_by_the_million(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(growing, "ROW_GROUP", 10)
    path = tmp_path / "prints.parquet"
    with PrintWriter(path, some_contracts()) as writer:
        for size in (3, 9, 0, 25, 1):
            writer.write(plain(size))
    file = pq.ParquetFile(path).metadata
    groups = [file.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert groups == [10, 10, 10, 8]
    assert ROW_GROUP == 1 << 20


def test_contracts_may_be_met_while_writing(tmp_path: Path) -> None:
    contracts, path = Contracts(), tmp_path / "prints.parquet"
    with PrintWriter(path, contracts) as writer:
        for symbol in ("SPY260521C00500000", "A260521P00000500"):
            place = int(contracts.intern([symbol])[0])
            writer.write(plain(1, contract=place))
    assert [contract.root for contract in read(path)[0]] == ["SPY", "A"]


def test_columns_and_types(tmp_path: Path) -> None:
    path = tmp_path / "prints.parquet"
    with PrintWriter(path, some_contracts()) as writer:
        writer.write(plain(1))
    schema = pq.read_schema(path)
    assert schema == SCHEMA
    assert schema.field("ts_event").type == pa.timestamp("ns", "UTC")
    row = pq.read_table(path).drop(["ts_event"]).to_pylist()[0]
    assert row == {
        "symbol": "SPY   260521C00500000", "price": 1.0, "size": 1, "bid": None,
        "ask": None, "spot": None, "venue": "XXXX", "condition": "I", "sequence": None,
        "cancels": None, "nbbo_state": None, "withdrawn": False, "multiplier": 100,
    }  # fmt: skip


def test_nothing_is_left_of_a_tape_that_breaks_off(tmp_path: Path) -> None:
    writer = PrintWriter(tmp_path / "prints.parquet", some_contracts())

    def half() -> None:
        with writer:
            writer.write(plain(3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["prints", "prints.csv", "prints.parquet.gz"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match=r"as Parquet, to a name ending in .parquet, was "):
        PrintWriter(tmp_path / name, Contracts())


@pytest.mark.parametrize(("day", "mills"), [(10_956, 500), (47_482, 500), (20_000, 10**8)])
def test_a_contract_without_a_symbol_is_refused(tmp_path: Path, day, mills) -> None:
    contracts = Contracts()
    contracts.intern_columns(["SPY"], np.array([day]), np.array([mills]), np.array([True]))

    def write() -> None:
        with PrintWriter(tmp_path / "prints.parquet", contracts) as writer:
            writer.write(plain(1))

    with pytest.raises(BadFile, match="an OSI symbol has an expiry from 2000 to 2099"):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("column", "marks"),
    [
        ([True, False, None], [4, 0, 0]),
        (["true", "False", " 1"], [4, 0, 4]),
        ([1, 0, None], [4, 0, 0]),
    ],
)
def test_withdrawn_prints_may_be_marked_in_several_ways(tmp_path, column, marks) -> None:
    path = tmp_path / "prints.parquet"
    with PrintWriter(path, some_contracts()) as writer:
        writer.write(plain(3))
    table = pq.read_table(path)
    at = table.schema.get_field_index("withdrawn")
    pq.write_table(table.set_column(at, "withdrawn", pa.array(column)), path)
    (batch,) = open_tape([path]).batches()
    assert batch.marks.tolist() == marks
