"""Puts a backup in the place of what is kept."""

import fcntl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from opentape.market.errors import BadFile
from opentape.store.appdb.copying import copied_in, rows_of
from opentape.store.appdb.engine import Database
from opentape.store.backup.about import APPLICATION, LOCK, SESSIONS, Done
from opentape.store.backup.backup import dates_of
from opentape.store.backup.package import checked, folder_aside, sync, unpack


def restore(engine: Database, folder: Path, path: Path, *, force: bool) -> Done:
    """Replace application data and sessions by those of a backup, or change nothing.

    Parameters
    ----------
    engine
        Application data.
    folder
        What `store.folder` says.
    path
        The backup.
    force
        Whether what is kept may be replaced.

    Raises
    ------
    BadFile
        If the backup is damaged or newer, something is kept, or a session is written.
    """
    _check_empty(engine, folder, force=force)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with folder_aside(folder) as aside:
        found = aside / "found"
        found.mkdir()
        unpack(path, found)
        done = checked(found)
        (found / SESSIONS).mkdir(exist_ok=True)
        # last that can fail is the end of the transaction, which undoes the rest
        with (
            _written_by_none(folder / SESSIONS),
            _swapped(folder / SESSIONS, found / SESSIONS, aside / "old"),
            copied_in(found / APPLICATION, engine),
        ):
            sync(folder)
    return done


def _check_empty(engine: Database, folder: Path, *, force: bool) -> None:
    if force:
        return
    rows, dates = rows_of(engine), dates_of(folder / SESSIONS)
    if rows or dates:
        raise BadFile(
            "a backup must be restored to where nothing is kept, or with --force; there "
            f"are {rows} rows of application data and {len(dates)} sessions"
        )


@contextmanager
def _written_by_none(sessions: Path) -> Generator[None, None, None]:
    with ExitStack() as held:
        for date in dates_of(sessions):
            file = held.enter_context((sessions / date / LOCK).open("ab"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BadFile(
                    f"a session that is replaced must be written by none, was {date}: "
                    "stop the server first"
                ) from error
        yield


@contextmanager
def _swapped(place: Path, new: Path, old: Path) -> Generator[None, None, None]:
    """Put a folder in the place of another, and back if the block fails."""
    there = place.exists()
    if there:
        place.rename(old)
    try:
        new.rename(place)
        yield
    except BaseException:
        if place.exists():
            place.rename(new)
        if there:
            old.rename(place)
        raise
