"""Prints into the order they are folded in: (ts_event, sequence, row).

A tape that fits the budget is sorted in memory. A longer one is written to a temporary
folder as sorted runs, which are merged block by block: all rows up to the smallest of the
runs' last loaded keys are complete, so they are sorted together and handed on.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import ipc

from opentape.market.columns import DTYPES, PrintBatch
from opentape.market.errors import BadFile

BUDGET: Final = 24_000_000
"""Prints that are sorted in memory, 75 bytes each and as much again while sorting."""
BATCH_ROWS: Final = 1 << 18


def in_fold_order(
    batches: Iterable[PrintBatch], *, budget: int = BUDGET, folder: Path | None = None
) -> Iterator[PrintBatch]:
    """Yield the rows of `batches` in fold order.

    Parameters
    ----------
    budget : int
        Rows that may be held in memory at once; the result does not depend on it.
    folder : Path, optional
        Where runs are written if there are more rows, the system's own place if not given.

    Raises
    ------
    BadFile
        If the runs cannot be written.
    """
    held: list[PrintBatch] = []
    rows = 0
    with _Runs(folder) as runs:
        for batch in batches:
            held.append(batch)
            rows += batch.rows
            if rows >= budget:
                runs.write(_sorted_batches(held))
                rows = 0
        if not runs.paths:
            yield from _sorted_batches(held)
            return
        if held:
            runs.write(_sorted_batches(held))
        yield from _merged([runs.read(path) for path in runs.paths])


def _sorted_batches(held: list[PrintBatch]) -> Iterator[PrintBatch]:
    """Yield what `held` holds, sorted; empties the list to free memory as it goes."""
    if not held:
        return
    columns = list(zip(*held, strict=True))
    held.clear()
    whole: list[NDArray[np.generic]] = []
    while columns:
        whole.append(np.concatenate(columns.pop(0)))
    joined = PrintBatch._make(whole)
    order = _fold_order(joined)
    for start in range(0, joined.rows, BATCH_ROWS):
        part = slice(start, start + BATCH_ROWS)
        yield joined.take(part if order is None else order[part])


def _fold_order(batch: PrintBatch) -> NDArray[np.intp] | None:
    """Return the places of rows in fold order, None if they are in that order."""
    if _is_sorted(batch[:3]):
        return None
    order = np.argsort(batch.ts_event, kind="stable")
    if _is_sorted([column[order] for column in batch[:3]]):
        return order
    return np.lexsort((batch.row, batch.sequence, batch.ts_event))


def _is_sorted(keys: Sequence[NDArray[np.int64]]) -> bool:
    tied = np.ones(keys[0].size - 1, np.bool_)
    for key in keys:
        if (tied & (key[1:] < key[:-1])).any():
            return False
        tied &= key[1:] == key[:-1]
    return True


def _merged(runs: list[Iterator[PrintBatch]]) -> Iterator[PrintBatch]:
    loaded = [(run, batch) for run in runs if (batch := next(run, None)) is not None]
    while len(loaded) > 1:
        bound = min((_key(batch, -1) for _, batch in loaded))
        due: list[PrintBatch] = []
        rest: list[tuple[Iterator[PrintBatch], PrintBatch]] = []
        for run, batch in loaded:
            count = _up_to(batch, bound)
            due.append(batch.take(slice(0, count)))
            left = batch.take(slice(count, None)) if count < batch.rows else next(run, None)
            if left is not None:
                rest.append((run, left))
        loaded = rest
        joined = PrintBatch.joined(due)
        order = _fold_order(joined)
        yield joined if order is None else joined.take(order)
    for run, batch in loaded:
        yield batch
        yield from run


def _key(batch: PrintBatch, at: int) -> tuple[int, int, int]:
    return int(batch.ts_event[at]), int(batch.sequence[at]), int(batch.row[at])


def _up_to(batch: PrintBatch, bound: tuple[int, int, int]) -> int:
    """Return how many rows of a sorted batch are not after `bound`."""
    stamp, number, row = bound
    first, past = (
        int(np.searchsorted(batch.ts_event, stamp, s)) for s in ("left", "right")
    )
    numbers, rows = batch.sequence[first:past], batch.row[first:past]
    within = (numbers < number) | (numbers == number) & (rows <= row)
    return first + int(np.count_nonzero(within))


class _Runs:
    """Sorted runs of prints in a temporary folder that is removed in any case."""

    def __init__(self, folder: Path | None) -> None:
        self._parent = folder
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.paths: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def write(self, batches: Iterator[PrintBatch]) -> None:
        try:
            self._write(batches)
        except (OSError, pa.ArrowException) as error:
            where = (
                self._folder.name if self._folder else self._parent or tempfile.gettempdir()
            )
            raise BadFile(
                f"a tape this long is sorted on disk, was not possible in {where}: {error}"
            ) from error

    def read(self, path: Path) -> Iterator[PrintBatch]:
        with pa.memory_map(str(path)) as source:
            reader = ipc.open_file(source)
            for at in range(reader.num_record_batches):
                columns = reader.get_batch(at).columns
                yield PrintBatch._make(np.array(column) for column in columns)

    def _write(self, batches: Iterator[PrintBatch]) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="opentape-", dir=self._parent)
        path = Path(self._folder.name) / f"{len(self.paths)}.arrow"
        schema = pa.schema(
            [(name, pa.from_numpy_dtype(kind)) for name, kind in DTYPES.items()]
        )
        with ipc.new_file(path, schema) as writer:
            for batch in batches:
                writer.write_batch(pa.record_batch(list(batch), schema=schema))
        self.paths.append(path)
