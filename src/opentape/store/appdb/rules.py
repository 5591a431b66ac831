"""Rules in the database, how they stand, and their firings; fills `Rules`."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from opentape.desk.keys.key import OWNER
from opentape.desk.rules.ports import KeptFiring
from opentape.desk.rules.rule import Fired, Firing, Rule, Stood
from opentape.store.appdb.changes import count_more, count_of
from opentape.store.appdb.engine import writing
from opentape.store.appdb.schema import FIRINGS, KEYS, RULES, STANDING

_RULES: Final = "alert_rules"
_FIRINGS: Final = "alert_firings"
_encode: Final = msgspec.json.Encoder().encode


class SqlRules:
    """Rules as rows."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def changes(self) -> int:
        """Return a number that moves whenever a rule changes; cheap."""
        with self._engine.connect() as connection:
            return count_of(connection, _RULES) + count_of(connection, "keys")

    def watched(self) -> list[Rule]:
        """Return those that are enabled and whose key is valid, oldest first."""
        owned = sa.join(RULES, KEYS, RULES.c.key_id == KEYS.c.id, isouter=True)
        asked = sa.select(RULES.c.spec).select_from(owned)
        there = sa.or_(KEYS.c.id.is_not(None), RULES.c.key_id == OWNER.id)
        return self._read(asked.where(RULES.c.enabled, KEYS.c.revoked_ns.is_(None), there))

    def standing(self) -> list[Stood]:
        """Return how rules stand."""
        columns = (STANDING.c[name] for name in Stood._fields)
        with self._engine.connect() as connection:
            return [Stood._make(row) for row in connection.execute(sa.select(*columns))]

    def of(self, key_id: str) -> list[Rule]:
        """Return those of a key, oldest first."""
        return self._read(sa.select(RULES.c.spec).where(RULES.c.key_id == key_id))

    def put(self, rule: Rule) -> None:
        """Keep a rule, in place of the one with its id; how that stood is forgotten."""
        row = {
            "id": rule.id,
            "key_id": rule.key_id,
            "enabled": rule.enabled,
            "created_ns": rule.created_ns,
            "spec": _encode(rule).decode(),
        }
        same = RULES.c.id == rule.id
        with writing(self._engine) as connection:
            _forget(connection, rule.id, STANDING)
            if not connection.execute(sa.update(RULES).where(same).values(row)).rowcount:
                connection.execute(sa.insert(RULES).values(row))
            count_more(connection, _RULES)

    def remove(self, rule_id: str) -> None:
        """Forget a rule and its firings."""
        with writing(self._engine) as connection:
            _forget(connection, rule_id, STANDING, FIRINGS)
            connection.execute(sa.delete(RULES).where(RULES.c.id == rule_id))
            count_more(connection, _RULES)

    def firings(self, rule_id: str, before: int | None, most: int) -> list[KeptFiring]:
        """Return firings of a rule, newest first, before a place."""
        asked = sa.select(FIRINGS.c.seq, FIRINGS.c.body).where(FIRINGS.c.rule_id == rule_id)
        if before is not None:
            asked = asked.where(FIRINGS.c.seq < before)
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(FIRINGS.c.seq.desc()).limit(most))
            return [
                KeptFiring(seq, msgspec.json.decode(body, type=Fired)) for seq, body in rows
            ]

    def _read(self, asked: sa.Select[Any]) -> list[Rule]:
        ordered = asked.order_by(RULES.c.created_ns, RULES.c.id)
        with self._engine.connect() as connection:
            specs = connection.scalars(ordered).all()
        return [msgspec.json.decode(spec, type=Rule) for spec in specs]


def keep_firings(connection: sa.Connection, firings: Sequence[Firing]) -> None:
    """Keep firings that are not kept yet, within a transaction."""
    ids = [one.fired.id for one in firings]
    asked = sa.select(FIRINGS.c.id).where(FIRINGS.c.id.in_(ids))
    kept = {*connection.scalars(asked)} if ids else set[str]()
    news = {one.fired.id: one for one in firings if one.fired.id not in kept}
    if not news:
        return
    first = count_more(connection, _FIRINGS, len(news)) + 1
    rows = [
        {
            "seq": seq,
            "id": one.fired.id,
            "rule_id": one.fired.rule,
            "at_ns": one.at_ns,
            "body": _encode(one.fired),
        }
        for seq, one in enumerate(news.values(), start=first)
    ]
    connection.execute(sa.insert(FIRINGS), rows)


def keep_standing(connection: sa.Connection, stood: Sequence[Stood]) -> None:
    """Keep how rules stand now, within a transaction."""
    newest = {(one.rule_id, one.symbol): one._asdict() for one in stood}
    if not newest:
        return
    gone = sa.delete(STANDING).where(
        STANDING.c.rule_id == sa.bindparam("of"), STANDING.c.symbol == sa.bindparam("at")
    )
    connection.execute(gone, [{"of": rule, "at": symbol} for rule, symbol in newest])
    connection.execute(sa.insert(STANDING), [*newest.values()])


def _forget(connection: sa.Connection, rule_id: str, *tables: sa.Table) -> None:
    for table in tables:
        connection.execute(sa.delete(table).where(table.c.rule_id == rule_id))
