"""Deliveries and their attempts in the database; fills `Deliveries`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from opentape.desk.webhooks.attempt import DeliveryState
from opentape.desk.webhooks.bell import Bell
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.event import EventKind
from opentape.desk.webhooks.ports import Delivery, Done, Due, Tried, Wanted
from opentape.store.appdb.changes import count_more
from opentape.store.appdb.endpoints import TOPIC
from opentape.store.appdb.engine import writing
from opentape.store.appdb.schema import (
    ATTEMPTS,
    DELIVERIES,
    ENDPOINTS,
    EVENTS,
    PENDING,
)

_D: Final = DELIVERIES.c
_EVENT: Final = _D.seq == EVENTS.c.seq
_UPDATE: Final = (
    sa.update(DELIVERIES)
    .where(_D.endpoint_id == sa.bindparam("of"), _D.seq == sa.bindparam("at"))
    .values(
        state=sa.bindparam("is"),
        due_ns=sa.bindparam("when"),
        tries=sa.bindparam("tried"),
        attempts=sa.bindparam("nth"),
    )
)
_FORGOTTEN_AT_ONCE: Final = 1_000


class SqlDeliveries:
    """Deliveries as rows."""

    def __init__(self, engine: sa.Engine, bell: Bell) -> None:
        self._engine = engine
        self._bell = bell

    def due(self, endpoint: Endpoint, most: int, busy: Collection[int]) -> list[Due]:
        """Return what an endpoint is to be sent next, due yet or not, but for `busy`."""
        order = (_D.seq,) if endpoint.ordered else (_D.due_ns, _D.seq)
        asked = (
            sa.select(_D.seq, EVENTS.c.id, EVENTS.c.body, _D.due_ns, _D.tries, _D.attempts)
            .join_from(DELIVERIES, EVENTS, _EVENT)
            .where(_D.endpoint_id == endpoint.id, PENDING)
            .order_by(*order)
            .limit(most + len(busy))
        )
        with self._engine.connect() as connection:
            found = connection.execute(asked).all()
        return [Due._make(row) for row in found if row.seq not in busy][:most]

    def record(self, done: Sequence[Done], changed: Sequence[Endpoint] = ()) -> None:
        """Keep attempts and what they mean, all or nothing."""
        with writing(self._engine) as connection:
            # nothing is kept of an endpoint that was removed meanwhile
            there = _existing(connection, {one.endpoint_id for one in done})
            kept = [one for one in done if one.endpoint_id in there]
            if kept:
                connection.execute(sa.insert(ATTEMPTS), [*map(_attempt_row, kept)])
                connection.execute(_UPDATE, [*map(_delivery_change, kept)])
            for endpoint in changed:
                connection.execute(_fare(endpoint))
            if any(not endpoint.enabled for endpoint in changed):
                count_more(connection, TOPIC)

    def page(self, wanted: Wanted, before: int | None, most: int) -> list[Delivery]:
        """Return deliveries with their attempts, newest first, of events before a place."""
        asked = (
            sa.select(
                _D.seq, EVENTS.c.id, EVENTS.c.kind, EVENTS.c.at_ns, _D.state, _D.due_ns
            )
            .join_from(DELIVERIES, EVENTS, _EVENT)
            .where(*_conditions(wanted))
            .order_by(_D.seq.desc())
            .limit(most)
        )
        if before is not None:
            asked = asked.where(_D.seq < before)
        with self._engine.connect() as connection:
            rows = connection.execute(asked).all()
            tried = _tried(connection, wanted.endpoint_id, [row.seq for row in rows])
        return [
            Delivery(
                row.seq,
                row.id,
                EventKind(row.kind),
                row.at_ns,
                DeliveryState(row.state),
                row.due_ns,
                tried[row.seq],
            )
            for row in rows
        ]

    def again(self, wanted: Wanted, now_ns: int) -> int:
        """Make deliveries that ended due anew; return how many."""
        mine = (
            sa.select(_D.seq)
            .join_from(DELIVERIES, EVENTS, _EVENT)
            .where(*_conditions(wanted), sa.not_(PENDING))
        )
        change = (
            sa.update(DELIVERIES)
            .where(_D.endpoint_id == wanted.endpoint_id, _D.seq.in_(mine))
            .values(state="pending", due_ns=now_ns, tries=0)
        )
        with writing(self._engine) as connection:
            changed = connection.execute(change).rowcount
        self._bell.ring((wanted.endpoint_id,) if changed else ())
        return changed

    def forget(self, before_ns: int) -> int:
        """Drop older events and all of theirs, some at a time; return how many."""
        first = sa.select(EVENTS.c.seq).order_by(EVENTS.c.seq).limit(_FORGOTTEN_AT_ONCE)
        asked = first.where(EVENTS.c.at_ns < before_ns)
        of_any = sa.select(ENDPOINTS.c.id)
        with writing(self._engine) as connection:
            old = connection.scalars(asked).all()
            for columns in (ATTEMPTS.c, DELIVERIES.c):
                mine = columns.endpoint_id.in_(of_any), columns.seq.in_(old)
                connection.execute(sa.delete(columns.seq.table).where(*mine))
            connection.execute(sa.delete(EVENTS).where(EVENTS.c.seq.in_(old)))
        return len(old)


def _existing(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    asked = sa.select(ENDPOINTS.c.id).where(ENDPOINTS.c.id.in_(ids))
    return {*connection.scalars(asked)} if ids else set()


def _attempt_row(one: Done) -> dict[str, Any]:
    return {
        "endpoint_id": one.endpoint_id,
        "seq": one.seq,
        "number": one.number,
        "at_ns": one.at_ns,
        "status": one.outcome.status,
        "why": one.outcome.why,
        "latency_us": one.outcome.latency_us,
        "answer": one.outcome.answer,
    }


def _delivery_change(one: Done) -> dict[str, Any]:
    state, due_ns, tries = one.verdict
    return {
        "of": one.endpoint_id,
        "at": one.seq,
        "is": state.value,
        "when": due_ns,
        "tried": tries,
        "nth": one.number,
    }


def _fare(endpoint: Endpoint) -> sa.Update:
    """Return what changes in the row of an endpoint that nobody has switched off."""
    return (
        sa.update(ENDPOINTS)
        .where(ENDPOINTS.c.id == endpoint.id, ENDPOINTS.c.state == "enabled")
        .values(
            state=endpoint.state.value,
            reason=endpoint.reason,
            state_ns=endpoint.state_ns,
            failing_since_ns=endpoint.failing_since_ns,
        )
    )


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [_D.endpoint_id == wanted.endpoint_id]
    if wanted.event_id is not None:
        found.append(EVENTS.c.id == wanted.event_id)
    if wanted.from_ns is not None:
        found.append(EVENTS.c.at_ns >= wanted.from_ns)
    if wanted.until_ns is not None:
        found.append(EVENTS.c.at_ns < wanted.until_ns)
    if wanted.state is not None:
        found.append(_D.state == wanted.state)
    return found


def _tried(
    connection: sa.Connection, endpoint_id: str, seqs: Sequence[int]
) -> dict[int, list[Tried]]:
    columns = ATTEMPTS.c
    asked = (
        sa.select(
            columns.seq, columns.number, columns.at_ns, columns.status, columns.why,
            columns.latency_us, columns.answer,
        )
        .where(columns.endpoint_id == endpoint_id, columns.seq.in_(seqs))
        .order_by(columns.seq, columns.number)
    )  # fmt: skip
    found = defaultdict[int, list[Tried]](list)
    for seq, *tried in connection.execute(asked):
        found[seq].append(Tried._make(tried))
    return found
