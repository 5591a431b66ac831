"""A Parquet file that grows table by table and appears when it is whole."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow.parquet as pq

from opentape.store.aside import writing
from opentape.store.columns import Column


class Growing:
    """Enter it, `write` tables of one schema, leave it.

    A table becomes one row group. What ends it early leaves nothing behind.
    """

    def __init__(self, path: Path, schema: Any, **encoding: Any) -> None:
        self._path = path
        self._schema = schema
        self._encoding = encoding
        self._leaving = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            aside = stack.enter_context(writing(self._path))
            self._file = stack.enter_context(
                pq.ParquetWriter(aside, self._schema, compression="zstd", **self._encoding)
            )
            self._leaving = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leaving.__exit__(kind, error, traceback)

    def write(self, table: Column) -> None:
        """Append a table, which has at least one row, as a group of its own."""
        if table.num_rows:
            self._file.write_table(table, table.num_rows)
