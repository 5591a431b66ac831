"""The header of a DBN file, and the names that it gives to instruments.

A day of options names 1.5 million, for which Databento's decoder makes objects for half a
minute; so the names are read as the columns that they are.
"""

import datetime as dt
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from databento_dbn import DBN_VERSION, DBNError, Metadata
from numpy.typing import NDArray

from opentape.market.errors import BadFile

MAGIC: Final = b"DBN"
PRELUDE: Final = 8
"""Bytes that say the version and how long the header is."""
_FIXED: Final = PRELUDE + 100
_LISTS: Final = 3
"""Of symbols: those asked for, those found in part, those not found."""
_WIDTH_AT: Final = PRELUDE + 45
_WIDTH_V1: Final = 22
_EPOCH: Final = dt.date(1970, 1, 1)


class Spans(NamedTuple):
    """For some days each, what symbol a number stood for, as columns."""

    numbers: NDArray[np.int64]
    symbols: list[str]
    first: NDArray[np.int64]
    """The first of its days, counted from 1970 in UTC."""
    end: NDArray[np.int64]
    """The first day after them."""


class Header(NamedTuple):
    """What a DBN file says of itself before its first record."""

    version: int
    schema: str | None
    """None where records of several schemas are mixed, as in a capture of a live feed."""
    spans: Spans


def header_size(octets: bytes, path: Path) -> int:
    """Return how long the header is that `octets` begin with, as far as they tell.

    Raises
    ------
    BadFile
        If it is no header, or one of a version that is not known.
    """
    if octets[: len(MAGIC)] != MAGIC[: len(octets)]:
        raise BadFile(f"a DBN file starts with {MAGIC!r}, was {octets[:3]!r} in {path}")
    if len(octets) < PRELUDE:
        return PRELUDE
    version = octets[len(MAGIC)]
    if not 1 <= version <= DBN_VERSION:
        raise BadFile(f"the version of DBN is 1 to {DBN_VERSION}, was {version} in {path}")
    return PRELUDE + int.from_bytes(octets[PRELUDE // 2 : PRELUDE], "little")


def parse_header(octets: bytes, path: Path) -> Header:
    """Return the header that `octets` are.

    Raises
    ------
    BadFile
        If it is damaged.
    """
    # the fixed part, with every list after it empty
    lists = bytes(4 * (_LISTS + 2))
    length = (_FIXED - PRELUDE + len(lists)).to_bytes(4, "little")
    fixed = octets[: PRELUDE // 2] + length + octets[PRELUDE:_FIXED] + lists
    try:
        metadata = Metadata.decode(fixed)
        by_number = str(metadata.stype_in) == "instrument_id"
        spans = _Lists(octets).spans(by_number=by_number)
    except (DBNError, ValueError, IndexError, OverflowError) as error:
        raise BadFile(f"{path} has a damaged DBN header: {error}") from error
    return Header(octets[len(MAGIC)], metadata.schema, spans)


class _Lists:
    """The part of a header that is as long as its names are many."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = _FIXED
        self._width = _WIDTH_V1
        if octets[len(MAGIC)] > 1:
            self._width = int.from_bytes(octets[_WIDTH_AT : _WIDTH_AT + 2], "little")
        text = f"S{self._width}"
        self._span = np.dtype([("first", "<u4"), ("end", "<u4"), ("other", text)])
        self._lone = np.dtype([("name", text), ("count", "<u4"), ("span", self._span)])

    def spans(self, *, by_number: bool) -> Spans:
        self._skip(self._number())
        for _ in range(_LISTS):
            self._skip(self._number() * self._width)
        names, spans = self._mappings(self._number())
        others = spans["other"]
        numbers, symbols = (names, others) if by_number else (others, names)
        known = np.char.isdigit(numbers)
        first, end = (_days(spans[side][known]) for side in ("first", "end"))
        texts = [text.decode("ascii", "replace") for text in symbols[known].tolist()]
        return Spans(numbers[known].astype(np.int64), texts, first, end)

    def _mappings(self, count: int) -> tuple[NDArray[np.bytes_], NDArray[np.void]]:
        """Return the names, and the span of each; a name comes as often as it has spans."""
        size = count * self._lone.itemsize
        if self._at + size <= len(self._octets):
            lone = np.frombuffer(self._octets, self._lone, count, self._at)
            if (lone["count"] == 1).all():
                return lone["name"], lone["span"]
        names, spans = list[bytes](), [np.empty(0, self._span)]
        for _ in range(count):
            start = self._skip(self._width)
            found = self._number()
            at = self._skip(found * self._span.itemsize)
            names += [self._octets[start : start + self._width]] * found
            spans.append(np.frombuffer(self._octets, self._span, found, at))
        return np.array(names, f"S{self._width}"), np.concatenate(spans)

    def _number(self) -> int:
        at = self._skip(4)
        return int.from_bytes(self._octets[at : at + 4], "little")

    def _skip(self, count: int) -> int:
        at = self._at
        self._at += count
        if self._at > len(self._octets):
            raise ValueError(f"it has {len(self._octets)} bytes, not {self._at}")
        return at


def _days(yyyymmdd: NDArray[np.uint32]) -> NDArray[np.int64]:
    distinct, place = np.unique(yyyymmdd, return_inverse=True)
    dates = [dt.datetime.strptime(str(n), "%Y%m%d").date() for n in distinct.tolist()]  # noqa: DTZ007
    return np.array([(date - _EPOCH).days for date in dates], np.int64)[place]
