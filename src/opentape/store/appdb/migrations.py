"""Brings the tables up to date: Alembic's revisions, within the caller's transaction."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError

from opentape.market.errors import BadFile

REVISIONS: Final = Path(__file__).parent / "revisions"
_BEFORE: Final = sa.table("schema_version", sa.column("version"))
"""Held the number of the last migration, before Alembic."""
_BEFORE_ALEMBIC: Final = {1: "0001"}
_ONE_AT_A_TIME: Final = 0x6F70656E74617065
"""Names a lock of PostgreSQL; its BEGIN, unlike SQLite's, lets two migrate at once."""
_ONE_THREAD: Final = threading.Lock()
"""Alembic's `op` is one for the whole process."""


def migrate(connection: sa.Connection, folder: Path = REVISIONS) -> str:
    """Bring the tables up to date within one transaction; return the revision.

    Raises
    ------
    BadFile
        If the database is of a newer revision than is known here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    script = ScriptDirectory(str(folder), version_locations=[str(folder)])
    newest = str(script.get_current_head())
    context = MigrationContext.configure(connection)
    _take_over(connection, context, script)
    steps = _steps(script, newest, context.get_current_revision())
    if steps:
        with _ONE_THREAD, Operations.context(context):
            for step in steps:
                step.module.upgrade()
        context.stamp(script, newest)
    return newest


def _steps(script: ScriptDirectory, newest: str, at: str | None) -> Sequence[Script]:
    if at == newest:
        return ()
    try:
        return [*script.iterate_revisions(newest, at or "base")][::-1]
    except RevisionError as error:
        raise _newer(newest, at) from error


def _take_over(
    connection: sa.Connection, context: MigrationContext, script: ScriptDirectory
) -> None:
    if not sa.inspect(connection).has_table(_BEFORE.name):
        return
    version = connection.scalar(sa.select(_BEFORE.c.version))
    if version:
        if version not in _BEFORE_ALEMBIC:
            raise _newer(max(_BEFORE_ALEMBIC), version)
        context.stamp(script, _BEFORE_ALEMBIC[version])
    connection.execute(sa.text(f"DROP TABLE {_BEFORE.name}"))


def _newer(newest: object, was: object) -> BadFile:
    return BadFile(
        f"the database must be of revision {newest} or older, was {was}: "
        "a newer opentape wrote it"
    )
