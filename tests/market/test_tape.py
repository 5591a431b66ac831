"""Skipped rows, and prints as columns."""

import numpy as np

from opentape.market.columns import DTYPES, PrintBatch
from opentape.market.tape import SHOWN, SkippedRow, Skips


def test_rows_are_counted_and_the_first_few_kept() -> None:
    skips = Skips()
    skips.add("bad_price", 0, [(1, "never")])
    assert skips.counts == {}
    assert skips.examples == {}
    skips.add("bad_price", 2, [(4, "x"), (9, "y")])
    skips.add("bad_price", 10, ((row, "z") for row in range(10, 20)))
    skips.add("bad_time", 1)
    assert skips.total == 13
    assert len(skips.examples["bad_price"]) == SHOWN
    assert skips.examples["bad_price"][2] == SkippedRow("bad_price", 10, "z")


def test_what_was_found_fits_a_line_of_a_terminal() -> None:
    skips = Skips()
    found = ["S" * 3_000_000, "\x1b[31mSPÝ\0\n", "é" * 120]
    skips.add("bad_contract", 3, enumerate(found))
    shown = [kept.detail for kept in skips.examples["bad_contract"]]
    assert shown == ["S" * 117 + "...", r"\x1b[31mSPÝ\x00\n", "é" * 120]


def test_a_batch_is_as_many_columns_of_one_length() -> None:
    batch = PrintBatch.empty(4)
    assert batch.rows == 4
    assert {name: column.dtype for name, column in batch._asdict().items()} == DTYPES
    batch.row[:] = np.arange(4)
    assert batch.take(slice(1, 3)).row.tolist() == [1, 2]
    assert batch.take(np.array([3, 0])).row.tolist() == [3, 0]
    assert PrintBatch.joined([batch]) is batch
    assert PrintBatch.joined([batch, batch.take(slice(2))]).row.tolist() == [
        0,
        1,
        2,
        3,
        0,
        1,
    ]
