"""JSON lines to Arrow columns: one flat object a line."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import json

from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block, Refuse
from opentape.feeds.raw.text import Lines, whole_lines

_SHOWN: Final = 80
_BOM: Final = b"\xef\xbb\xbf"


class JsonTable:
    """JSON lines, packed or not."""

    def __init__(self, file: Inflated, names: Sequence[str]) -> None:
        self.path: Path = file.path
        self.names = tuple(names)
        self._file = file
        self._seen = 0

    @property
    def rows_total(self) -> int | None:
        """None: lines are not counted before they are read."""
        return None

    @property
    def rows_seen(self) -> int:
        """How many lines have been read."""
        return self._seen

    @property
    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._file.share_read

    def blocks(self, wanted: Sequence[str], refuse: Refuse) -> Iterator[Block]:
        """Yield the rows, those columns that are `wanted`; refuse lines that are none."""
        for lines in whole_lines(self._file):
            if not lines.first:
                lines = Lines(lines.data.removeprefix(_BOM), 0)  # noqa: PLW2901
            self._seen = lines.first + lines.data.count(b"\n")
            block = self._at_once(lines, wanted) or self._one_by_one(lines, wanted, refuse)
            if block.rows.size:
                yield block

    def place_of(self, row: int) -> str:
        """Return the line of a row; the first is line 1."""
        return f":{row + 1}"

    def _at_once(self, lines: Lines, wanted: Sequence[str]) -> Block | None:
        """Return the block if Arrow reads every line of it as a row, None otherwise."""
        try:
            table = json.read_json(io.BytesIO(lines.data)).combine_chunks()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None
        if table.num_rows != self._seen - lines.first:
            return None
        found = dict(zip(map(str.lower, table.column_names), table.columns, strict=True))
        columns = {
            name: found[name].combine_chunks()
            if name in found
            else pa.nulls(table.num_rows, pa.string())
            for name in wanted
            if name in self.names
        }
        if any(_is_odd(column.type) for column in columns.values()):
            return None
        return Block(np.arange(lines.first, self._seen), columns)

    def _one_by_one(self, lines: Lines, wanted: Sequence[str], refuse: Refuse) -> Block:
        decoder = msgspec.json.Decoder(dict[str, Any])
        rows: list[int] = []
        found: list[dict[str, Any]] = []
        for row, line in enumerate(lines.data.split(b"\n")[:-1], lines.first):
            if not line.strip():
                continue
            try:
                found.append(
                    {name.lower(): cell for name, cell in decoder.decode(line).items()}
                )
                rows.append(row)
            except (msgspec.DecodeError, UnicodeDecodeError):
                refuse("bad_json", row, line[:_SHOWN].decode("utf-8", "backslashreplace"))
        columns = {
            name: pa.array([_text(cells.get(name)) for cells in found], pa.string())
            for name in wanted
            if name in self.names
        }
        return Block(np.array(rows, np.int64), columns)


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _is_odd(kind: pa.DataType) -> bool:
    """Return whether values are none of numbers, texts and times, on some line at least."""
    return pa.types.is_nested(kind) or pa.types.is_boolean(kind)
