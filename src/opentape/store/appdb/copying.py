"""All rows, to a file of SQLite and back into any database."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, cast

import sqlalchemy as sa

from opentape.store.appdb.engine import open_file, writing
from opentape.store.appdb.schema import CHANGES, METADATA

_AT_ONCE: Final = 1_000


def copy_out(engine: sa.Engine, path: Path) -> int:
    """Write all rows as of one instant to a new database of SQLite; return how many."""
    if engine.dialect.name == "sqlite":
        _copy_file(engine, path)
        copied = open_file(path)
    else:
        copied = open_file(path)
        alone = engine.execution_options(isolation_level="REPEATABLE READ")
        with alone.connect() as read, writing(copied) as write:
            replace_rows(read, write, METADATA)
    rows = rows_of(copied)
    copied.dispose()
    with closing(sqlite3.connect(path)) as one_file:
        one_file.execute("PRAGMA journal_mode = DELETE").close()
    return rows


@contextmanager
def copied_in(path: Path, engine: sa.Engine) -> Generator[None, None, None]:
    """Replace all rows by those of a file that `copy_out` wrote, unless the block fails.

    Raises
    ------
    BadFile
        If the file is no such database, or a newer opentape wrote it.
    """
    copied = open_file(path)
    try:
        with copied.connect() as read, writing(engine) as write:
            before = _counts(write)
            replace_rows(read, write, METADATA)
            _count_changes(write, before)
            yield
    finally:
        copied.dispose()


def rows_of(engine: sa.Engine) -> int:
    """Return how many rows there are of what somebody entered."""
    told = [table for table in METADATA.sorted_tables if table is not CHANGES]
    with engine.connect() as connection:
        counts = (sa.select(sa.func.count()).select_from(table) for table in told)
        return sum(connection.scalar(count) or 0 for count in counts)


def replace_rows(read: sa.Connection, write: sa.Connection, metadata: sa.MetaData) -> None:
    """Replace the rows of every table by those of another database."""
    if write.dialect.name == "postgresql":
        names = ", ".join(table.name for table in metadata.sorted_tables)
        write.execute(sa.text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    for table in reversed(metadata.sorted_tables):
        write.execute(sa.delete(table))
    for table in metadata.sorted_tables:
        for some in read.execute(sa.select(table)).mappings().partitions(_AT_ONCE):
            write.execute(sa.insert(table), [dict[str, Any](row) for row in some])
        _go_on_counting(write, table)


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """Let the next number that PostgreSQL gives a row be one above those there are."""
    column = table.autoincrement_column
    if connection.dialect.name == "postgresql" and column is not None:
        most, name = sa.func.max(column), sa.literal(column.name)
        numbers = sa.func.pg_get_serial_sequence(sa.literal(table.name), name)
        connection.execute(
            sa.select(sa.func.setval(numbers, sa.func.coalesce(most, 1), most.is_not(None)))
        )


def _copy_file(engine: sa.Engine, path: Path) -> None:
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as copied, engine.connect() as connection:
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        driver.backup(copied)


def _counts(connection: sa.Connection) -> dict[str, int]:
    asked = sa.select(CHANGES.c.topic, CHANGES.c.count)
    return {row[0]: row[1] for row in connection.execute(asked)}


def _count_changes(connection: sa.Connection, before: dict[str, int]) -> None:
    """Let whoever keeps rows in memory see that they are others."""
    for topic, count in before.items():
        connection.execute(
            sa.update(CHANGES).where(CHANGES.c.topic == topic).values(count=count + 1)
        )
