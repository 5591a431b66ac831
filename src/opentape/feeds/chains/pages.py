"""Snapshots in JSON: pages of contracts, each contract decoded apart from the others."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.feeds.chains.told import Asked, Part, Told
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block
from opentape.feeds.source import Ledger
from opentape.market.calendar import EPOCH, trade_date
from opentape.market.chain import UNKNOWN_TIME
from opentape.market.errors import BadFile

T = TypeVar("T")
Page = dict[str, msgspec.Raw]
Stamp = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""Nanoseconds since 1970 UTC."""
NO_BAR: Final = -1
"""What stands for the day of a bar where there is none."""

_MOST_BYTES: Final = 1 << 30
_SHOWN: Final = 120
_BOM: Final = b"\xef\xbb\xbf"
_DAMAGED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Entries(NamedTuple, Generic[T]):
    """The contracts of a file that could be decoded."""

    rows: NDArray[np.int64]
    """Which contract of the file each is, counted from 0."""
    found: list[T]
    total: int
    """How many there are, those that could not be decoded included."""


def pages(file: Inflated) -> list[Page]:
    """Return the objects in a file: one, a list of them, or one a line.

    Raises
    ------
    BadFile
        If it is too long, or no JSON.
    """
    held, size = list[bytes](), 0
    for chunk in file.chunks():
        held.append(chunk)
        size += len(chunk)
        if size > _MOST_BYTES:
            raise BadFile(f"a snapshot has at most {_MOST_BYTES} bytes, was {file.path}")
    body = b"".join(held).removeprefix(_BOM).strip()
    try:
        if body.startswith(b"["):
            return msgspec.json.decode(body, type=list[Page])
        try:
            return [msgspec.json.decode(body, type=Page)]
        except msgspec.DecodeError:
            return msgspec.json.Decoder(Page).decode_lines(body)
    except _DAMAGED as error:
        raise BadFile(f"{file.path} is damaged JSON or cut short: {error}") from error


def within(raw: msgspec.Raw, kind: type[T], file: Inflated) -> T:
    """Return a part of a page that all its contracts are in.

    Raises
    ------
    BadFile
        If it is not what it should be.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except _DAMAGED as error:
        raise BadFile(f"{file.path} has a damaged page: {error}") from error


def entries(
    raws: Iterable[msgspec.Raw], kind: type[T], ledger: Ledger, first_row: int
) -> Entries[T]:
    """Return the contracts that are what they should be; the others are skipped."""
    decoder = msgspec.json.Decoder(kind, strict=False)
    rows, found, at = list[int](), list[T](), -1
    for at, raw in enumerate(raws):
        try:
            found.append(decoder.decode(raw))
            rows.append(at)
        except _DAMAGED as error:
            shown = bytes(raw)[:_SHOWN].decode("utf-8", "backslashreplace")
            detail = f"{error}: {' '.join(shown.split())}"
            ledger.skips.add("bad_json", 1, [(at + first_row, detail)])
    return Entries(np.array(rows, np.int64), found, at + 1)


def block_of(
    rows: NDArray[np.int64], **columns: tuple[pa.DataType, Sequence[object]]
) -> Block:
    """Return cells as a block of rows; `columns` are a type and its cells each."""
    arrays = {name: pa.array(found, kind) for name, (kind, found) in columns.items()}
    return Block(rows, arrays)


def part_of(file: Inflated, found: Told, total: int) -> Part:
    """Return what was found in a file of `total` contracts."""

    def locate(row: int) -> str:
        return f"{file.path}:row {row}"

    return Part(found, total, locate)


def without_old_bars(found: Told, bars: NDArray[np.int64], asked: Asked) -> Told:
    """Return rows whose volume is 0 where the day's bar is one of an earlier day.

    Parameters
    ----------
    bars : int64
        The day of each row's bar, days since 1970; `NO_BAR` where there is none.
    """
    newest = asked.as_of_ns or (int(found.as_of.max()) if found.row.size else UNKNOWN_TIME)
    if newest == UNKNOWN_TIME:
        return found
    today = (trade_date(newest) - EPOCH).days
    old = (bars != NO_BAR) & (bars < today)
    return found._replace(volume=np.where(old, 0, found.volume))
