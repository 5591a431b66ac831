"""A journal that is read, while it is written or later."""

import datetime as dt
import sqlite3
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Final
from zlib import crc32

import msgspec

from opentape.desk.journal.ports import Entry, Recorded
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.store.journal import record
from opentape.store.journal.database import reading
from opentape.store.journal.names import Names
from opentape.store.journal.rows import damage, flaw_of, rows, tail
from opentape.store.journal.tables import VERSION, About, Row, is_named

_NAMED: Final = """SELECT number, entry, body, crc FROM named
    WHERE number >= ? ORDER BY number LIMIT 1024"""
_EVERY: Final = 1 << 62


class Kept:
    """Fills `desk.journal.ports.Session` from the file of a journal.

    Parameters
    ----------
    path
        The file.
    live
        Whether its writer, in this process, adds to the table of names.
    """

    def __init__(self, path: Path, *, live: bool = False) -> None:
        """Read whose journal it is.

        Raises
        ------
        BadFile
            If it may not be read, or was written by a later version.
        Damaged
            If not even that can be told.
        """
        self.path = path
        about = about_of(path)
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
        last = tail(self.path).last
        return last.number + 1 if last else 0

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield what is kept from a number on, up to and with an instant."""
        for row in rows(self.path, first):
            if until_ns is not None and row.instant_ns > until_ns:
                return
            yield self._entry(row)

    def recorded(self, symbols: Collection[str] | None = None) -> Iterator[Recorded]:
        """Yield the signals as they were emitted, of all underlyings or some."""
        yield from record.read(self.path, self.run, symbols)

    def _entry(self, row: Row) -> Entry:
        if row.named > self.names.rows and not self._live:
            self._load(row.named)
            if row.named > self.names.rows:
                raise damage(self.path, row.number, "what it names cannot be read")
        try:
            return row.entry(self.contracts)
        except (ValueError, msgspec.MsgspecError) as error:
            raise damage(self.path, row.number, str(error)) from error

    def _load(self, end: int) -> None:
        """Take what was named since, up to a row, as far as it can be read."""
        with self._loading:
            while self.names.rows < end:
                if not self._ahead:
                    self._ahead.extend(_named(self.path, self.names.rows))
                if not self._ahead:
                    return
                row = self._ahead.popleft()
                if row[0] != self.names.rows or not is_named(*row):
                    self._ahead.clear()
                    return
                self.names.load(row[2])


def _named(path: Path, first: int) -> Iterator[tuple[int, int, bytes, int]]:
    try:
        with reading(path) as base:
            yield from base.execute(_NAMED, (first,))
    except sqlite3.Error as error:
        # told where an entry needs it
        flaw_of(path, error)


def about_of(path: Path) -> About:
    """Return whose journal a file is.

    Raises
    ------
    BadFile
        If it may not be read, or was written by a later version.
    Damaged
        If it cannot be told.
    """
    try:
        with reading(path) as base:
            body, crc = base.execute("SELECT body, crc FROM about").fetchone()
        if crc32(body) != crc:
            raise damage(path, 0, "it does not tell whose it is")
        about = msgspec.json.decode(body, type=About)
    except sqlite3.Error as error:
        raise damage(path, 0, flaw_of(path, error)) from error
    except (TypeError, msgspec.MsgspecError) as error:
        raise damage(path, 0, str(error)) from error
    if about.version > VERSION:
        raise BadFile(f"{path} was written by a later version of opentape")
    return about
