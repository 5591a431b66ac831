"""What a file of a tape offers to the tape, and what a tape learns while it is read."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import WrongType
from opentape.feeds.raw.table import Block, Table, check_unique
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips


class Ledger:
    """What is learnt while a tape is decoded; shared by all its files."""

    def __init__(
        self, contracts: Contracts, skips: Skips, unknown_conditions: Counter[str]
    ) -> None:
        self.contracts = contracts
        self.skips = skips
        self.unknown_conditions = unknown_conditions
        """Prints by condition code as written, for the codes that are in no table."""
        self._symbols: pa.Array | None = None
        self._places = np.empty(0, np.int32)

    def places_of(self, symbols: pa.Array) -> NDArray[np.int32]:
        """Return the contracts that symbols name, and `NO_CONTRACT` behind them for null.

        Blocks of a file often come with one and the same dictionary of symbols.
        """
        if self._symbols is None or not symbols.equals(self._symbols):
            self._places = self.contracts.intern([*cells.texts(symbols), ""])
            self._symbols = symbols
        return self._places


class Ends(NamedTuple):
    """Time and sequence of the first and the last print of a file that is in fold order."""

    first: tuple[int, int]
    last: tuple[int, int]


Decode = Callable[[Block, Ledger, int], PrintBatch]
"""Turns rows into prints; the number is the tape's row for the file's row 0."""


class Layout(NamedTuple):
    """The columns of one vendor, whatever kind of file they stand in."""

    title: str
    signs: frozenset[str]
    """Columns that tell a file of this layout from any other."""
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    decode: Decode
    either: tuple[tuple[str, ...], ...] = ()
    """If given, one of these groups of columns must be there as a whole."""
    ragged_after: str = ""
    """If given, the column after which a row may have any number of others."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (
            *self.needed,
            *(name for group in self.either for name in group),
            *self.optional,
        )

    def missing(self, names: Collection[str]) -> str | None:
        """Return what `names` lack, in words, None if nothing."""
        for name in self.needed:
            if name not in names:
                return repr(name)
        if self.either and not any(all(n in names for n in group) for group in self.either):
            return " or ".join(repr(", ".join(group)) for group in self.either)
        return None


class Source(Protocol):
    """One file of a tape.

    A format joins by a class that fills this and one line in `recognise`.
    """

    path: Path

    @property
    def format(self) -> str:
        """What the file was recognised as, in words."""
        ...

    @property
    def rows_total(self) -> int | None:
        """How many rows it holds, None where only reading it to the end would tell."""
        ...

    @property
    def rows_seen(self) -> int:
        """How many rows have been numbered so far; final once `batches` has ended."""
        ...

    @property
    def share_read(self) -> float:
        """How much of it has been read, 0 to 1."""
        ...

    @property
    def open_interest(self) -> OpenInterest | None:
        """Settled open interest that the file carries, None where it carries none."""
        ...

    def ends(self) -> Ends | None:
        """Return its first and last print, None where they are not known to be in order."""
        ...

    def batches(self, ledger: Ledger, first_row: int) -> Iterator[PrintBatch]:
        """Yield its prints as they are written; its row 0 is row `first_row` of all."""
        ...

    def locate(self, row: int) -> str:
        """Return where a row of the file, counted from 0, stands."""
        ...


class TableSource:
    """A file of rows whose columns are laid out as a vendor lays them out."""

    def __init__(self, table: Table, layout: Layout) -> None:
        """Take a file and its layout.

        Raises
        ------
        BadFile
            If a column is missing, or one that is read comes twice.
        """
        self.path = table.path
        self._table = table
        self._layout = layout
        check_unique(table.path, table.names, layout.wanted)
        if (lacking := layout.missing(table.names)) is not None:
            raise BadFile(
                f"{layout.title} need the column {lacking}, was missing in {self.path}"
            )

    @property
    def format(self) -> str:
        """What the file was recognised as, in words."""
        return self._layout.title

    @property
    def rows_total(self) -> int | None:
        """How many rows it holds, None where only reading it to the end would tell."""
        return self._table.rows_total

    @property
    def rows_seen(self) -> int:
        """How many rows have been numbered so far."""
        return self._table.rows_seen

    @property
    def share_read(self) -> float:
        """How much of it has been read, 0 to 1."""
        return self._table.share_read

    @property
    def open_interest(self) -> OpenInterest | None:
        """None: files of rows carry prints alone."""
        return None

    def ends(self) -> Ends | None:
        """Return the first and last print of a columnar file in fold order, else None."""
        if self.rows_total is None or "ts_event" not in self._table.names:
            return None
        first: tuple[int, int] | None = None
        last = (0, 0)
        for block in self._table.blocks(("ts_event", "sequence"), _ignore):
            keys = _keys(block)
            if keys is None or not _in_order(keys, last):
                return None
            first = first or (int(keys[0][0]), int(keys[1][0]))
            last = (int(keys[0][-1]), int(keys[1][-1]))
        return Ends(first, last) if first else None

    def batches(self, ledger: Ledger, first_row: int) -> Iterator[PrintBatch]:
        """Yield its prints as they are written."""

        def refuse(reason: str, row: int, found: str) -> None:
            ledger.skips.add(reason, 1, [(row + first_row, found)])

        for block in self._table.blocks(self._layout.wanted, refuse):
            try:
                batch = self._layout.decode(block, ledger, first_row)
            except WrongType as error:
                raise BadFile(f"{self.path} cannot be decoded: its {error}") from error
            if batch.rows:
                yield batch

    def locate(self, row: int) -> str:
        """Return where a row of the file, counted from 0, stands."""
        return f"{self.path}{self._table.place_of(row)}"


def _ignore(reason: str, row: int, found: str) -> None:
    """Leave a malformed row to the pass that decodes."""


def _keys(block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Return time and sequence of rows, None if some cannot be told cheaply."""
    column = block.columns["ts_event"]
    if cells.is_text(column.type) or pa.types.is_dictionary(column.type):
        return None
    try:
        stamps = cells.instants(column)
        named = block.find("sequence")
        sequence = None if named is None else cells.integers(named)
    except WrongType:
        return None
    if (stamps.bad | stamps.missing).any():
        return None
    numbers = np.zeros(len(column), np.int64) if sequence is None else sequence.values
    return stamps.values.astype(np.int64, copy=False), numbers.astype(np.int64, copy=False)


def _in_order(
    keys: tuple[NDArray[np.int64], NDArray[np.int64]], last: tuple[int, int]
) -> bool:
    stamps, numbers = keys
    if (int(stamps[0]), int(numbers[0])) < last:
        return False
    later = stamps[1:] > stamps[:-1]
    tied = (stamps[1:] == stamps[:-1]) & (numbers[1:] >= numbers[:-1])
    return bool((later | tied).all())
