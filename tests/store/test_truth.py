"""The truth of a simulated day is read back as it was written."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import market_folders
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.simulation.customers.structures import NAMES
from opentape.simulation.records import INTENTS, STYLES, BookKept, Fault, Truth
from opentape.store import growing
from opentape.store.market.told import StoredTruth, read_book, read_faults, read_truth
from opentape.store.market.truth import TruthWriter

TYPES = {
    "sequence": np.int64, "parent": np.int64, "package": np.int64, "structure": np.uint8,
    "intent": np.uint8, "style": np.uint8, "aggressor": np.int8, "customer": np.int8,
    "opens": np.int8, "oi_change": np.int32, "roll": np.bool_, "hedge": np.bool_,
    "direction": np.int8, "busted": np.bool_,
}  # fmt: skip
SIGN = st.sampled_from([-1, 0, 1])
ROW = st.fixed_dictionaries(
    {
        "sequence": st.integers(1, 2**62),
        "parent": st.integers(1, 2**62),
        "package": st.integers(0, 2**62),
        "structure": st.integers(0, len(NAMES) - 1),
        "intent": st.integers(0, len(INTENTS) - 1),
        "style": st.integers(0, len(STYLES) - 1),
        "aggressor": SIGN,
        "customer": SIGN,
        "opens": SIGN,
        "oi_change": st.integers(-(2**31), 2**31 - 1),
        "roll": st.booleans(),
        "hedge": st.booleans(),
        "direction": SIGN,
        "busted": st.booleans(),
    }
)
FAULT = st.builds(
    Fault,
    kind=st.sampled_from(["gap", "duplicate"]),
    sequence=st.integers(1, 2**62),
    ts_event=st.integers(10**18, 4 * 10**18),
    detail=st.text(max_size=20),
)


def truth_of(rows: list[dict]) -> Truth:
    return Truth(**{n: np.array([row[n] for row in rows], t) for n, t in TYPES.items()})


def some_book(contracts: Contracts) -> BookKept:
    places = contracts.intern(market_folders.SYMBOLS)
    return BookKept(places, *(np.arange(places.size) * 10**each for each in range(7)))


def write(folder: Path, *parts: Truth, structures: tuple[str, ...] = NAMES) -> None:
    with TruthWriter(folder, structures, Contracts()) as writer:
        for part in parts:
            writer.write(part)


def equal(one: Truth | BookKept, other: Truth | BookKept) -> bool:
    return all(
        np.array_equal(mine, theirs) and mine.dtype == theirs.dtype
        for mine, theirs in zip(one, other, strict=True)
    )


@given(st.lists(ROW, max_size=30), st.integers(0, 30), st.integers(1, 12))
def test_prints_are_read_back(tmp_path_factory, rows, cut, group):
    folder = tmp_path_factory.mktemp("day")
    written = truth_of(rows)
    before, growing.ROW_GROUP = growing.ROW_GROUP, group
    try:
        write(folder, written.take(slice(0, cut)), written.take(slice(cut, None)))
    finally:
        growing.ROW_GROUP = before
    assert equal(read_truth(folder), written)
    groups = pq.ParquetFile(folder / "truth" / "prints.parquet").metadata.num_row_groups
    assert groups == -(-len(rows) // group)


def test_words_and_nulls_are_as_documented(tmp_path):
    row = {
        "sequence": 7, "parent": 3, "package": 0, "structure": 0, "intent": 5, "style": 1,
        "aggressor": 0, "customer": 0, "opens": -1, "oi_change": -4, "roll": False,
        "hedge": True, "direction": -1, "busted": False,
    }  # fmt: skip
    leg = row | {
        "sequence": 8, "package": 2, "structure": 1, "style": 6, "aggressor": -1,
        "customer": 1, "opens": 0, "direction": 0,
    }  # fmt: skip
    write(tmp_path, truth_of([row, leg]))
    one, other = pq.read_table(tmp_path / "truth" / "prints.parquet").to_pylist()
    assert one == {
        "sequence": 7, "parent": 3, "package": None, "structure": None, "intent": "hedger",
        "style": "sweep", "aggressor": None, "customer": None, "opens": None,
        "oi_change": -4, "roll": False, "hedge": True, "direction": "bearish",
        "busted": False,
    }  # fmt: skip
    assert other == one | {
        "sequence": 8, "package": 2, "structure": "bull_call_vertical", "style": "complex",
        "aggressor": "sell", "customer": "buy", "opens": False, "direction": "neutral",
    }  # fmt: skip


def test_rows_made_by_hand_are_read(tmp_path):
    made = market_folders.make(tmp_path, 1, orders=20, faults=True)
    read = read_truth(tmp_path)
    assert read.sequence.tolist() == [row["sequence"] for row in made.truth]
    assert [STYLES[code] for code in read.style] == [row["style"] for row in made.truth]
    word = {1: "buy", -1: "sell", 0: None}
    assert [word[sign] for sign in read.customer.tolist()] == [
        row["customer"] for row in made.truth
    ]
    opened = {1: True, 0: False, -1: None}
    assert [opened[o] for o in read.opens.tolist()] == [row["opens"] for row in made.truth]
    assert [fault._asdict() for fault in read_faults(tmp_path)] == made.faults


def test_the_book_is_read_back_with_the_dealers_beside(tmp_path):
    contracts = Contracts()
    book = some_book(contracts)
    with TruthWriter(tmp_path, NAMES, contracts) as writer:
        writer.write_book(book)
    assert equal(read_book(tmp_path, contracts), book)
    rows = pq.read_table(tmp_path / "truth" / "book.parquet").to_pylist()
    assert [row["symbol"] for row in rows] == market_folders.SYMBOLS
    for row in rows:
        assert row["dealer"] == row["customer_short"] - row["customer_long"]
        closing = row["customer_short_close"] - row["customer_long_close"]
        assert row["dealer_close"] == closing
    other = Contracts()
    other.intern(["QQQ   260529C00400000"])
    assert read_book(tmp_path, other).contract.tolist() == [1, 2, 3, 4, 5]


@given(st.lists(FAULT, max_size=10))
def test_faults_are_read_back(tmp_path_factory, faults):
    folder = tmp_path_factory.mktemp("day")
    with TruthWriter(folder, NAMES, Contracts()) as writer:
        writer.write_faults(iter(faults))
    assert read_faults(folder) == tuple(faults)


def test_a_day_that_fails_leaves_nothing(tmp_path):
    class Stop(Exception):
        pass

    def fail() -> None:
        with TruthWriter(tmp_path, NAMES, Contracts()) as writer:
            writer.write_faults([Fault("gap", 1, 10**18, "")])
            raise Stop

    with pytest.raises(Stop):
        fail()
    assert list((tmp_path / "truth").iterdir()) == []


def test_the_same_rows_are_the_same_bytes(tmp_path):
    rows = market_folders.make(tmp_path, 2).truth
    read = read_truth(tmp_path)
    assert read.rows == len(rows)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, read)
    one, other = (
        (tmp_path / name / "truth" / "prints.parquet").read_bytes()
        for name in ("one", "other")
    )
    assert one == other


def change(path: Path, name: str, values: list | None) -> None:
    table = pq.read_table(path)
    at = table.column_names.index(name)
    table = table.remove_column(at)
    if values is not None:
        table = table.add_column(at, name, pa.array(values))
    pq.write_table(table, path)


def test_what_is_wrong_with_a_file_is_said(tmp_path):
    made = market_folders.make(tmp_path, 3, orders=10)
    path = tmp_path / "truth" / "prints.parquet"
    whole = path.read_bytes()
    change(path, "style", ["sweeep"] * len(made.truth))
    with pytest.raises(BadFile, match=r"style in .* must be one of auto, .*, was 'sweeep'"):
        read_truth(tmp_path)
    path.write_bytes(whole)
    change(path, "hedge", None)
    with pytest.raises(BadFile, match="must have a column hedge"):
        read_truth(tmp_path)
    path.write_bytes(whole)
    change(path, "parent", ["many"] * len(made.truth))
    with pytest.raises(BadFile, match="another type"):
        read_truth(tmp_path)
    path.write_bytes(whole)
    change(path, "parent", [None] * len(made.truth))
    with pytest.raises(BadFile, match="rows of parent"):
        read_truth(tmp_path)
    path.write_bytes(whole[:-50])
    with pytest.raises(BadFile, match="must be a Parquet file"):
        read_truth(tmp_path)


def test_a_book_names_contracts(tmp_path):
    made = market_folders.make(tmp_path, 3, orders=10)
    change(tmp_path / "truth" / "book.parquet", "symbol", ["what"] * len(made.book))
    with pytest.raises(BadFile, match="must be an OSI symbol, was 'what'"):
        read_book(tmp_path, Contracts())


@pytest.mark.parametrize("name", ["prints.parquet", "book.parquet", "faults.parquet"])
def test_each_file_must_be_there(tmp_path, name):
    market_folders.make(tmp_path, 3, orders=10)
    (tmp_path / "truth" / name).unlink()
    with pytest.raises(BadFile, match=f"needs truth/{name}"):
        StoredTruth(tmp_path)
