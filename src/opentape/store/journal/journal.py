"""A session under way: every entry is on disk before anyone hears of it."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.journal.ports import Entry, Recorded
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, Damaged, StoreFailed
from opentape.store.journal import database, record
from opentape.store.journal.kept import Bodies, Kept
from opentape.store.journal.lock import Lock
from opentape.store.journal.rows import about_of, damage, tail
from opentape.store.journal.tables import INSERT, About, Counts, Row, named_crc

_INSERT_NAMED: Final = "INSERT INTO named VALUES (?, ?, ?, ?)"


class JournalFile:
    """Fills `desk.journal.ports.Journal`.

    One thread appends; any may read.
    """

    def __init__(
        self, folder: Path, about: About, bodies: Callable[[Path], Bodies]
    ) -> None:
        """Open the journal of a session's folder, made if there is none.

        Raises
        ------
        BadFile
            If another process writes it, or it was taken from another feed.
        Damaged
            If it is damaged elsewhere than in its torn last entry, which is dropped.
        StoreFailed
            If it cannot be made.
        """
        self.path = folder / database.JOURNAL
        with ExitStack() as leaving, _opening(self.path):
            self._lock = leaving.enter_context(closing(Lock(folder)))
            if not self.path.exists():
                database.create(self.path, about)
            _check(folder, about)
            last, self._torn = tail(folder)
            self._base = leaving.enter_context(closing(database.writing(self.path)))
            if self._torn:
                _drop(self._base, last)
            self._kept = Kept(folder, bodies, live=True)
            self._names = self._kept.names
            if last and last.named > self._names.rows:
                raise damage(folder, last.number, "what it names cannot be read")
            self._end, self._instant_ns = (
                (last.number + 1, last.instant_ns) if last else (0, 0)
            )
            self._link = record.last_link(self._base, self._kept.run)
            self._lock.mark(self._end)
            self._leaving = leaving.pop_all()

    @property
    def date(self) -> dt.date:
        """The trade date."""
        return self._kept.date

    @property
    def run(self) -> str:
        """Names the session in cursors."""
        return self._kept.run

    @property
    def feed(self) -> str:
        """Which feed it is taken from."""
        return self._kept.feed

    @property
    def contracts(self) -> Contracts:
        """Every contract named so far; more are kept with the entry that follows."""
        return self._names.contracts

    @property
    def stocks(self) -> Sequence[str]:
        """Stock symbols by place; only `stock_places` adds one."""
        return self._names.stocks

    @property
    def end(self) -> int:
        """Number that the next entry will have."""
        return self._end

    @property
    def torn(self) -> str | None:
        """What was dropped of a torn last entry when it was opened, in a sentence."""
        return self._torn

    def stock_places(self, symbols: Sequence[str]) -> NDArray[np.int32]:
        """Return the place of each stock symbol; what is new is added at the end."""
        return self._names.stock_places(symbols)

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield what is kept from a number on, up to and with an instant."""
        return self._kept.entries(first, until_ns)

    def recorded(self, symbols: Collection[str] | None = None) -> Iterator[Recorded]:
        """Yield the signals as they were emitted, of all underlyings or some."""
        return self._kept.recorded(symbols)

    def append(self, entry: Entry, recorded: Sequence[Recorded] = ()) -> None:
        """Keep an entry, and signals of entries before it; on disk when this returns.

        Raises
        ------
        StoreFailed
            If it could not be written: nothing of it is kept, and it may be tried again.
        """
        if entry.number != self._end or entry.instant_ns <= self._instant_ns:
            raise ValueError(
                f"an entry must follow number {self._end - 1} at {self._instant_ns}, was "
                f"{entry.number} at {entry.instant_ns}"
            )
        named = self._names.fresh(entry.fact)
        link, signals = self._link.then(recorded)
        counts = Counts(self._names.rows + (named is not None), link.end)
        row = Row.of(entry, counts)
        with self._transaction() as base:
            if named is not None:
                body = named.packed()
                at = (self._names.rows, entry.number)
                base.execute(_INSERT_NAMED, (*at, body, named_crc(*at, body)))
            base.execute(INSERT, row)
            base.executemany(record.INSERT, signals)
        self._end, self._instant_ns, self._link = self._end + 1, entry.instant_ns, link
        if named is not None:
            self._names.keep(named)
        self._lock.mark(self._end)

    def close(self, recorded: Sequence[Recorded] = ()) -> None:
        """Keep the last signals and let go of the file.

        Raises
        ------
        StoreFailed
            If they could not be written; the file is let go of all the same.
        """
        with self._leaving:
            self._link, signals = self._link.then(recorded)
            with self._transaction() as base:
                base.executemany(record.INSERT, signals)

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        base = self._base
        try:
            base.execute("BEGIN IMMEDIATE")
            yield base
            base.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                if base.in_transaction:
                    base.execute("ROLLBACK")
            why = database.words(error)
            raise StoreFailed(f"{self.path} cannot be written: {why}") from error


@contextmanager
def _opening(path: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise StoreFailed(f"{path} cannot be written: {error}") from error
    except sqlite3.Error as error:
        why = database.words(error)
        if database.is_malformed(error):
            raise Damaged(f"{path} is damaged: {why}") from error
        raise StoreFailed(f"{path} cannot be written: {why}") from error


def _drop(base: sqlite3.Connection, last: Row | None) -> None:
    """Remove what is torn."""
    end, named = (last.number + 1, last.named) if last else (0, 0)
    with base:
        base.execute("BEGIN IMMEDIATE")
        base.execute("DELETE FROM entries WHERE number >= ?", (end,))
        base.execute("DELETE FROM named WHERE number >= ?", (named,))


def _check(folder: Path, about: About) -> None:
    told = about_of(folder)
    if (told.date, told.feed) != (about.date, about.feed):
        raise BadFile(
            f"a session must go on with the feed that it was taken from, for {folder} "
            f"{told.feed!r} of {told.date}, was {about.feed!r} of {about.date}"
        )
