"""Opens the database: one file of SQLite, or whatever a URL names."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from opentape.market.errors import BadFile, BadSetting
from opentape.store.appdb.migrations import migrate
from opentape.store.options import StoreOptions

Database = sa.Engine
"""An open database, for those that do not speak to it themselves."""
FILE: Final = "opentape.db"
PATIENCE_MS: Final = 5_000
"""How long a write waits for another process's."""
_PAUSE_MS: Final = 20
_WRITING: Final = "opentape_writing"


def open_database(options: StoreOptions) -> sa.Engine:
    """Return the database, made or brought up to date where need be.

    Raises
    ------
    BadFile
        If the file cannot be used, or a newer opentape wrote it.
    BadSetting
        If the URL names no database that can be reached.
    """
    return open_url(options.database) if options.database else open_file(_file(options))


def open_file(path: Path) -> sa.Engine:
    """Return a database of one file, which only its owner may read if it is new.

    Raises
    ------
    BadFile
        If the file cannot be used, or a newer opentape wrote it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise BadFile(f"database {path} cannot be used: {error.strerror}") from error
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    try:
        return _ready(engine)
    except DatabaseError as error:
        raise BadFile(f"database {path} cannot be used: {error.orig}") from error


def open_url(url: str) -> sa.Engine:
    """Return the database that a URL names, as ``postgresql+psycopg://host/name``.

    Raises
    ------
    BadFile
        If a newer opentape wrote it.
    BadSetting
        If the URL names no database that can be reached.
    """
    # a URL may hold a password, which no message repeats
    try:
        return _ready(sa.create_engine(url))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise BadSetting(
            "store.database must be the URL of a database whose driver is installed"
        ) from error
    except OperationalError as error:
        raise BadSetting("store.database cannot be reached") from error
    except DatabaseError as error:
        raise BadSetting(
            "store.database must let opentape make and change its tables"
        ) from error


@contextmanager
def writing(engine: sa.Engine) -> Generator[sa.Connection, None, None]:
    """Give a transaction that writes, kept at its end, undone on any error.

    SQLite is told at its beginning, so that it waits for others then and not in between.
    """
    with (
        engine.connect().execution_options(**{_WRITING: True}) as connection,
        connection.begin(),
    ):
        yield connection


def _ready(engine: sa.Engine) -> sa.Engine:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    with writing(engine) as connection:
        migrate(connection)
    return engine


def _file(options: StoreOptions) -> Path:
    return Path(options.folder).expanduser() / FILE


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # its own idea of when a transaction begins leaves tables half made
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}").close()
    _keep_a_log(connection)
    for setting in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Write ahead; SQLite itself does not wait for others that turn it on just now."""
    for again in reversed(range(PATIENCE_MS // _PAUSE_MS)):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            if not again:
                raise
            Event().wait(_PAUSE_MS / 1_000)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
