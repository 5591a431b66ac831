"""SQLite files: opened to read or to write, their errors told apart."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote
from zlib import crc32

import msgspec

from opentape.market.errors import BadFile
from opentape.store.journal.tables import TABLES, About

JOURNAL: Final = "journal.db"
FACTS: Final = "facts.db"
"""What a journal becomes once its columns are in the lake."""
CHECKPOINT: Final = 2048
"""Pages of log that are moved into the file at once, 8 MB: a stall of some ten ms."""
_PATIENCE_S: Final = 10.0
_UNREADABLE: Final = frozenset({
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH,
})  # fmt: skip
_MALFORMED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error, met when reading, comes from what the file holds."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF not in _UNREADABLE


def is_malformed(error: sqlite3.Error) -> bool:
    """Return whether SQLite says that a file is not what it wrote."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _MALFORMED


def words(error: sqlite3.Error) -> str:
    """Return what SQLite says, and how it calls that."""
    name = getattr(error, "sqlite_errorname", "")
    return f"{error} ({name})" if name else str(error)


def book(folder: Path) -> Path:
    """Return the file that has the entries of a session: the journal, or the lake's."""
    facts = folder / FACTS
    return facts if facts.exists() else folder / JOURNAL


@contextmanager
def reading(folder: Path) -> Generator[sqlite3.Connection, None, None]:
    """Yield a connection that reads a session, whoever writes it meanwhile.

    A file that was cut short is read as far as it goes.

    Raises
    ------
    BadFile
        If there is no such file, or it may not be read.
    """
    with closing(_connected(folder)) as base:
        yield base


def _connected(folder: Path) -> sqlite3.Connection:
    path = book(folder)
    uri = f"file:{quote(str(path))}?mode=ro"
    try:
        return _opened(uri)
    except sqlite3.Error as error:
        if is_damage(error):
            raise
        if book(folder) != path:
            # it was compacted between two lines
            return _connected(folder)
        if path.exists() and not path.with_name(f"{path.name}-wal").exists():
            # a folder that may not be written to has no place for what readers share
            return _opened(f"{uri}&immutable=1")
        raise BadFile(f"{path} cannot be read: {words(error)}") from error


def _opened(uri: str) -> sqlite3.Connection:
    return _prepared(
        sqlite3.connect(
            uri,
            uri=True,
            isolation_level=None,
            timeout=_PATIENCE_S,
            check_same_thread=False,
        ),
        # else a file that was cut short could not be read at all
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = ON",
    )


def writing(path: Path) -> sqlite3.Connection:
    """Return a connection whose transactions are on disk when they are over."""
    base = sqlite3.connect(
        path, isolation_level=None, timeout=_PATIENCE_S, check_same_thread=False
    )
    pragmas = ("PRAGMA synchronous = FULL", f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
    return _prepared(base, *pragmas)


def _prepared(base: sqlite3.Connection, *pragmas: str) -> sqlite3.Connection:
    try:
        for pragma in pragmas:
            base.execute(pragma)
        base.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except UnicodeDecodeError as error:
        # SQLite quotes what it cannot parse
        base.close()
        damaged = sqlite3.DatabaseError("its tables are not told in text")
        damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damaged from error
    except sqlite3.Error:
        base.close()
        raise
    return base


def create(path: Path, about: About) -> None:
    """Make an empty journal that stands whole or not at all."""
    aside = path.with_name(".new")
    aside.unlink(missing_ok=True)
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    with closing(writing(aside)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.executescript(f"BEGIN; {TABLES} COMMIT;")
        body = msgspec.json.encode(about)
        base.execute("INSERT INTO about VALUES (0, ?, ?)", (body, crc32(body)))
    aside.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make what was named in a folder last."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
