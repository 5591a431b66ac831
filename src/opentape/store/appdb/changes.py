"""Counts of changes, for processes that keep what changes in memory."""

import sqlalchemy as sa

from opentape.store.appdb.schema import CHANGES


def count_of(connection: sa.Connection, topic: str) -> int:
    """Return how often something changed."""
    asked = sa.select(CHANGES.c.count).where(CHANGES.c.topic == topic)
    return connection.scalar(asked) or 0


def count_more(connection: sa.Connection, topic: str, more: int = 1) -> int:
    """Add to a count and return what it was; others wait until the transaction ends."""
    same = CHANGES.c.topic == topic
    connection.execute(sa.update(CHANGES).where(same).values(count=CHANGES.c.count + more))
    return count_of(connection, topic) - more
