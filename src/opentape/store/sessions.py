"""Every session that is kept: a folder a trade date."""

import datetime as dt
import secrets
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from opentape.desk.journal.ports import Journal, Session
from opentape.market.errors import BadFile, NoData, StoreFailed
from opentape.store.journal.database import FACTS, book
from opentape.store.journal.journal import JournalFile
from opentape.store.journal.kept import Kept
from opentape.store.journal.lock import Lock
from opentape.store.journal.tables import About
from opentape.store.lake.bodies import LakeBodies
from opentape.store.lake.compact import compact

FOLDER: Final = "sessions"


class SessionFolder:
    """Fills `desk.journal.ports.Sessions`.

    Parameters
    ----------
    folder
        `store.folder`; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser() / FOLDER

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
            raise BadFile(f"a session in the lake is over, was {folder}")
        about = About(date=date.isoformat(), run=secrets.token_hex(4), feed=feed)
        return JournalFile(folder, about, LakeBodies)

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

    def _folder_of(self, date: dt.date) -> Path:
        folder = self._of(date)
        if not _is_kept(folder):
            raise NoData(f"no session of {date} is kept in {self._folder}")
        return folder

    def forget(self, date: dt.date) -> None:
        """Remove what is kept of a date.

        Raises
        ------
        BadFile
            If a process writes it.
        """
        folder = self._of(date)
        if folder.is_dir():
            with closing(Lock(folder)):
                shutil.rmtree(folder)

    def _of(self, date: dt.date) -> Path:
        return self._folder / date.isoformat()


def _is_kept(folder: Path) -> bool:
    return book(folder).is_file()


def _date(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None
