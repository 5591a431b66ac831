"""The columns of entries, from the lake, in the order they came."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import Damaged
from opentape.store.journal.database import FACTS, reading
from opentape.store.journal.facts import Kind
from opentape.store.journal.rows import damage, flaw_of
from opentape.store.journal.tables import Row
from opentape.store.lake.facts import maps_of
from opentape.store.lake.maps import Slice
from opentape.store.lake.reading import SheetReader
from opentape.store.lake.sheets import PRINTS, SHEETS, Sheet

_BEFORE: Final = """SELECT coalesce(sum(rows), 0) FROM entries
    WHERE kind = ? AND number >= ? AND number < ?"""


class LakeBodies:
    """Fills `store.journal.kept.Bodies`; nothing is read before it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._walks: dict[Kind, _Walk] = {}

    def of(self, row: Row) -> PrintBatch | StockBatch:
        """Return what an entry holds; entries are asked for in their order.

        Raises
        ------
        Damaged
            If it is not as it was written.
        """
        sheet = next((sheet for sheet in SHEETS if sheet.kind == row.kind), None)
        if sheet is None:
            raise damage(self._folder, row.number, "its body is missing")
        if not row.rows:
            return _empty(sheet)
        try:
            if sheet.kind not in self._walks:
                self._walks[sheet.kind] = self._walk(sheet)
            return self._walks[sheet.kind].take(row)
        except Damaged as error:
            raise damage(self._folder, row.number, str(error)) from error

    def prints(self, symbol: str, *, newest_first: bool) -> Iterator[PrintBatch] | None:
        """Yield the prints of one underlying, reading no others.

        None if all stand in the journal.

        Raises
        ------
        Damaged
            If they are not as they were written.
        """
        if not (self._folder / FACTS).exists():
            return None
        return self._prints(symbol, newest_first=newest_first)

    def close(self) -> None:
        """Let go of the files."""
        for walk in self._walks.values():
            walk.reader.close()

    def _prints(self, symbol: str, *, newest_first: bool) -> Iterator[PrintBatch]:
        for told in maps_of(self._folder):
            if told.name == PRINTS.file:
                with closing(SheetReader(self._folder, PRINTS, told)) as reader:
                    for rows in reader.symbol(symbol, newest_first=newest_first):
                        yield PrintBatch._make(rows)

    def _walk(self, sheet: Sheet) -> "_Walk":
        maps = {one.name: one for one in maps_of(self._folder)}
        if sheet.file not in maps:
            raise Damaged(f"{sheet.file} is not told of")
        return _Walk(
            self._folder, sheet, SheetReader(self._folder, sheet, maps[sheet.file])
        )


class _Walk:
    """One slice of a file at a time."""

    def __init__(self, folder: Path, sheet: Sheet, reader: SheetReader) -> None:
        self._folder = folder
        self._sheet = sheet
        self.reader = reader
        self._slice: Slice | None = None
        self._rows = _empty(sheet)
        self._at = 0

    def take(self, row: Row) -> PrintBatch | StockBatch:
        if self._slice is None or row.number >= self._slice.end_entry:
            self._turn(row)
        part = self._rows.take(slice(self._at, self._at + row.rows))
        self._at += row.rows
        if part.rows != row.rows:
            raise Damaged(f"{self.reader.path} has too few rows")
        return part

    def _turn(self, row: Row) -> None:
        slices = self.reader.map.slices
        self._slice = next((one for one in slices if row.number < one.end_entry), None)
        if self._slice is None:
            raise Damaged(f"{self.reader.path} ends before")
        # before the next one is made, not after
        self._rows = _empty(self._sheet)
        self._rows = self.reader.slice(self._slice)
        self._at = self._rows_between(self._slice.first_entry, row.number)

    def _rows_between(self, first: int, end: int) -> int:
        given = (int(self._sheet.kind), first, end)
        try:
            with reading(self._folder) as base:
                return base.execute(_BEFORE, given).fetchone()[0]
        except sqlite3.Error as error:
            raise damage(self._folder, end, flaw_of(self._folder, error)) from error


def _empty(sheet: Sheet) -> PrintBatch | StockBatch:
    batch = sheet.batch
    return batch._make(np.empty(0, sheet.dtypes[name]) for name in batch._fields)
