"""Parquet and Arrow files, read a batch of rows at a time."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

from opentape.feeds.raw.ahead import ahead
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block, Refuse
from opentape.market.errors import BadFile

BATCH_ROWS: Final = 1 << 18


class ParquetTable:
    """A Parquet file; text columns are read as dictionaries."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path, "Parquet"):
            schema = pq.read_schema(path)
            words = [field.name for field in schema if _is_text(field.type)]
            self._file = pq.ParquetFile(path, read_dictionary=words, memory_map=True)
            self.rows_total: int | None = self._file.metadata.num_rows
        self._stored = list(schema.names)
        self.names = tuple(name.strip().lower() for name in self._stored)
        self.rows_seen = 0

    @property
    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self.rows_seen / self.rows_total if self.rows_total else 1.0

    def blocks(self, wanted: Sequence[str], refuse: Refuse) -> Iterator[Block]:  # noqa: ARG002
        """Yield the rows, those columns that are `wanted`; every row is one."""
        self.rows_seen = 0
        stored = [
            name
            for name, plain in zip(self._stored, self.names, strict=True)
            if plain in wanted
        ]
        with reading(self.path, "Parquet"):
            for batch in ahead(
                partial(self._file.iter_batches, BATCH_ROWS, columns=stored)
            ):
                block = _block(batch, self.rows_seen)
                self.rows_seen += batch.num_rows
                yield block

    def place_of(self, row: int) -> str:
        """Return the number of a row, counted from 0."""
        return f":row {row}"


class ArrowTable:
    """An Arrow file or stream (IPC, Feather), packed or not."""

    def __init__(self, file: Inflated, *, stream: bool) -> None:
        self.path = file.path
        self._file = file
        self._stream = stream
        self.rows_seen = 0
        with reading(self.path, "Arrow"):
            self._stored = self._open().schema.names
        self.names = tuple(name.strip().lower() for name in self._stored)
        self.rows_total: int | None = None if stream else self._count()

    @property
    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self.rows_seen / self.rows_total) if self.rows_total else 0.0

    def blocks(self, wanted: Sequence[str], refuse: Refuse) -> Iterator[Block]:  # noqa: ARG002
        """Yield the rows, those columns that are `wanted`; every row is one."""
        self.rows_seen = 0
        kept = [at for at, name in enumerate(self.names) if name in wanted]
        with reading(self.path, "Arrow"):
            for whole in self._batches():
                for start in range(0, whole.num_rows, BATCH_ROWS):
                    batch = whole.slice(start, BATCH_ROWS).select(kept)
                    block = _block(batch, self.rows_seen)
                    self.rows_seen += batch.num_rows
                    yield block

    def place_of(self, row: int) -> str:
        """Return the number of a row, counted from 0."""
        return f":row {row}"

    def _open(self) -> "ipc.RecordBatchFileReader | ipc.RecordBatchStreamReader":
        if self._file.packing:
            source = pa.py_buffer(b"".join(self._file.chunks()))
        else:
            source = pa.memory_map(str(self.path))
        return ipc.open_stream(source) if self._stream else ipc.open_file(source)

    def _batches(self) -> "Iterator[pa.RecordBatch]":
        reader = self._open()
        if self._stream:
            yield from reader
        else:
            yield from (reader.get_batch(at) for at in range(reader.num_record_batches))

    def _count(self) -> int:
        with reading(self.path, "Arrow"):
            return sum(batch.num_rows for batch in self._batches())


@contextmanager
def reading(path: Path, kind: str) -> Generator[None, None, None]:
    """Turn what Arrow says of a damaged file into one sentence that names the file."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise BadFile(f"{path} cannot be read: {error.strerror}") from error
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(". ")
        raise BadFile(f"{path} is damaged {kind} or cut short: {reason}") from error


def _block(batch: "pa.RecordBatch", first: int) -> Block:
    columns = {
        name.strip().lower(): column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return Block(np.arange(first, first + batch.num_rows), columns)


def _is_text(kind: "pa.DataType") -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
