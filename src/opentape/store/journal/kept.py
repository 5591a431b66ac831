"""A journal that is read, while it is written or later."""

import datetime as dt
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import msgspec

from opentape.desk.journal.ports import Entry, Recorded
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.store.journal import record
from opentape.store.journal.database import reading
from opentape.store.journal.names import Names
from opentape.store.journal.rows import about_of, damage, flaw_of, rows, tail
from opentape.store.journal.tables import Row, is_named

_NAMED: Final = """SELECT number, entry, body, crc FROM named
    WHERE number >= ? ORDER BY number LIMIT 1024"""
_EVERY: Final = 1 << 62


class Bodies(Protocol):
    """Columns of entries that are kept elsewhere; asked in the order of their numbers."""

    def of(self, row: Row) -> PrintBatch | StockBatch:
        """Return what an entry holds.

        Raises
        ------
        Damaged
            If it is not as it was written.
        """
        ...

    def prints(self, symbol: str, *, newest_first: bool) -> Iterator[PrintBatch] | None:
        """Return the prints of one underlying; None if all stand in the journal."""
        ...

    def close(self) -> None:
        """Let go of what was read from."""
        ...


class Kept:
    """Fills `desk.journal.ports.Session` from the file of a journal.

    Parameters
    ----------
    folder
        Of the session.
    bodies
        What reads columns that are no longer in the journal.
    live
        Whether its writer, in this process, adds to the table of names.
    """

    def __init__(
        self, folder: Path, bodies: Callable[[Path], Bodies], *, live: bool = False
    ) -> None:
        """Read whose journal it is.

        Raises
        ------
        BadFile
            If it may not be read, or was written by a later version.
        Damaged
            If not even that can be told.
        """
        self.folder = folder
        self._bodies = bodies
        about = about_of(folder)
        self.date = dt.date.fromisoformat(about.date)
        self.run = about.run
        self.feed = about.feed
        self.names = Names()
        """The table of contracts and stock symbols, as far as it was read."""
        self._live = live
        self._loading = Lock()
        self._ahead = deque[tuple[int, int, bytes, int]]()
        """Names that were read, and come with entries that were not."""
        if live:
            self._load(_EVERY)

    @property
    def contracts(self) -> Contracts:
        """Every contract that the entries read so far had named."""
        return self.names.contracts

    @property
    def stocks(self) -> Sequence[str]:
        """Stock symbols by place."""
        return self.names.stocks

    @property
    def end(self) -> int:
        """Number that the next entry will have."""
        last = tail(self.folder).last
        return last.number + 1 if last else 0

    def name_all(self) -> None:
        """Make `contracts` and `stocks` whole, whatever was read so far."""
        self._load(_EVERY)

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield what is kept from a number on, up to and with an instant."""
        with closing(self._bodies(self.folder)) as bodies:
            for row in rows(self.folder, first):
                if until_ns is not None and row.instant_ns > until_ns:
                    return
                yield self._entry(row, bodies)

    def prints(self, symbol: str, *, newest_first: bool = False) -> Iterator[PrintBatch]:
        """Yield the prints of one underlying as they came, or the newest batch first.

        Within a batch they are always in the order they came. `contracts` is whole then.

        Raises
        ------
        Damaged
            If they are not as they were written.
        """
        self.name_all()
        with closing(self._bodies(self.folder)) as bodies:
            found = bodies.prints(symbol, newest_first=newest_first)
            if found is None:
                found = self._picked(symbol)
                found = reversed([*found]) if newest_first else found
            yield from found

    def recorded(self, symbols: Collection[str] | None = None) -> Iterator[Recorded]:
        """Yield the signals as they were emitted, of all underlyings or some."""
        yield from record.read(self.folder, self.run, symbols)

    def _entry(self, row: Row, bodies: Bodies) -> Entry:
        if row.named > self.names.rows and not self._live:
            self._load(row.named)
            if row.named > self.names.rows:
                raise damage(self.folder, row.number, "what it names cannot be read")
        try:
            fact = bodies.of(row) if row.body is None else row.fact(self.contracts)
            return row.entry(fact)
        except (ValueError, msgspec.MsgspecError) as error:
            raise damage(self.folder, row.number, str(error)) from error

    def _picked(self, symbol: str) -> Iterator[PrintBatch]:
        names = self.contracts.underlying_names()
        code = names.index(symbol) if symbol in names else -1
        for entry in self.entries():
            if isinstance(entry.fact, PrintBatch):
                contract = entry.fact.contract
                picked = entry.fact.take(self.contracts.underlyings(contract) == code)
                if picked.rows:
                    yield picked

    def _load(self, end: int) -> None:
        """Take what was named since, up to a row, as far as it can be read."""
        with self._loading:
            while self.names.rows < end:
                if not self._ahead:
                    self._ahead.extend(_named(self.folder, self.names.rows))
                if not self._ahead:
                    return
                row = self._ahead.popleft()
                if row[0] != self.names.rows or not is_named(*row):
                    self._ahead.clear()
                    return
                self.names.load(row[2])


def _named(folder: Path, first: int) -> Iterator[tuple[int, int, bytes, int]]:
    try:
        with reading(folder) as base:
            yield from base.execute(_NAMED, (first,))
    except sqlite3.Error as error:
        # told where an entry needs it
        flaw_of(folder, error)
