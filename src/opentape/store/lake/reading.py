"""Columns of a session from a file of the lake: a slice, or one underlying of it."""

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import Damaged
from opentape.store.lake.maps import Group, Map, Slice
from opentape.store.lake.sheets import Sheet, Sorted


class SheetReader:
    """A file of the lake.

    Every byte that is read is first compared with what was written.
    """

    def __init__(self, folder: Path, sheet: Sheet, mapped: Map) -> None:
        """Open the file that a map is of.

        Raises
        ------
        Damaged
            If it is not there, or its description is not as it was written.
        """
        self.path = folder / mapped.name
        self.map = mapped
        self._sheet = sheet
        with ExitStack() as leaving, _readable(self.path):
            self._bytes = leaving.enter_context(self.path.open("rb"))
            size = os.fstat(self._bytes.fileno()).st_size
            if size != mapped.size:
                raise Damaged(
                    f"{self.path} is damaged: it had {mapped.size:,} bytes, has {size:,}"
                )
            self._check("its description", mapped.footer, mapped.size, mapped.crc)
            self._file = leaving.enter_context(pq.ParquetFile(self.path))
            self._leaving = leaving.pop_all()

    def slice(self, one: Slice) -> PrintBatch | StockBatch:
        """Return the rows of a slice in the order they came.

        Raises
        ------
        Damaged
            If they are not as they were written.
        """
        rank, rows = self._read(one, one.groups)
        arrived = np.empty(one.rows, np.intp)
        arrived[rank] = np.arange(one.rows)
        return rows.take(arrived)

    def symbol(
        self, symbol: str, *, newest_first: bool
    ) -> Iterator[PrintBatch | StockBatch]:
        """Yield the rows of one symbol, in the order they came, or a group at a time back.

        Raises
        ------
        Damaged
            If they are not as they were written.
        """
        step = -1 if newest_first else 1
        for one in self.map.slices[::step]:
            run = next((run for run in one.runs if run.symbol == symbol), None)
            if run is None:
                continue
            end = run.first + run.rows
            for group in one.groups[::step]:
                first = max(run.first - group.first, 0)
                if group.first < end and first < group.rows:
                    rows = self._read(one, [group]).rows
                    yield rows.take(slice(first, end - group.first))

    def close(self) -> None:
        """Let go of the file."""
        self._leaving.close()

    def _read(self, one: Slice, groups: Sequence[Group]) -> Sorted:
        places = [one.first_group + one.groups.index(group) for group in groups]
        for place, group in zip(places, groups, strict=True):
            self._check(f"row group {place}", group.start, group.end, group.crc)
        with _readable(self.path):
            table = self._file.read_row_groups(places)
        return self._sheet.read(table, groups, one.first)

    def _check(self, what: str, start: int, end: int, wanted: int) -> None:
        if crc32(os.pread(self._bytes.fileno(), end - start, start)) != wanted:
            raise Damaged(
                f"{self.path} is damaged in {what}, bytes {start:,} to {end - 1:,}: its "
                "checksum differs"
            )


@contextmanager
def _readable(path: Path) -> Generator[None, None, None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise Damaged(f"{path} is damaged: {error}") from error
