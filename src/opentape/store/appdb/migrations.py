"""What was done to the tables, in order. Applied migrations never change.

A new one is a function at the end of `MIGRATIONS`; it spells its tables itself, because
`schema` moves on.
"""

from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from opentape.market.errors import BadFile
from opentape.store.appdb.schema import VERSION

Migration = Callable[[sa.Connection], None]


def migrate(connection: sa.Connection, steps: Sequence[Migration] | None = None) -> int:
    """Bring the tables up to date within one transaction; return the version.

    Raises
    ------
    BadFile
        If the database is of a newer version than is known here.
    """
    steps = MIGRATIONS if steps is None else steps
    VERSION.create(connection, checkfirst=True)
    version = connection.scalar(sa.select(VERSION.c.version)) or 0
    if version > len(steps):
        raise BadFile(
            f"the database must be of version {len(steps)} or older, was {version}: "
            "a newer opentape wrote it"
        )
    if version < len(steps):
        for step in steps[version:]:
            step(connection)
        connection.execute(sa.delete(VERSION))
        connection.execute(sa.insert(VERSION).values(version=len(steps)))
    return len(steps)


def add_keys(connection: sa.Connection) -> None:
    """Make the tables of keys, their uses, and of what changes."""
    metadata = sa.MetaData()
    changes = sa.Table(
        "changes",
        metadata,
        sa.Column("topic", sa.String(32), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    keys = sa.Table(
        "api_keys",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("plan", sa.String(16), nullable=False),
        sa.Column("rate", sa.Integer),
        sa.Column("label", sa.String(200), nullable=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=name != "created_ns")
            for name in ("created_ns", "expires_ns", "last_used_ns", "revoked_ns")
        ),
    )
    sa.Table(
        "api_key_uses",
        metadata,
        sa.Column("key_id", sa.ForeignKey(keys.c.id), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
    )
    metadata.create_all(connection)
    connection.execute(sa.insert(changes).values(topic="keys", count=0))


MIGRATIONS: Final[Sequence[Migration]] = (add_keys,)
