"""DBN, Databento's container, versions 1 to 3: a file to its header and blocks of records.

A record begins with its length and its kind, so that a reader passes over what it does
not know. One file put after another reads as one; a block is all that is held at a time.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from databento_dbn import v1, v2, v3
from numpy.typing import NDArray

from opentape.feeds.databento.header import MAGIC, Header, header_size, parse_header
from opentape.feeds.raw.inflate import Inflated
from opentape.market.errors import BadFile

TRADES, MBP_1, DEFINITION, SYMBOL_MAPPING, STATISTICS = 0, 1, 19, 22, 24
CMBP_1, CBBO_1S, CBBO_1M, TCBBO, TBBO = 177, 192, 193, 194, 197
"""Kinds of record that are read; any other is only counted."""

_MESSAGES: Final = {
    TRADES: "TradeMsg",
    MBP_1: "MBP1Msg",
    TBBO: "MBP1Msg",
    CMBP_1: "CMBP1Msg",
    TCBBO: "CMBP1Msg",
    CBBO_1S: "CBBOMsg",
    CBBO_1M: "CBBOMsg",
    DEFINITION: "InstrumentDefMsg",
    SYMBOL_MAPPING: "SymbolMappingMsg",
    STATISTICS: "StatMsg",
}
_WORD: Final = 4
"""A record's first byte is its length in words of so many bytes."""
_SHORTEST: Final = 16
_BLOCK_BYTES: Final = 4 << 20


class Records(NamedTuple):
    """Records of one kind, in the order of the file."""

    kind: int
    rows: NDArray[np.int64]
    """Which record of the file each is, counted from 0."""
    fields: NDArray[np.void]


class Block(NamedTuple):
    """Some consecutive records of a file."""

    rows: int
    groups: list[Records]


def read_header(file: Inflated) -> Header:
    """Return the header of a DBN file.

    Raises
    ------
    BadFile
        If it is damaged, or of a version that is not known.
    """
    first = next(parts(file))
    if isinstance(first, Block):
        raise BadFile(f"{file.path} is no DBN file: it has no header")
    return first


def parts(file: Inflated, known: Header | None = None) -> Iterator[Header | Block]:
    """Yield the header of a DBN file, then its records.

    Parameters
    ----------
    known : Header, optional
        The header, if it was read before: a day's names are many, so it is not read again.

    Raises
    ------
    BadFile
        If the file is damaged, or ends in the middle of a record.
    """
    waiting, rows = b"", 0
    header: Header | None = None
    for chunk in _joined(file):
        waiting += chunk
        used = -1
        while used and waiting:
            if header is None or waiting.startswith(MAGIC):
                used = header_size(waiting, file.path)
                if used > len(waiting):
                    break
                known = known if header is None else None
                header = known or parse_header(waiting[:used], file.path)
                yield header
            else:
                block, used = _block(waiting, header.version, rows, file.path)
                rows += block.rows
                yield block
            waiting = waiting[used:]
    if header is None or waiting:
        raise BadFile(f"{file.path} is cut short: it ends in the middle of record {rows}")


def _joined(file: Inflated) -> Iterator[bytes]:
    """Yield the file in pieces of some length, the first as long as the header at least."""
    held, size, wanted, first = list[bytes](), 0, _BLOCK_BYTES, True
    for chunk in file.chunks():
        held.append(chunk)
        size += len(chunk)
        if size < wanted:
            continue
        held = [b"".join(held)]
        wanted = header_size(held[0], file.path) if first else 0
        if wanted <= size:
            yield held[0]
            held, size, wanted, first = [], 0, _BLOCK_BYTES, False
    if held:
        yield b"".join(held)


def _block(data: bytes, version: int, row: int, path: Path) -> tuple[Block, int]:
    """Return the whole records that `data` starts with, and how many bytes they are."""
    octets = np.frombuffer(data, np.uint8)
    offsets, used = _offsets(octets, data, path)
    if not offsets.size:
        return Block(0, []), used
    # one number for length and kind: there are two or three of them, never hundreds
    shapes = octets[offsets].astype(np.int32) << 8 | octets[offsets + 1]
    groups = list[Records]()
    for shape in np.unique(shapes).tolist():
        length, kind = (shape >> 8) * _WORD, shape & 0xFF
        if kind not in _MESSAGES:
            continue
        layout = _layout(kind, version, length)
        if layout is None:
            raise BadFile(
                f"{path} has a damaged record: no record of kind {kind} has {length} bytes"
            )
        mine = np.flatnonzero(shapes == shape)
        if mine.size * length == used:
            fields = np.frombuffer(data, layout, mine.size)
        else:
            windows = np.lib.stride_tricks.sliding_window_view(octets, length)
            fields = windows[offsets[mine]].view(layout).reshape(-1)
        groups.append(Records(kind, row + mine, fields))
    return Block(offsets.size, groups), used


def _offsets(
    octets: NDArray[np.uint8], data: bytes, path: Path
) -> tuple[NDArray[np.int64], int]:
    length = data[0] * _WORD
    whole = len(data) // length if length >= _SHORTEST else 0
    if whole and (octets[: whole * length : length] == data[0]).all():
        return np.arange(whole) * length, whole * length
    starts, at, end = list[int](), 0, len(data)
    while at < end and not data.startswith(MAGIC, at):
        length = data[at] * _WORD
        if length < _SHORTEST:
            raise BadFile(f"{path} has a damaged record: no record has {length} bytes")
        if at + length > end:
            break
        starts.append(at)
        at += length
    return np.array(starts, np.int64), at


@cache
def _layout(kind: int, version: int, length: int) -> np.dtype[np.void] | None:
    """Return where the fields of a record are, None if it is too short to have them."""
    message = getattr((v1, v2, v3)[version - 1], _MESSAGES[kind])
    # the only table of what each version looked like, and it has no public name
    packed = np.dtype(message._dtypes)  # noqa: SLF001
    if packed.fields is None or length < packed.itemsize:
        return None
    places = {name: where[:2] for name, where in packed.fields.items()}
    return np.dtype(
        {
            "names": list(places),
            # a letter is compared faster as a number
            "formats": [
                "u1" if form == np.dtype("S1") else form for form, _ in places.values()
            ],
            "offsets": [offset for _, offset in places.values()],
            "itemsize": length,
        }
    )
