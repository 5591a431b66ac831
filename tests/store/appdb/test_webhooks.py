"""Endpoints, the outbox and deliveries in the database, of either kind."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
import sqlalchemy as sa

from opentape.desk.keys.manage import Wish, make_key, revoke_key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.webhooks.attempt import DeliveryState, Outcome, Verdict
from opentape.desk.webhooks.bell import Bell
from opentape.desk.webhooks.endpoint import Endpoint, EndpointState, Reason
from opentape.desk.webhooks.event import Event, EventKind, event
from opentape.desk.webhooks.ports import Done, Tried, Wanted
from opentape.market.errors import StoreFailed
from opentape.store.appdb.deliveries import SqlDeliveries
from opentape.store.appdb.endpoints import SqlEndpoints
from opentape.store.appdb.engine import open_database, writing
from opentape.store.appdb.keys import SqlKeyStore
from opentape.store.appdb.outbox import SqlOutbox
from opentape.store.options import StoreOptions

NOW = 10**18
FULL = Endpoint(
    id="wh_full",
    key_id="owner",
    url="https://a.example.com/ü?x=%20",
    kinds=(EventKind.SIGNAL_NEW, EventKind.FLOW_EXTREME),
    min_score=70,
    ordered=True,
    description="a 'label' 🔑",
    secret="whsec_new",
    old_secret="whsec_old",
    old_until_ns=2**62,
    state=EndpointState.DISABLED,
    reason=Reason.GONE,
    state_ns=2**62,
    failing_since_ns=2**61,
    created_ns=2,
)
BARE = Endpoint(
    id="wh_bare",
    key_id="owner",
    url="https://b.example.com/",
    kinds=(EventKind.SIGNAL_NEW,),
    secret="whsec_b",
    state_ns=1,
    created_ns=1,
)


class Kept(NamedTuple):
    engine: sa.Engine
    endpoints: SqlEndpoints
    outbox: SqlOutbox
    deliveries: SqlDeliveries
    rung: list[set[str]]

    def due(self, endpoint: Endpoint = BARE, most: int = 100, busy=()) -> list[str]:
        found = self.deliveries.due(endpoint, most, set(busy))
        return [name_of(one.event_id) for one in found]


@pytest.fixture
def kept(database: StoreOptions) -> Kept:
    engine, bell, rung = open_database(database), Bell(), []
    bell.listen(lambda ids: rung.append({*ids}))
    return Kept(
        engine,
        SqlEndpoints(engine),
        SqlOutbox(engine, PlanOptions(), bell),
        SqlDeliveries(engine, bell),
        rung,
    )


def told(name: str, at_ns: int = NOW, **more) -> Event:
    return event(EventKind.SIGNAL_NEW, name, at_ns, {"id": name}, **more)


NAMES = {told(name).id: name for name in ("a", "b", "c", "d", "e")}


def name_of(event_id: str) -> str:
    return NAMES[event_id]


def done(endpoint: Endpoint, seq: int, state: DeliveryState, due_ns: int, number: int = 1):
    outcome = Outcome(status=200, latency_us=7, answer="ok")
    return Done(endpoint.id, seq, number, NOW, outcome, Verdict(state, due_ns, number))


def test_endpoints_come_back_as_they_were_oldest_first(kept: Kept) -> None:
    assert kept.endpoints.every() == []
    kept.endpoints.put(FULL)
    kept.endpoints.put(BARE)
    assert kept.endpoints.every() == [BARE, FULL]
    assert kept.endpoints.of("owner") == [BARE, FULL]
    assert kept.endpoints.of("another") == []


def test_every_change_of_an_endpoint_is_counted(kept: Kept) -> None:
    seen = [kept.endpoints.changes()]
    for step in (
        lambda: kept.endpoints.put(BARE),
        lambda: kept.endpoints.put(msgspec.structs.replace(BARE, url="https://c.d/")),
        lambda: kept.endpoints.remove(BARE.id),
    ):
        step()
        seen.append(kept.endpoints.changes())
    assert seen == sorted(set(seen))
    assert kept.endpoints.every() == []


def test_events_are_kept_for_those_who_want_them_and_the_bell_rings(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    kept.endpoints.put(FULL)
    high = msgspec.structs.replace(BARE, id="wh_high", min_score=90)
    kept.endpoints.put(high)
    assert kept.outbox.tell([told("a", score=10), told("b", score=95)]) == 3
    assert kept.due() == ["a", "b"]
    assert kept.due(high) == ["b"]
    assert kept.due(FULL) == []
    assert kept.rung == [{"wh_bare", "wh_high"}]
    (first, _) = kept.deliveries.due(BARE, 9, set())
    assert first.body == told("a").body
    assert (first.due_ns, first.tries, first.attempts) == (NOW, 0, 0)


def test_what_was_told_is_not_told_again(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    assert kept.outbox.tell([told("a"), told("b")]) == 2
    assert kept.outbox.tell([told("b"), told("c"), told("c")]) == 1
    assert kept.outbox.tell([told("a"), told("c")]) == 0
    assert kept.due() == ["a", "b", "c"]
    assert len(kept.rung) == 2


def test_what_nobody_wants_is_not_kept(kept: Kept) -> None:
    assert kept.outbox.tell([told("a")]) == kept.outbox.tell([]) == 0
    kept.endpoints.put(BARE)
    assert kept.due() == []
    assert kept.rung == []


def test_many_events_at_once(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    every = [told(str(at)) for at in range(1_300)]
    assert kept.outbox.tell(every) == 1_300
    assert kept.outbox.tell(every) == 0
    found = kept.deliveries.due(BARE, 2_000, set())
    assert [one.event_id for one in found] == [one.id for one in every]


def test_a_key_that_was_revoked_is_told_nothing(kept: Kept) -> None:
    keys = SqlKeyStore(kept.engine)
    mine, other = (make_key(keys, Wish(plan=Plan.ALPHA), PlanOptions(), 1) for _ in "ab")
    for key in (mine.key, other.key):
        one = msgspec.structs.replace(BARE, id=f"wh_{key.id}", key_id=key.id)
        kept.endpoints.put(one)
    assert kept.outbox.tell([told("a")]) == 2
    revoke_key(keys, other.text, 2)
    assert kept.outbox.tell([told("b")]) == 1
    gone = msgspec.structs.replace(BARE, id="wh_gone", key_id="never-was")
    kept.endpoints.put(gone)
    assert kept.outbox.tell([told("c")]) == 1


def test_one_event_for_one_endpoint(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    kept.endpoints.put(msgspec.structs.replace(BARE, id="wh_other"))
    test = event(EventKind.WEBHOOK_TEST, "x", NOW, {})
    kept.outbox.tell_one(test, BARE.id)
    assert [one.event_id for one in kept.deliveries.due(BARE, 9, set())] == [test.id]
    assert kept.rung == [{BARE.id}]


def test_next_come_the_longest_due_or_the_oldest_told(kept: Kept) -> None:
    in_order = msgspec.structs.replace(BARE, ordered=True)
    kept.endpoints.put(BARE)
    kept.outbox.tell([told("a", NOW + 5), told("b", NOW), told("c", NOW + 1)])
    assert kept.due() == ["b", "c", "a"]
    assert kept.due(in_order) == ["a", "b", "c"]
    assert kept.due(most=2) == ["b", "c"]
    (b, _, _) = kept.deliveries.due(BARE, 9, set())
    assert kept.due(busy=[b.seq], most=1) == ["c"]


def test_an_attempt_is_kept_with_what_it_means(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    kept.outbox.tell([told("a"), told("b")])
    a, b = kept.deliveries.due(BARE, 9, set())
    kept.deliveries.record(
        [
            done(BARE, a.seq, DeliveryState.DELIVERED, NOW + 1),
            done(BARE, b.seq, DeliveryState.PENDING, NOW + 9),
        ]
    )
    (again,) = kept.deliveries.due(BARE, 9, set())
    assert again == b._replace(due_ns=NOW + 9, tries=1, attempts=1)
    newest, oldest = kept.deliveries.page(Wanted(BARE.id), None, 9)
    assert [one.state for one in (newest, oldest)] == ["pending", "delivered"]
    assert oldest.tried == [Tried(1, NOW, 200, None, 7, "ok")]
    assert (oldest.event_id, oldest.kind, oldest.at_ns, oldest.due_ns) == (
        a.event_id, EventKind.SIGNAL_NEW, NOW, NOW + 1,
    )  # fmt: skip


def test_all_of_a_record_is_kept_or_nothing(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    kept.outbox.tell([told("a")])
    (a,) = kept.deliveries.due(BARE, 9, set())
    twice = [done(BARE, a.seq, DeliveryState.DELIVERED, NOW)] * 2
    with pytest.raises(sa.exc.IntegrityError):
        kept.deliveries.record(twice)
    assert kept.due() == ["a"]


def test_how_an_endpoint_fares_is_kept_beside(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    before = kept.endpoints.changes()
    failing = msgspec.structs.replace(BARE, failing_since_ns=5)
    kept.deliveries.record([], [failing])
    assert kept.endpoints.every() == [failing]
    assert kept.endpoints.changes() == before
    off = msgspec.structs.replace(
        failing, state=EndpointState.DISABLED, reason=Reason.FAILING, state_ns=6
    )
    kept.deliveries.record([], [msgspec.structs.replace(off, url="https://x.y/")])
    assert kept.endpoints.every() == [off]
    assert kept.endpoints.changes() > before
    kept.deliveries.record([], [BARE])
    assert kept.endpoints.every() == [off]


def test_what_ends_after_its_endpoint_was_removed_is_dropped(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    kept.outbox.tell([told("a")])
    (a,) = kept.deliveries.due(BARE, 9, set())
    kept.endpoints.remove(BARE.id)
    kept.deliveries.record([done(BARE, a.seq, DeliveryState.DELIVERED, NOW)])
    assert kept.deliveries.page(Wanted(BARE.id), None, 9) == []


@pytest.fixture
def ended(kept: Kept) -> Kept:
    """Five deliveries: a and b taken, c and d given up, e pending."""
    kept.endpoints.put(BARE)
    kept.endpoints.put(msgspec.structs.replace(BARE, id="wh_other"))
    kept.outbox.tell([told(name, NOW + at) for at, name in enumerate("abcde")])
    states = [DeliveryState.DELIVERED] * 2 + [DeliveryState.FAILED] * 2
    found = kept.deliveries.due(BARE, 4, set())
    kept.deliveries.record(
        [done(BARE, one.seq, state, NOW) for one, state in zip(found, states, strict=True)]
    )
    kept.rung.clear()
    return kept


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, "edcba"),
        ({"state": DeliveryState.FAILED}, "dc"),
        ({"state": DeliveryState.PENDING}, "e"),
        ({"from_ns": NOW + 1, "until_ns": NOW + 3}, "cb"),
        ({"event_id": told("b").id}, "b"),
        ({"event_id": "none"}, ""),
        ({"endpoint_id": "wh_other", "state": DeliveryState.PENDING}, "edcba"),
    ],
)
def test_pages_of_what_is_wanted_newest_first(ended: Kept, wanted: dict, names: str):
    asked = Wanted(**{"endpoint_id": BARE.id} | wanted)
    found, before = [], None
    while page := ended.deliveries.page(asked, before, 2):
        found += [name_of(one.event_id) for one in page]
        before = page[-1].seq
    assert found == [*names]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, "abcd"),
        ({"state": DeliveryState.FAILED}, "cd"),
        ({"from_ns": NOW + 1, "until_ns": NOW + 3}, "bc"),
        ({"event_id": told("b").id}, "b"),
        ({"event_id": told("e").id}, ""),
    ],
)
def test_what_ended_can_be_made_due_again(ended: Kept, wanted: dict, names: str) -> None:
    assert ended.deliveries.again(Wanted(BARE.id, **wanted), NOW + 99) == len(names)
    found = ended.deliveries.due(BARE, 9, set())
    again = [name_of(one.event_id) for one in found if one.due_ns == NOW + 99]
    assert again == [*names]
    assert {(one.tries, one.attempts) for one in found if one.due_ns == NOW + 99} <= {
        (0, 1)
    }
    assert ended.rung == ([{BARE.id}] if names else [])


def test_what_is_old_is_forgotten(ended: Kept) -> None:
    assert ended.deliveries.forget(NOW + 2) == 2
    assert ended.deliveries.forget(NOW + 2) == 0
    found = ended.deliveries.page(Wanted(BARE.id), None, 9)
    assert [name_of(one.event_id) for one in found] == ["e", "d", "c"]
    with ended.engine.connect() as connection:
        left = sa.text("SELECT count(*) FROM webhook_attempts")
        assert connection.scalar(left) == 2


def test_the_store_says_that_it_failed(kept: Kept) -> None:
    kept.endpoints.put(BARE)
    with writing(kept.engine) as connection:
        connection.execute(sa.text("DROP TABLE webhook_deliveries"))
    for tell in (
        lambda: kept.outbox.tell([told("a")]),
        lambda: kept.outbox.tell_one(told("a"), BARE.id),
    ):
        with pytest.raises(StoreFailed, match="could not be kept"):
            tell()
    assert kept.rung == []
    with kept.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM webhook_events")) == 0


def test_the_indices_are_used(new_database: Callable[[str], StoreOptions]) -> None:
    """Of a long list of what was delivered, none is looked at for what is next."""
    engine = open_database(new_database("sqlite"))
    plans: list[str] = []

    def explain(_c, _r, statement, parameters, _x, _m) -> None:
        if statement.startswith("SELECT webhook_deliveries.seq"):
            rows = engine.raw_connection().execute(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            plans.append(" ".join(row[3] for row in rows))

    sa.event.listen(engine, "before_cursor_execute", explain)
    for one in (BARE, msgspec.structs.replace(BARE, ordered=True)):
        SqlDeliveries(engine, Bell()).due(one, 9, set())
    assert "webhook_deliveries_due" in plans[0]
    assert "webhook_deliveries_seq" in plans[1]
    assert not any("TEMP B-TREE FOR ORDER" in plan for plan in plans)
