"""Keys in the database; fills `KeyStore`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from opentape.desk.keys.key import Kept, Key
from opentape.desk.keys.ports import Use
from opentape.store.appdb.engine import writing
from opentape.store.appdb.schema import CHANGES, KEYS, USES

_TOPIC: Final = "keys"


class SqlKeyStore:
    """Keys as rows."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def changes(self) -> int:
        """Return a number that moves whenever a key is added or revoked; cheap."""
        asked = sa.select(CHANGES.c.count).where(CHANGES.c.topic == _TOPIC)
        with self._engine.connect() as connection:
            return connection.scalar(asked) or 0

    def kept(self) -> list[Kept]:
        """Return every key, revoked ones too, oldest first."""
        asked = sa.select(KEYS).order_by(KEYS.c.created_ns, KEYS.c.id)
        with self._engine.connect() as connection:
            return [_kept(row) for row in connection.execute(asked).mappings()]

    def add(self, kept: Kept) -> None:
        """Keep a new key."""
        key = kept.key
        with writing(self._engine) as connection:
            connection.execute(
                sa.insert(KEYS).values(
                    id=key.id,
                    digest=kept.digest,
                    plan=key.plan.value,
                    rate=key.rate,
                    label=key.label,
                    created_ns=key.created_ns,
                    expires_ns=key.expires_ns,
                    last_used_ns=key.last_used_ns,
                    revoked_ns=key.revoked_ns,
                )
            )
            _count_change(connection)

    def revoke(self, key_id: str, now_ns: int) -> bool:
        """Refuse a key from now on; return whether there was such a one, not revoked."""
        change = (
            sa.update(KEYS)
            .where(KEYS.c.id == key_id, KEYS.c.revoked_ns.is_(None))
            .values(revoked_ns=now_ns)
        )
        with writing(self._engine) as connection:
            if not connection.execute(change).rowcount:
                return False
            _count_change(connection)
            return True

    def note(self, uses: Sequence[Use]) -> None:
        """Add to the requests of a day, and move the last use of a key forward."""
        with writing(self._engine) as connection:
            # rows are locked in one order, so that no two processes wait for each other
            for use in sorted(uses):
                _add_use(connection, use)
                connection.execute(
                    sa.update(KEYS)
                    .where(
                        KEYS.c.id == use.key_id,
                        sa.func.coalesce(KEYS.c.last_used_ns, 0) < use.last_ns,
                    )
                    .values(last_used_ns=use.last_ns)
                )

    def requests_on(self, day: dt.date) -> Mapping[str, int]:
        """Return the requests of a day by key, of those that made any."""
        asked = sa.select(USES.c.key_id, USES.c.requests).where(USES.c.day == day)
        with self._engine.connect() as connection:
            return {row.key_id: row.requests for row in connection.execute(asked)}


def _kept(row: Mapping[Any, Any]) -> Kept:
    # its names are no plain texts
    fields = {str(name): value for name, value in row.items()}
    digest: bytes = fields.pop("digest")
    return Kept(msgspec.convert(fields, Key), digest)


def _count_change(connection: sa.Connection) -> None:
    same = CHANGES.c.topic == _TOPIC
    connection.execute(sa.update(CHANGES).where(same).values(count=CHANGES.c.count + 1))


def _add_use(connection: sa.Connection, use: Use) -> None:
    # several processes may be the first of a day at once
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"key_id": use.key_id, "day": use.day, "requests": use.requests}
    more = {"requests": USES.c.requests + use.requests}
    same = [USES.c.key_id, USES.c.day]
    connection.execute(
        insert(USES).values(row).on_conflict_do_update(index_elements=same, set_=more)
    )
