"""A Parquet file that grows batch by batch and appears when it is whole."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

import pyarrow.parquet as pq

from opentape.store.aside import writing
from opentape.store.columns import Column

ROW_GROUP: Final = 1 << 20
"""Rows held until they are written together."""


class Batch(Protocol):
    """Columns of one length."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    def take(self, places: slice, /) -> Self:
        """Return the rows at `places`."""
        ...


Rows = TypeVar("Rows", bound=Batch)


class Growing(Generic[Rows]):
    """Enter it, `write` batches, leave it.

    Groups of rows do not depend on how the batches were cut. What ends it early leaves
    nothing behind.

    Parameters
    ----------
    spell
        A batch as an Arrow table of `schema`.
    join
        Several batches as one.
    encoding
        As `pyarrow.parquet.ParquetWriter` takes it.
    """

    def __init__(
        self,
        path: Path,
        schema: Any,
        spell: Callable[[Rows], Column],
        join: Callable[[list[Rows]], Rows],
        **encoding: Any,
    ) -> None:
        self._path = path
        self._schema = schema
        self._spell = spell
        self._join = join
        self._encoding = encoding
        self._held: list[Rows] = []
        self._rows = 0
        self._leaving = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            aside = stack.enter_context(writing(self._path))
            self._file = stack.enter_context(
                pq.ParquetWriter(aside, self._schema, compression="zstd", **self._encoding)
            )
            stack.push(self._finish)
            self._leaving = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leaving.__exit__(kind, error, traceback)

    def write(self, batch: Rows) -> None:
        """Append the rows of a batch."""
        self._held.append(batch)
        self._rows += batch.rows
        if self._rows < ROW_GROUP:
            return
        held = self._join(self._held)
        whole = held.rows - held.rows % ROW_GROUP
        for start in range(0, whole, ROW_GROUP):
            self._write_group(held.take(slice(start, start + ROW_GROUP)))
        self._held = [held.take(slice(whole, None))]
        self._rows = self._held[0].rows

    def _finish(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._rows:
            self._write_group(self._join(self._held))

    def _write_group(self, rows: Rows) -> None:
        self._file.write_table(self._spell(rows), rows.rows)
