"""The folder of one session, copied while it may be written to."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from opentape.market.errors import StoreFailed
from opentape.store.backup.about import LOCK
from opentape.store.journal.database import FACTS

_TRIES: Final = 5
_PATIENCE_S: Final = 10.0
_DATABASE: Final = ".db"
_OF_OTHERS: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database; a copy holds all of it."""


class _Seen(NamedTuple):
    """Tells whether a file is still the one that was copied."""

    inode: int
    size: int
    changed_ns: int


def copy_session(folder: Path, to: Path) -> list[str]:
    """Copy a session as it is at one instant; return what is damaged.

    Databases are copied as SQLite reads them, other files as they are. It begins again if
    a file came, went or changed meanwhile: the session was just compacted.

    Raises
    ------
    StoreFailed
        If it never holds still.
    """
    for _ in range(_TRIES):
        before = _seen(folder)
        try:
            damaged = [name for name in before if _copy(folder / name, to / name)]
        except FileNotFoundError:
            damaged = []
        if _seen(folder) == before:
            return damaged
        shutil.rmtree(to, ignore_errors=True)
    raise StoreFailed(f"the session {folder.name} must hold still to be copied, did not")


def _seen(folder: Path) -> dict[str, _Seen]:
    found = dict[str, _Seen]()
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or not path.is_file() or path.name == LOCK:
            continue
        if not path.name.endswith(_OF_OTHERS):
            status = path.stat()
            held = (
                (0, 0)
                if path.suffix == _DATABASE
                else (
                    status.st_size,
                    status.st_mtime_ns,
                )
            )
            found[str(path.relative_to(folder))] = _Seen(status.st_ino, *held)
    return found


def _copy(source: Path, to: Path) -> bool:
    """Copy one file; return whether it is a database that cannot be read."""
    to.parent.mkdir(parents=True, exist_ok=True)
    # what is in the lake is final, and known by its bytes
    if source.suffix != _DATABASE or source.name == FACTS:
        shutil.copyfile(source, to)
        return False
    try:
        copy_database(source, to)
    except sqlite3.DatabaseError as error:
        if not source.exists():
            raise FileNotFoundError(source) from error
        if isinstance(error, sqlite3.OperationalError):
            raise StoreFailed(f"{source} cannot be copied: {error}") from error
        shutil.copyfile(source, to)
        return True
    return False


def copy_database(source: Path, to: Path) -> None:
    """Copy a database of SQLite as it is now, whoever writes to it."""
    uri = f"file:{quote(str(source))}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE_S)) as read,
        closing(sqlite3.connect(to)) as written,
    ):
        read.backup(written)
        # a copy is one file
        written.execute("PRAGMA journal_mode = DELETE").close()
