"""Bytes are those that Arrow writes, and Arrow reads them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.columns import DTYPES, PrintBatch
from opentape.store.journal.arrow import Layout

PRINTS = Layout(DTYPES)


def batch_of(rows, seed=0):
    random = np.random.default_rng(seed)
    return PrintBatch._make(
        random.integers(0, 200, rows).astype(dtype) for dtype in DTYPES.values()
    )


@given(st.integers(0, 300))
def test_it_writes_what_arrow_writes(rows: int) -> None:
    batch = batch_of(rows)
    arrays = [pa.array(column) for column in batch]
    theirs = pa.RecordBatch.from_arrays(arrays, schema=PRINTS.schema).serialize()
    ours = PRINTS.write(batch)
    assert ours == theirs.to_pybytes()
    read = pa.ipc.read_record_batch(pa.py_buffer(ours), PRINTS.schema)
    assert all(
        np.array_equal(column.to_numpy(), wanted)
        for column, wanted in zip(read.columns, batch, strict=True)
    )


@pytest.mark.parametrize("rows", [0, 1, 7, 1000, 1 << 16, (1 << 16) + 5])
def test_there_and_back(rows: int) -> None:
    batch = batch_of(rows)
    read = PRINTS.read(PRINTS.write(batch), rows)
    for column, wanted in zip(read, batch, strict=True):
        assert column.dtype == wanted.dtype
        assert np.array_equal(column, wanted)


def test_columns_of_a_slice_and_of_other_types() -> None:
    batch = batch_of(50)
    parted = PrintBatch._make(column[::3] for column in batch)
    wide = parted._replace(size=parted.size.astype(np.int64))
    wanted = PRINTS.write(PrintBatch._make(column.copy() for column in parted))
    assert PRINTS.write(parted) == PRINTS.write(wide) == wanted


def test_too_few_bytes() -> None:
    with pytest.raises(ValueError, match="offset must be"):
        PRINTS.read(b"short", 10)
