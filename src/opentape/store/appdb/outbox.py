"""The outbox in the database; fills `Outbox`.

An event and its deliveries are one transaction, and an id is kept once: what was told
again, as after a crash, changes nothing.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from opentape.desk.keys.key import OWNER
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.webhooks.bell import Bell
from opentape.desk.webhooks.event import Event
from opentape.desk.webhooks.telling import Copy, Subscriber, copies
from opentape.market.errors import StoreFailed
from opentape.store.appdb.changes import count_more, count_of
from opentape.store.appdb.endpoints import TOPIC, endpoint_of
from opentape.store.appdb.engine import writing
from opentape.store.appdb.schema import DELIVERIES, ENDPOINTS, EVENTS, KEYS

_EVENTS: Final = "webhook_events"
_KEYS: Final = "keys"
_MOST_ASKED: Final = 500
"""Ids that one statement asks for."""


class Telling:
    """A transaction that tells, among other things."""

    def __init__(
        self,
        connection: sa.Connection,
        subscribers: Sequence[Subscriber],
        plans: PlanOptions,
    ) -> None:
        self.connection = connection
        self.told = set[str]()
        """Endpoints that have something new."""
        self._subscribers, self._plans = subscribers, plans

    def tell(self, events: Sequence[Event]) -> int:
        """Keep events and their deliveries; return how many deliveries there are more."""
        made = [*copies(events, self._subscribers, self._plans)]
        kept = _keep(self.connection, made)
        if kept:
            self.told.update(one.endpoint_id for one in made)
        return kept


class SqlOutbox:
    """Events as rows."""

    def __init__(self, engine: sa.Engine, plans: PlanOptions, bell: Bell) -> None:
        self._engine = engine
        self._plans = plans
        self._bell = bell
        self._seen = (-1, -1)
        self._subscribers: Sequence[Subscriber] = ()

    def tell(self, events: Sequence[Event]) -> int:
        """Keep events and a delivery to everyone who wants one, all or nothing."""
        with self.telling() as telling:
            return telling.tell(events)

    @contextmanager
    def telling(self) -> Generator["Telling"]:
        """Give a transaction that tells; who is told anything hears of it at its end.

        Raises
        ------
        StoreFailed
            If it could not be kept.
        """
        try:
            with writing(self._engine) as connection:
                subscribers = self._standing(connection)
                telling = Telling(connection, subscribers, self._plans)
                yield telling
        except SQLAlchemyError as error:
            raise StoreFailed("events for webhooks could not be kept") from error
        self._bell.ring(telling.told)

    def tell_one(self, event: Event, endpoint_id: str) -> None:
        """Keep an event for one endpoint alone, whatever that one subscribed to."""
        try:
            with writing(self._engine) as connection:
                _keep(connection, [Copy(event, endpoint_id, event.at_ns)])
        except SQLAlchemyError as error:
            raise StoreFailed("an event for a webhook could not be kept") from error
        self._bell.ring((endpoint_id,))

    def has_subscribers(self) -> bool:
        """Return whether there is anybody who may be told anything.

        Raises
        ------
        StoreFailed
            If that cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                return bool(self._standing(connection))
        except SQLAlchemyError as error:
            raise StoreFailed("who is told of events could not be read") from error

    def _standing(self, connection: sa.Connection) -> Sequence[Subscriber]:
        """Return who is told anything; read again only where something changed."""
        seen = (count_of(connection, TOPIC), count_of(connection, _KEYS))
        if seen != self._seen:
            self._subscribers, self._seen = _subscribers(connection), seen
        return self._subscribers


def _subscribers(connection: sa.Connection) -> Sequence[Subscriber]:
    owned = sa.join(ENDPOINTS, KEYS, ENDPOINTS.c.key_id == KEYS.c.id, isouter=True)
    asked = (
        sa.select(ENDPOINTS, KEYS.c.plan, KEYS.c.expires_ns)
        .select_from(owned)
        .where(
            ENDPOINTS.c.state == "enabled",
            KEYS.c.revoked_ns.is_(None),
            sa.or_(KEYS.c.id.is_not(None), ENDPOINTS.c.key_id == OWNER.id),
        )
        .order_by(ENDPOINTS.c.created_ns, ENDPOINTS.c.id)
    )
    rows = connection.execute(asked).mappings()
    return [
        Subscriber(endpoint_of(row), Plan(row["plan"] or OWNER.plan), row["expires_ns"])
        for row in rows
    ]


def _keep(connection: sa.Connection, made: Sequence[Copy]) -> int:
    """Keep copies of events that were not kept before; return how many."""
    if not made:
        return 0
    events = {one.event.id: one.event for one in made}
    kept = _kept(connection, [*events])
    news = [event for event in events.values() if event.id not in kept]
    if not news:
        return 0
    first = count_more(connection, _EVENTS, len(news)) + 1
    seqs = {event.id: seq for seq, event in enumerate(news, start=first)}
    rows = [_event_row(event, seqs[event.id]) for event in news]
    connection.execute(sa.insert(EVENTS), rows)
    once = {(one.event.id, one.endpoint_id): one for one in made if one.event.id in seqs}
    deliveries = [_delivery_row(one, seqs[one.event.id]) for one in once.values()]
    connection.execute(sa.insert(DELIVERIES), deliveries)
    return len(deliveries)


def _kept(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    found = set[str]()
    for at in range(0, len(ids), _MOST_ASKED):
        some = EVENTS.c.id.in_(ids[at : at + _MOST_ASKED])
        found.update(connection.scalars(sa.select(EVENTS.c.id).where(some)))
    return found


def _event_row(event: Event, seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "id": event.id,
        "kind": event.kind.value,
        "at_ns": event.at_ns,
        "body": event.body,
    }


def _delivery_row(one: Copy, seq: int) -> dict[str, Any]:
    return {
        "endpoint_id": one.endpoint_id,
        "seq": seq,
        "state": "pending",
        "due_ns": one.due_ns,
        "tries": 0,
        "attempts": 0,
    }
