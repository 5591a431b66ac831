"""Columns of a session to a file of the lake, slice by slice."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, Self
from zlib import crc32

import msgspec
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opentape.market.columns import PrintBatch, StockBatch
from opentape.store.lake.columns import Columns
from opentape.store.lake.maps import Group, Map, Run, Slice
from opentape.store.lake.sheets import Sheet

SLICE: Final = 1 << 21
"""Rows at least that are sorted together; memory is held for so many."""
GROUP: Final = 1 << 16
"""Rows at most that are read together."""


class Symbols(NamedTuple):
    """What the rows of a slice are sorted by."""

    codes: NDArray[np.int64]
    """Of each row, a place in `names`."""
    names: Sequence[str]


class SheetWriter:
    """A file that grows entry by entry; `finish` it to have its map.

    Parameters
    ----------
    folder
        Where it is written.
    sheet
        Its name and columns.
    symbols
        What rows are sorted by.
    """

    def __init__(
        self, folder: Path, sheet: Sheet, symbols: Callable[[Any], Symbols]
    ) -> None:
        self._path = folder / sheet.file
        self._sheet = sheet
        self._symbols = symbols
        self._held: list[PrintBatch | StockBatch] = []
        self._rows = 0
        """That are held."""
        self._first, self._first_entry, self._end_entry = 0, 0, 0
        self._slices: list[Slice] = []
        self._groups = 0
        self._columns = Columns(sheet)
        self._file = pq.ParquetWriter(
            self._path,
            sheet.schema,
            compression="zstd",
            write_statistics=False,
            store_schema=False,
            **sheet.encoding,
        )

    def add(self, number: int, batch: PrintBatch | StockBatch) -> None:
        """Append the rows of an entry."""
        self._held.append(batch)
        self._rows += batch.rows
        self._end_entry = number + 1
        if self._rows >= SLICE:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file as it is."""
        self._file.close()

    def finish(self) -> Map | None:
        """Write what is held; None if there was nothing at all, and then no file."""
        if self._rows:
            self._flush()
        self._file.close()
        if not self._slices:
            self._path.unlink()
            return None
        return self._map()

    def _flush(self) -> None:
        columns = zip(*self._held, strict=True)
        batch = self._sheet.batch._make(np.concatenate(column) for column in columns)
        self._columns.add(batch)
        symbols = self._symbols(batch)
        by_name = np.argsort(np.argsort(symbols.names))
        order = np.argsort(by_name[symbols.codes].astype(np.int32), kind="stable")
        runs = _runs(symbols, order)
        groups = tuple(
            self._write(batch, order[start:end], start) for start, end in _cuts(runs)
        )
        self._slices.append(
            Slice(
                first_entry=self._first_entry,
                end_entry=self._end_entry,
                first=self._first,
                rows=batch.rows,
                first_group=self._groups,
                groups=groups,
                runs=runs,
            )
        )
        self._groups += len(groups)
        self._first += batch.rows
        self._first_entry = self._end_entry
        self._held, self._rows = [], 0

    def _write(
        self, batch: PrintBatch | StockBatch, rank: NDArray[np.intp], start: int
    ) -> Group:
        table, codings = self._sheet.stored(
            batch.take(rank), rank.astype(np.int32), self._first
        )
        self._file.write_table(table, row_group_size=rank.size)
        return Group(start, rank.size, tuple(codings))

    def _map(self) -> Map:
        told = pq.read_metadata(self._path)
        ends = [_end(told.row_group(at)) for at in range(told.num_row_groups)]
        body = self._path.read_bytes()
        starts = [0, *ends[:-1]]
        slices = list[Slice]()
        for one in self._slices:
            places = range(one.first_group, one.first_group + len(one.groups))
            groups = [
                msgspec.structs.replace(
                    group,
                    start=starts[at],
                    end=ends[at],
                    crc=crc32(body[starts[at] : ends[at]]),
                )
                for at, group in zip(places, one.groups, strict=True)
            ]
            slices.append(msgspec.structs.replace(one, groups=tuple(groups)))
        footer = crc32(body[ends[-1] :])
        columns = dict(self._columns.told())
        return Map(self._sheet.file, len(body), ends[-1], footer, columns, tuple(slices))


def _end(group: Any) -> int:
    """Return where the last column of a group of rows ends in its file."""
    columns = [group.column(at) for at in range(group.num_columns)]
    return max(
        (column.dictionary_page_offset or column.data_page_offset)
        + column.total_compressed_size
        for column in columns
    )


def _runs(symbols: Symbols, order: NDArray[np.intp]) -> tuple[Run, ...]:
    codes = symbols.codes[order]
    firsts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1])[: codes.size])
    rows = np.diff(np.append(firsts, codes.size))
    found = zip(firsts.tolist(), rows.tolist(), strict=True)
    return tuple(Run(symbols.names[int(codes[at])], at, count) for at, count in found)


def _cuts(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Return where groups start and end: long runs alone, short ones together."""
    cuts = list[int]()
    start = end = 0
    for run in runs:
        if run.rows >= GROUP // 2 or run.first + run.rows - start > GROUP:
            cuts.append(run.first)
            start = run.first
        parts = -(-run.rows // GROUP)
        if parts > 1:
            cuts += [run.first + run.rows * part // parts for part in range(1, parts)]
        end = run.first + run.rows
        if run.rows >= GROUP // 2:
            cuts.append(end)
            start = end
    edges = sorted({0, end, *cuts})
    return list(pairwise(edges))
