"""Columns of prints to columns of text, and files of comma-separated lines.

Text is made a column at a time by Arrow; nothing here walks over rows.
"""

import datetime as dt
import gzip
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, SECOND_NS, at_new_york
from opentape.market.columns import STALE_QUOTE, PrintBatch
from opentape.market.conditions import CLASSES
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN
from opentape.market.venues import VENUES
from opentape.store.aside import writing
from opentape.store.columns import Column, days_as_text, pc, words

AT_ONCE: Final = 1 << 17
"""Lines that are spelled at once."""
CODES: Final = tuple(str(rule.codes[0]) for rule in CLASSES)
"""A ThetaData and Cboe code of each class, by `Condition`."""
VENUE_CODES: Final = tuple(str(next(iter(venue.thetadata), 0)) for venue in VENUES)
"""The ThetaData and Cboe number of each venue, by its place; 0 where it has none."""
_ENDINGS: Final = (".csv", ".csv.gz")
_LEVEL: Final = 1
"""Of gzip: three times as fast as its default, an eighth longer."""
_NANO_DIGITS: Final = 9
_MILL_DIGITS: Final = 3
_MS_NS: Final = 1_000_000
_DAY_NS: Final = 86_400 * SECOND_NS
_NOON: Final = dt.time(12)
_BEHIND_NS: Final = 5 * 3_600 * SECOND_NS
"""How far New York is behind UTC at most."""

Cells: TypeAlias = Sequence[Column | str]
"""The columns of some lines; one that is text holds that text in every line."""


class Stream(Protocol):
    """What takes bytes."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Take some bytes."""
        ...


class PrintSink(Protocol):
    """What takes the prints of a tape, batch by batch."""

    def write(self, batch: PrintBatch) -> None:
        """Append the rows of a batch.

        Raises
        ------
        BadFile
            If the format cannot spell one of its contracts.
        """
        ...


class Lines:
    """A file of lines that is being written."""

    def __init__(self, stream: Stream, spell: Callable[[PrintBatch], Cells]) -> None:
        """Take where to write, and what makes the columns of some prints."""
        self._stream = stream
        self._spell = spell

    def write(self, batch: PrintBatch) -> None:
        """Append a line for each row that `spell` returns."""
        for start in range(0, batch.rows, AT_ONCE):
            columns = self._spell(batch.take(slice(start, start + AT_ONCE)))
            texts = [c if isinstance(c, str) else c.cast(pa.string()) for c in columns]
            self._stream.write(_lines(texts))


@contextmanager
def line_file(
    path: Path, header: str, spell: Callable[[PrintBatch], Cells]
) -> Generator[Lines, None, None]:
    """Open a file of lines that appears when it is whole, packed if its name ends in .gz.

    Raises
    ------
    BadFile
        If the name is not that of such a file, or it cannot be written.
    """
    check_name(path, _ENDINGS)
    with ExitStack() as stack:
        aside = stack.enter_context(writing(path))
        stream: Stream = stack.enter_context(aside.open("wb"))
        if path.suffix.lower() == ".gz":
            # neither the time nor the hidden name, so that equal lines are equal bytes
            stream = stack.enter_context(
                gzip.GzipFile("", "wb", _LEVEL, fileobj=stream, mtime=0)
            )
        stream.write(f"{header}\n".encode())
        yield Lines(stream, spell)


def check_name(path: Path, endings: Sequence[str]) -> None:
    """Refuse a name that does not say what the file will be.

    Raises
    ------
    BadFile
        If the name ends in none of `endings`.
    """
    if not path.name.lower().endswith(tuple(endings)):
        raise BadFile(
            f"this format is written to a name ending in {' or '.join(endings)}, was {path}"
        )


def fit_quotes(prints: PrintBatch) -> PrintBatch:
    """Return prints without quotes that are known to be stale: no format says so."""
    stale = (prints.marks & STALE_QUOTE).astype(np.bool_)
    if not stale.any():
        return prints
    bid, ask = (np.where(stale, UNKNOWN, side) for side in (prints.bid, prints.ask))
    return prints._replace(bid=bid, ask=ask)


def amounts(nanos: NDArray[np.int64], digits: int) -> Column:
    """Return nanodollars as dollars, null where unknown.

    Parameters
    ----------
    digits : int
        Decimals that are written; nine for an amount that needs more.
    """
    known = nanos != UNKNOWN
    unit = 10 ** (_NANO_DIGITS - digits)
    given = np.where(known, nanos, 0)
    text = _decimals(given // unit, digits)
    fine = given % unit != 0
    if fine.any():
        text = pc.if_else(pa.array(fine), _decimals(given, _NANO_DIGITS), text)
    return text if known.all() else pc.if_else(pa.array(known), text, None)


def series(
    prints: PrintBatch, contracts: Contracts, *, rights: Sequence[str]
) -> list[Column]:
    """Return root, expiry, strike in dollars and right of each print.

    Parameters
    ----------
    rights : str
        How a call and how a put is spelled.
    """

    def spell(places: NDArray[np.int32]) -> list[Column]:
        return [
            words(contracts.root_codes[places], contracts.roots).cast(pa.string()),
            days_as_text(contracts.expiry_days[places], "%Y-%m-%d").cast(pa.string()),
            _decimals(contracts.strike_mills[places], _MILL_DIGITS),
            words(contracts.puts[places].astype(np.int8), rights).cast(pa.string()),
        ]

    return by_contract(prints, spell)


def by_contract(
    prints: PrintBatch, spell: Callable[[NDArray[np.int32]], Sequence[Column]]
) -> list[Column]:
    """Return the columns that `spell` makes of contracts, asked once for each of them."""
    encoded = pa.array(prints.contract).dictionary_encode()
    columns = spell(encoded.dictionary.to_numpy())
    return [pa.DictionaryArray.from_arrays(encoded.indices, each) for each in columns]


def new_york(ts_ns: NDArray[np.int64]) -> Column:
    """Return instants as wall clock in New York, cut to the millisecond."""
    days, at = np.unique((ts_ns - _BEHIND_NS) // _DAY_NS, return_inverse=True)
    noons = [at_new_york(EPOCH + dt.timedelta(days=day), _NOON) for day in days.tolist()]
    behind = np.array(noons, np.int64) - days * _DAY_NS - _DAY_NS // 2
    local_ms = (ts_ns - behind[at]) // _MS_NS
    return pa.array(local_ms).cast(pa.timestamp("ms")).cast(pa.string())


def _lines(texts: Cells) -> memoryview:
    """Return columns as lines: the text of a column of text stands in one piece.

    No cell holds a comma, so none is quoted.
    """
    joined = pc.binary_join_element_wise(
        *texts, ",", null_handling="replace", null_replacement=""
    )
    whole = pc.binary_join_element_wise(joined, "\n", "")
    _, offsets, octets = whole.buffers()
    return memoryview(octets)[: np.frombuffer(offsets, np.int32)[len(whole)]]


def _decimals(numbers: NDArray[Any], digits: int) -> Column:
    """Return whole numbers as text, the last `digits` of them behind a point."""
    low_high = np.empty((numbers.size, 2), np.int64)
    low_high[:, 0] = numbers
    low_high[:, 1] = numbers >> 63
    buffers = [None, pa.py_buffer(low_high)]
    kind = pa.decimal128(38, digits)
    return pa.Array.from_buffers(kind, numbers.size, buffers).cast(pa.string())
