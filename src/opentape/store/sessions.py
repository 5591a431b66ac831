"""Every session that is kept: a folder a trade date."""

import datetime as dt
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from opentape.desk.journal.ports import Finding, Holding, Journal, Session
from opentape.market.errors import BadFile, NoData, StoreFailed
from opentape.store.journal.database import FACTS, JOURNAL
from opentape.store.journal.journal import JournalFile
from opentape.store.journal.kept import Kept
from opentape.store.journal.lock import Lock
from opentape.store.journal.tables import About
from opentape.store.lake.bodies import LakeBodies
from opentape.store.lake.compact import compact
from opentape.store.lake.holding import holding, verify
from opentape.store.lake.manifest import NAME as MANIFEST
from opentape.store.session_tape import SessionTape

FOLDER: Final = "sessions"


class SessionFolder:
    """Fills `desk.journal.ports.Sessions`.

    Parameters
    ----------
    folder
        `store.folder`; made when it is needed.
    keep
        How many sessions stay when a new one begins; 0 for all.
    """

    def __init__(self, folder: Path, *, keep: int = 0) -> None:
        self._folder = folder.expanduser() / FOLDER
        self._keep = keep

    def dates(self) -> Sequence[dt.date]:
        """Return the trade dates that are kept, oldest first."""
        if not self._folder.is_dir():
            return []
        dates = [_date(found.name) for found in self._folder.iterdir() if _is_kept(found)]
        return sorted(date for date in dates if date is not None)

    def stored(self, date: dt.date) -> Session:
        """Return a session to read, stored or under way in this process or another.

        Raises
        ------
        NoData
            If there is none.
        """
        return Kept(self._folder_of(date), LakeBodies)

    def journal(self, date: dt.date, feed: str) -> Journal:
        """Return the journal of a date to go on with, made if there is none.

        Raises
        ------
        BadFile
            If another process writes it, or it was taken from another feed.
        Damaged
            If it is damaged elsewhere than in its torn last entry, which is dropped.
        StoreFailed
            If it cannot be made.
        """
        folder = self._of(date)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreFailed(f"{folder} cannot be made: {error.strerror}") from error
        if (folder / FACTS).exists():
            raise BadFile(
                f"the session of {date} is over and in the lake, {folder}: opentape serve "
                "--fresh forgets it"
            )
        about = About(date=date.isoformat(), run=secrets.token_hex(4), feed=feed)
        opened = JournalFile(folder, about, LakeBodies)
        self.retain(self._keep)
        return opened

    def compact(self, date: dt.date) -> bool:
        """Put a session that is over into the lake; return whether it was not there yet.

        Raises
        ------
        NoData
            If there is none.
        BadFile
            If it is under way.
        Damaged
            If its journal is damaged, or the lake does not give back what was put in.
        StoreFailed
            If there is no place for it.
        """
        return compact(self._folder_of(date))

    def retain(self, most: int) -> Sequence[dt.date]:
        """Remove the oldest sessions that are over, all but so many; return their dates.

        The one under way counts but stays; 0 keeps all.
        """
        dates = self.dates()
        oldest = dates[: max(len(dates) - most, 0)] if most > 0 else []
        return [date for date in oldest if self._remove(date)]

    def holding(self, date: dt.date) -> Holding:
        """Return what is kept of a session.

        Raises
        ------
        NoData
            If there is none.
        Damaged
            If that cannot be told.
        """
        return holding(self._folder_of(date))

    def verify(
        self, date: dt.date, on_rows: Callable[[int], None] | None = None
    ) -> Iterator[Finding]:
        """Yield what is not as it was written, of a session that is not under way.

        Parameters
        ----------
        on_rows
            Called with the prints of each entry that was read.

        Raises
        ------
        NoData
            If there is none.
        """
        yield from verify(self._folder_of(date), on_rows)

    def tape(self, date: dt.date) -> SessionTape:
        """Return the prints of a session as a tape.

        Raises
        ------
        NoData
            If there is none.
        """
        folder = self._folder_of(date)
        return SessionTape(Kept(folder, LakeBodies), holding(folder).prints)

    def forget(self, date: dt.date) -> None:
        """Remove what is kept of a date, if anything is.

        Raises
        ------
        BadFile
            If a process writes it.
        """
        if self._of(date).is_dir() and not self._remove(date):
            raise BadFile(f"another process writes the session of {date}")

    def _remove(self, date: dt.date) -> bool:
        folder = self._of(date)
        try:
            with closing(Lock(folder)):
                # out of sight at once: a session is there whole or not at all
                gone = folder.with_name(f".{folder.name}")
                shutil.rmtree(gone, ignore_errors=True)
                folder.rename(gone)
        except BadFile:
            return False
        shutil.rmtree(gone, ignore_errors=True)
        return True

    def _folder_of(self, date: dt.date) -> Path:
        folder = self._of(date)
        if not _is_kept(folder):
            raise NoData(f"no session of {date} is kept in {self._folder}")
        return folder

    def _of(self, date: dt.date) -> Path:
        return self._folder / date.isoformat()


def _is_kept(folder: Path) -> bool:
    # what says that there is one may be what is lost
    return any((folder / name).is_file() for name in (FACTS, JOURNAL, MANIFEST))


def _date(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None
