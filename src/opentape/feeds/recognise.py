"""What a file is, told from its content and never from its name."""

import csv
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from opentape.feeds import cboe, massive, own, thetadata
from opentape.feeds.raw.columnar import ArrowTable, ParquetTable
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.jsonlines import JsonTable
from opentape.feeds.raw.table import Table
from opentape.feeds.raw.text import CsvTable
from opentape.feeds.source import Source, TableSource
from opentape.market.errors import BadFile

LAYOUTS: Final = (
    cboe.LAYOUT,
    thetadata.LAYOUT_V2,
    thetadata.LAYOUT_V3,
    massive.LAYOUT,
    own.LAYOUT,
)
_FEWEST_SIGNS: Final = 3
_HEAD: Final = 1 << 16
_SHOWN: Final = 120
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_KNOWN: Final = ", ".join([*(layout.title for layout in LAYOUTS), "Databento DBN"])


def recognise(path: Path) -> Source:
    """Return a file as a source of prints.

    Raises
    ------
    BadFile
        If there is no such file, or it is not a tape that we know.
    """
    file = Inflated(path)
    head = file.head(_HEAD)
    if not head:
        raise BadFile(f"{path} is empty once unpacked")
    for magic, open_source in _BINARY.items():
        if head.startswith(magic):
            return open_source(file)
    return _laid_out(_text(file, head), head)


def table_of(path: Path) -> Table:
    """Return a file of rows under named columns, whatever they mean.

    Raises
    ------
    BadFile
        If there is no such file, or it is not text and not columns.
    """
    file = Inflated(path)
    head = file.head(_HEAD)
    for magic, open_table in _COLUMNAR.items():
        if head.startswith(magic):
            return open_table(file)
    return _text(file, head)


def _dbn(file: Inflated) -> Source:
    # databento_dbn costs a tenth of a second, which only its own files should pay
    from opentape.feeds import databento  # noqa: PLC0415

    return databento.DbnSource(file.path)


def _parquet(file: Inflated) -> Table:
    if file.packing:
        raise BadFile(
            f"Parquet packs itself, was {file.path} packed again with {file.packing}"
        )
    return ParquetTable(file.path)


def _arrow_file(file: Inflated) -> Table:
    return ArrowTable(file, stream=False)


def _arrow_stream(file: Inflated) -> Table:
    return ArrowTable(file, stream=True)


_COLUMNAR: Final[dict[bytes, Callable[[Inflated], Table]]] = {
    b"PAR1": _parquet,
    b"ARROW1": _arrow_file,
    b"\xff\xff\xff\xff": _arrow_stream,
}


def _columns(file: Inflated) -> Source:
    head = file.head(8)
    opened = next(_COLUMNAR[magic] for magic in _COLUMNAR if head.startswith(magic))
    return _laid_out(opened(file), b"")


_BINARY: Final[dict[bytes, Callable[[Inflated], Source]]] = {
    b"DBN": _dbn,
    **dict.fromkeys(_COLUMNAR, _columns),
}
"""Openers by the bytes that files begin with; anything else is text."""


def _text(file: Inflated, head: bytes) -> Table:
    if head.startswith(_UTF16):
        raise BadFile(f"text must be UTF-8, was UTF-16 in {file.path}")
    if b"\0" in head.lstrip().split(b"\n", 1)[0]:
        raise BadFile(f"a tape is {_KNOWN}, was {file.path}, which is none of them")
    body = head.removeprefix(_BOM)
    line = body.split(b"\n", 1)[0].decode("utf-8", "backslashreplace").strip()
    if body.lstrip().startswith(b"{"):
        return JsonTable(file, _keys(body))
    return _csv(file, line)


def _csv(file: Inflated, header: str) -> Table:
    names: list[str] = []
    with suppress(csv.Error):
        names = [name.strip().lower() for name in next(csv.reader([header]), [])]
    ragged = {layout.ragged_after for layout in LAYOUTS if layout.ragged_after}
    ends = ragged & set(names)
    for last in ends:
        names = names[: names.index(last) + 1]
    return CsvTable(file, names, ragged=bool(ends))


def _keys(body: bytes) -> Sequence[str]:
    """Return the names that the first objects have, the last of which may be cut off."""
    names: dict[str, None] = {}
    for line in body.split(b"\n"):
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
            names.update(dict.fromkeys(name.lower() for name in found))
    return tuple(names)


def _laid_out(table: Table, head: bytes) -> Source:
    """Join a table with the layout that most of its columns belong to."""
    names = set(table.names)
    best = max(LAYOUTS, key=lambda layout: len(layout.signs & names))
    if len(best.signs & names) < _FEWEST_SIGNS:
        line = head.split(b"\n", 1)[0].decode("utf-8", "backslashreplace").strip()
        shown = (line or ",".join(table.names))[:_SHOWN]
        raise BadFile(f"a tape is {_KNOWN}, was {table.path} with the header {shown!r}")
    return TableSource(table, best)
