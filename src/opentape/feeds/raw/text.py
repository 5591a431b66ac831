"""Lines of text to Arrow columns: comma-separated values and JSON lines.

A comma-separated line is cut by its separators, found for a whole block of lines at once;
a column is a view of the block. Line numbers are physical: each newline counts, so a row
of the tape is found again with any editor.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.ahead import ahead
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block, Refuse
from opentape.market.errors import BadFile

_BLOCK: Final = 1 << 21
_LONGEST: Final = 1 << 26
_SHOWN: Final = 80
_NEWLINE, _RETURN, _COMMA, _QUOTE = b'\n\r,"'
_ASCII_END: Final = 128
_BEFORE: Final = np.array([-1])
_ZERO: Final = np.array([0])


class Lines(NamedTuple):
    """Some whole lines of a file."""

    data: bytes
    first: int
    """Number of the first of them, counted from 0."""


class _Piece(NamedTuple):
    """What some lines hold."""

    block: Block
    refused: list[tuple[str, int, str]]
    past: int
    """The row after the last."""


class CsvTable:
    """Comma-separated values with a header line, packed or not.

    Parameters
    ----------
    ragged : bool
        Rows may have more columns than `names`; those are not read.
    """

    def __init__(self, file: Inflated, names: Sequence[str], *, ragged: bool) -> None:
        self.path: Path = file.path
        self.names = tuple(names)
        self._file = file
        self._ragged = ragged
        self._seen = 0

    @property
    def rows_total(self) -> int | None:
        """None: lines are not counted before they are read."""
        return None

    @property
    def rows_seen(self) -> int:
        """How many lines after the header have been read."""
        return self._seen

    @property
    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._file.share_read

    def blocks(self, wanted: Sequence[str], refuse: Refuse) -> Iterator[Block]:
        """Yield the rows, those columns that are `wanted`; refuse lines that are no row."""
        places = {name: self.names.index(name) for name in wanted if name in self.names}
        for piece in ahead(partial(self._pieces, places)):
            self._seen = piece.past
            for refused in piece.refused:
                refuse(*refused)
            if piece.block.rows.size:
                yield piece.block

    def place_of(self, row: int) -> str:
        """Return the line of a row; the header is line 1."""
        return f":{row + 2}"

    def _pieces(self, places: dict[str, int]) -> Iterator[_Piece]:
        for lines in whole_lines(self._file):
            cut = _Cut(lines.data, len(self.names), ragged=self._ragged)
            rows = np.arange(lines.first - 1, lines.first - 1 + cut.lines)
            keep = cut.kept & (rows >= 0)
            columns = {name: cut.column(at, keep) for name, at in places.items()}
            yield _Piece(Block(rows[keep], columns), cut.others(rows), int(rows[-1]) + 1)


def whole_lines(file: Inflated) -> Iterator[Lines]:
    """Yield the file's text as blocks of whole lines, each of which ends in a newline.

    Raises
    ------
    BadFile
        If a line is longer than any text file has a reason for.
    """
    held: list[bytes] = []
    size = first = 0
    for chunk in file.chunks():
        cut = chunk.rfind(b"\n") + 1
        if not cut and size > _LONGEST:
            raise BadFile(
                f"{file.path} must be lines of text, was {size} bytes without one"
            )
        if cut and size + cut >= _BLOCK:
            lines = Lines(b"".join([*held, chunk[:cut]]), first)
            first += lines.data.count(b"\n")
            held, size, chunk = [], 0, chunk[cut:]  # noqa: PLW2901
            yield lines
        held.append(chunk)
        size += len(chunk)
    rest = b"".join(held)
    if rest:
        yield Lines(rest if rest.endswith(b"\n") else rest + b"\n", first)


class _Cut:
    """Where the fields of a block of lines begin and end."""

    def __init__(self, data: bytes, width: int, *, ragged: bool) -> None:
        self._data = data
        self._bytes = np.frombuffer(data, np.uint8)
        self._width = width
        self._ragged = ragged
        self._quoted = b'"' in data
        self._returns = b"\r" in data
        self._mark(np.flatnonzero((self._bytes == _COMMA) | (self._bytes == _NEWLINE)))
        if self._quoted and not self._quotes_wrap_fields():
            self._mark(self._separators())
        self._legible = self._utf8()
        self.kept = self._fits & self._legible & ~self._blank

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self._ends.size

    def column(self, at: int, keep: NDArray[np.bool_]) -> pa.Array:
        """Return field `at` of the lines to `keep` as text, null where it is empty."""
        first = self._first if keep.all() else self._first[keep]
        begins, ends = self._fields(first + at, last=at == self._width - 1)
        # field, gap, field, gap ...: the block itself is the array's data
        offsets = np.empty(2 * begins.size, np.int32)
        offsets[0::2], offsets[1::2] = begins, ends
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._data)]
        alternating = pa.Array.from_buffers(pa.string(), max(offsets.size - 1, 0), buffers)
        places = np.arange(0, 2 * begins.size, 2, dtype=np.int64)
        return alternating.take(cells.from_numpy(places, ends != begins))

    def others(self, rows: NDArray[np.int64]) -> list[tuple[str, int, str]]:
        """Return reason, row and text of lines neither blank nor kept nor before row 0."""
        if self.kept.all():
            return []
        found: list[tuple[str, int, str]] = []
        for at in np.flatnonzero(~self.kept & ~self._blank & (rows >= 0)).tolist():
            start, end = self._starts(at), int(self._ends[at])
            text = self._data[start : min(end, start + _SHOWN)].rstrip(b"\r")
            reason = "wrong_column_count" if self._legible[at] else "bad_encoding"
            found.append((reason, int(rows[at]), text.decode("utf-8", "backslashreplace")))
        return found

    def _mark(self, separators: NDArray[np.int64]) -> None:
        """Note the separators, and by line where its first is and if its fields fit."""
        self._edges = np.concatenate([_BEFORE, separators])
        last = np.flatnonzero(self._bytes[separators] == _NEWLINE)
        self._ends = separators[last]
        self._first = np.concatenate([_ZERO, last[:-1] + 1])
        fields = last + 1 - self._first
        self._fits = fields >= self._width if self._ragged else fields == self._width
        length = self._ends - self._edges[self._first] - 1
        self._blank = length <= 0
        if self._returns:
            self._blank |= (length == 1) & (self._bytes[self._ends - 1] == _RETURN)

    def _starts(self, line: int) -> int:
        return int(self._edges[self._first[line]]) + 1

    def _fields(
        self, at: NDArray[np.int64] | slice, *, last: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the fields before the separators `at` begin and end, unquoted."""
        begins = self._edges[:-1][at] + 1
        ends = self._edges[1:][at]
        if self._returns and last:
            ends = ends - (self._bytes[ends - 1] == _RETURN)
        if self._quoted:
            wrapped = (ends - begins > 1) & (self._bytes[begins] == _QUOTE)
            wrapped &= self._bytes[ends - 1] == _QUOTE
            begins, ends = begins + wrapped, ends - wrapped
        return begins, ends

    def _quotes_wrap_fields(self) -> bool:
        """Return whether each quote opens or closes a field, so that none hides a comma."""
        begins, ends = self._fields(slice(None))
        wrapped = np.count_nonzero(begins > self._edges[:-1] + 1)
        return 2 * wrapped == self._data.count(b'"') and bool((ends >= begins).all())

    def _separators(self) -> NDArray[np.int64]:
        """Return where newlines are, and commas after an even count of quotes in line."""
        found = (self._bytes == _COMMA) | (self._bytes == _NEWLINE)
        special = np.flatnonzero(found | (self._bytes == _QUOTE))
        kinds = self._bytes[special]
        # eight bits overflow, but odd stays odd
        odd = np.cumsum(kinds == _QUOTE, dtype=np.uint8) & 1
        last = np.flatnonzero(kinds == _NEWLINE)
        if odd[last].any():
            before = np.concatenate([_ZERO, odd[last[:-1]]])
            odd = odd ^ np.repeat(before, np.diff(np.concatenate([_BEFORE, last])))
        return special[(kinds == _NEWLINE) | (kinds == _COMMA) & (odd == 0)]

    def _utf8(self) -> NDArray[np.bool_]:
        legible = np.ones(self._ends.size, np.bool_)
        if self._data.isascii():
            return legible
        wide = np.searchsorted(self._ends, np.flatnonzero(self._bytes >= _ASCII_END))
        for at in np.unique(wide).tolist():
            try:
                self._data[self._starts(at) : self._ends[at]].decode()
            except UnicodeDecodeError:
                legible[at] = False
        return legible
