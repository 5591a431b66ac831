"""Fold order, in memory and with runs on disk."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.feeds import order
from opentape.feeds.order import in_fold_order
from opentape.market.columns import DTYPES, PrintBatch
from opentape.market.errors import BadFile


def prints(keys: list[tuple[int, int]]) -> PrintBatch:
    """Prints with (time, sequence) given; every other column tells the row."""
    row = np.arange(len(keys))
    batch = PrintBatch._make(row.astype(kind) for kind in DTYPES.values())
    ts, sequence = (np.array([key[at] for key in keys], np.int64) for at in (0, 1))
    return batch._replace(ts_event=ts, sequence=sequence)


def pieces(batch: PrintBatch, size: int) -> Iterator[PrintBatch]:
    for start in range(0, batch.rows, size):
        yield batch.take(slice(start, start + size))


def lines(batches: Iterator[PrintBatch]) -> list[tuple[int, ...]]:
    return [
        line for batch in batches for line in zip(*(c.tolist() for c in batch), strict=True)
    ]


KEYS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=60)


@given(KEYS, st.integers(1, 20), st.integers(1, 70), st.integers(1, 9))
def test_order_does_not_depend_on_the_budget(
    tmp_path_factory, keys, size, budget, block
) -> None:
    batch = prints(keys)
    expected = sorted(lines(pieces(batch, 10_000)))
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "BATCH_ROWS", block)
        found = lines(in_fold_order(pieces(batch, size), budget=budget, folder=folder))
    assert found == expected
    assert list(folder.iterdir()) == []


def test_many_rows_come_in_batches() -> None:
    rng = np.random.default_rng(1)
    batch = prints([(0, 0)] * 600_000)._replace(ts_event=rng.integers(0, 9**9, 600_000))
    for budget in (10**9, 100_000):
        batches = list(in_fold_order(pieces(batch, 50_000), budget=budget))
        assert max(each.rows for each in batches) <= 1 << 20
        joined = PrintBatch.joined(batches)
        assert (np.diff(joined.ts_event) >= 0).all()
        assert (np.bincount(joined.row) == 1).all()


def test_runs_are_removed_when_the_reader_stops(tmp_path: Path) -> None:
    batches = in_fold_order(pieces(prints([(0, 0)] * 100), 10), budget=20, folder=tmp_path)
    next(batches)
    assert list(tmp_path.iterdir()) != []
    batches.close()
    assert list(tmp_path.iterdir()) == []


def test_runs_are_removed_when_a_file_turns_out_damaged(tmp_path: Path) -> None:
    def damaged() -> Iterator[PrintBatch]:
        yield from pieces(prints([(0, 0)] * 100), 10)
        raise BadFile("damaged")

    with pytest.raises(BadFile, match="damaged"):
        lines(in_fold_order(damaged(), budget=20, folder=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is sorted on disk, was not possible in"):
        lines(in_fold_order(iter([prints([(0, 0)])]), budget=1, folder=tmp_path / "none"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch) -> None:
    class Full:
        """A folder in which every file is on a full disk."""

        def __init__(self, **_: object) -> None:
            self.name = str(tmp_path)
            (tmp_path / "0.arrow").symlink_to("/dev/full")

        def cleanup(self) -> None:
            (tmp_path / "0.arrow").unlink()

    monkeypatch.setattr(order.tempfile, "TemporaryDirectory", Full)
    with pytest.raises(BadFile, match="No space left on device"):
        lines(in_fold_order(iter([prints([(0, 0)] * 9)]), budget=1))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_nothing() -> None:
    assert list(in_fold_order(iter([]))) == []
