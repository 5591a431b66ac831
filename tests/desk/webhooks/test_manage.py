"""What owners do with their webhooks, over a real database."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from couriers import BEGAN, SECOND, Post, post_office, told
from opentape.alerts.wall.options import WallOptions
from opentape.alerts.wall.wall import Wall
from opentape.desk.keys.gates import Gates
from opentape.desk.keys.key import OWNER, Key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.webhooks.asked import (
    DeliveriesQuery,
    NewWebhook,
    ReplayOf,
    WebhookChange,
)
from opentape.desk.webhooks.endpoint import EndpointState, Reason
from opentape.desk.webhooks.event import EventKind
from opentape.desk.webhooks.manage import Stores, Webhooks
from opentape.desk.webhooks.options import WebhookOptions
from opentape.desk.webhooks.replies import MadeWebhook
from opentape.market.errors import BadField, BadUrl, NotFound, PlanTooLow
from places import PUBLIC, Names, place, replying

URL = "https://hooks.example.com/a"
OTHER = Key(id="other", plan=Plan.ELITE, created_ns=0)
HOUR = 3_600 * SECOND


class Office(NamedTuple):
    post: Post
    webhooks: Webhooks

    def make(self, url: str = URL, key: Key = OWNER, **wish) -> MadeWebhook:
        kinds = {"events": (EventKind.SIGNAL_NEW,)}
        return self.webhooks.make(key, NewWebhook(url=url, **kinds | wish))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as found:
        yield found


@contextmanager
def opened(folder: Path, **options) -> Iterator[Office]:
    with post_office(folder) as post:
        stores = Stores(post.endpoints, post.outbox, post.deliveries)
        names = Names({"hooks.example.com": [PUBLIC], "inner.example.com": ["10.0.0.1"]})
        wall = Wall(WallOptions(loopback=True), names)
        chosen = msgspec.structs.replace(WebhookOptions(), **options)
        gates = Gates(PlanOptions())
        yield Office(post, Webhooks(stores, wall, gates, chosen, post.clock))


def test_a_webhook_is_made_and_its_secret_shown_once(office: Office) -> None:
    made = office.make(min_score=75, ordered=True, description="mine")
    assert re.fullmatch(r"wh_[a-z0-9]{16}", made.id)
    assert made.secret.startswith("whsec_")
    assert (made.min_score, made.ordered, made.description) == (75, True, "mine")
    assert made.created_at == "2026-05-21T15:58:12.000000Z"
    (listed,) = office.webhooks.list(OWNER).data
    assert listed == office.webhooks.one(OWNER, made.id)
    assert "secret" not in msgspec.to_builtins(listed)
    assert listed.url == URL
    assert office.post.one(made.id).secret == made.secret


@pytest.mark.parametrize(
    "url",
    [
        "https://127.1/", "https://inner.example.com/", "ftp://hooks.example.com/",
        "http://hooks.example.com/", "https://hooks.example.com:8443/",
    ],
)  # fmt: skip
def test_a_url_must_be_let_through(office: Office, url: str) -> None:
    with pytest.raises(BadUrl):
        office.make(url)
    made = office.make()
    with pytest.raises(BadUrl):
        office.webhooks.change(OWNER, made.id, WebhookChange(url=url))
    assert [one.url for one in office.webhooks.list(OWNER).data] == [URL]


def test_each_key_has_its_own(office: Office) -> None:
    mine = office.make()
    theirs = office.make(key=OTHER, events=(EventKind.FLOW_EXTREME,))
    assert [one.id for one in office.webhooks.list(OWNER).data] == [mine.id]
    assert [one.id for one in office.webhooks.list(OTHER).data] == [theirs.id]
    webhooks = office.webhooks
    for do in each_way(webhooks, OTHER, mine.id):
        with pytest.raises(NotFound, match="one that this key has made"):
            do()
    assert webhooks.list(OWNER).count == 1


def each_way(webhooks: Webhooks, key: Key, name: str) -> list[Callable[[], object]]:
    return [
        lambda: webhooks.one(key, name),
        lambda: webhooks.change(key, name, WebhookChange(enabled=False)),
        lambda: webhooks.remove(key, name),
        lambda: webhooks.rotate(key, name),
        lambda: webhooks.test(key, name),
        lambda: webhooks.deliveries(key, name, DeliveriesQuery()),
        lambda: webhooks.replay(key, name, ReplayOf(id="evt_1")),
    ]


def test_a_plan_is_told_only_what_it_may_ask(office: Office) -> None:
    with pytest.raises(PlanTooLow):
        office.make(key=OTHER)
    made = office.make(key=OTHER, events=(EventKind.FLOW_EXTREME, EventKind.ORDER_FILLED))
    change = WebhookChange(events=(EventKind.SIGNAL_RETRACTED,))
    with pytest.raises(PlanTooLow):
        office.webhooks.change(OTHER, made.id, change)
    free = Key(id="free", plan=Plan.FREE, created_ns=0)
    with pytest.raises(PlanTooLow):
        office.make(key=free, events=(EventKind.FLOW_ELEVATED,))
    assert office.make(key=free, events=(EventKind.ALERT_TRIGGERED,))


def test_there_may_be_so_many(tmp_path: Path) -> None:
    with opened(tmp_path, most_endpoints=2) as office:
        for _ in range(2):
            office.make()
        with pytest.raises(BadField, match="2 webhooks or fewer"):
            office.make()
        office.make(key=OTHER, events=(EventKind.FLOW_EXTREME,))


def test_what_is_changed_is_changed_and_nothing_else(office: Office) -> None:
    made = office.make(min_score=50, description="a")
    changed = office.webhooks.change(
        OWNER, made.id, WebhookChange(min_score=None, events=(EventKind.FLOW_EXTREME,) * 2)
    )
    assert (changed.min_score, changed.events) == (None, (EventKind.FLOW_EXTREME,))
    assert (changed.description, changed.url) == ("a", URL)
    same = office.webhooks.change(OWNER, made.id, WebhookChange())
    assert same == changed
    moved = WebhookChange(url="https://8.8.8.8", ordered=True)
    last = office.webhooks.change(OWNER, made.id, moved)
    assert (last.url, last.ordered) == ("https://8.8.8.8/", True)
    assert office.post.one(made.id).secret == made.secret


def test_switched_off_and_on(office: Office) -> None:
    with place() as there:
        made = office.make(f"http://127.0.0.1:{there.port}/")
        office.post.tell("a")
        off = office.webhooks.change(OWNER, made.id, WebhookChange(enabled=False))
        assert (off.state, off.reason) == (EndpointState.DISABLED, Reason.OWNER)
        office.post.tell("b")
        office.post.run()
        assert there.requests == []
        with pytest.raises(BadField, match="must be enabled"):
            office.webhooks.test(OWNER, made.id)
        office.post.clock.go_to(BEGAN + HOUR)
        on = office.webhooks.change(OWNER, made.id, WebhookChange(enabled=True))
        assert (on.state, on.reason) == (EndpointState.ENABLED, None)
        assert on.state_since == "2026-05-21T16:58:12.000000Z"
        office.post.run()
        # what was due before is sent; what came while it was off was never for it
        assert office.post.states(made.id) == ["delivered"]


def test_both_secrets_sign_for_a_day(office: Office) -> None:
    with place() as there:
        made = office.make(f"http://127.0.0.1:{there.port}/")
        rotated = office.webhooks.rotate(OWNER, made.id)
        assert rotated.secret not in {made.secret, ""}
        assert rotated.previous_until == "2026-05-22T15:58:12.000000Z"
        office.post.tell("a")
        office.post.run()
        office.post.clock.go_to(BEGAN + 24 * HOUR)
        office.post.tell("b")
        office.post.run()
        signatures = [one.headers["webhook-signature"] for one in there.requests]
        assert [len(one.split()) for one in signatures] == [2, 1]
        plain = [one.headers.get("x-signature-previous") for one in there.requests]
        assert [one is not None for one in plain] == [True, False]


def test_a_removed_webhook_is_gone(office: Office) -> None:
    made = office.make()
    office.post.tell("a")
    assert office.webhooks.remove(OWNER, made.id).id == made.id
    assert office.webhooks.list(OWNER).count == 0
    assert office.post.states(made.id) == []
    with pytest.raises(NotFound):
        office.webhooks.one(OWNER, made.id)


def test_a_test_goes_to_that_one_alone(office: Office) -> None:
    with place(replying(202, b"hello")) as there:
        made = office.make(f"http://127.0.0.1:{there.port}/")
        office.make(f"http://127.0.0.1:{there.port}/other")
        tested = office.webhooks.test(OWNER, made.id)
        office.post.run()
        assert len(there.requests) == 1
        assert there.requests[0].headers["webhook-id"] == tested.id
        body = msgspec.json.decode(there.requests[0].body)
        assert body["event"] == "webhook.test"
        assert body["data"] == {"id": made.id}
        (row,) = office.webhooks.deliveries(OWNER, made.id, DeliveriesQuery()).data
        assert (row.id, row.event, row.state) == (tested.id, "webhook.test", "delivered")
        assert row.next_attempt_at is None
        (attempt,) = row.attempts
        assert (attempt.number, attempt.status, attempt.answer) == (1, 202, "hello")


def test_deliveries_come_in_pages(office: Office) -> None:
    with place(replying(500)) as there:
        made = office.make(f"http://127.0.0.1:{there.port}/")
        names = [f"n{at}" for at in range(7)]
        office.post.tell(*names)
        office.post.run(until_ns=BEGAN + SECOND)
        seen, cursor = [], None
        for _ in range(3):
            query = DeliveriesQuery(limit=3, cursor=cursor)
            page = office.webhooks.deliveries(OWNER, made.id, query)
            seen += [one.id for one in page.data]
            cursor = page.next_cursor
        assert seen == [told(name).id for name in reversed(names)]
        assert cursor is None
        assert page.data[0].next_attempt_at is not None
        failed = DeliveriesQuery(state="failed")
        assert office.webhooks.deliveries(OWNER, made.id, failed).data == []
        for bad in ("x", "-1", "1" * 19, "٣"):
            with pytest.raises(BadField, match="cursor must be one"):
                office.webhooks.deliveries(OWNER, made.id, DeliveriesQuery(cursor=bad))


def test_one_or_a_range_is_sent_again(office: Office) -> None:
    with place() as there:
        made = office.make(f"http://127.0.0.1:{there.port}/")
        for hour, name in enumerate("abcd"):
            office.post.clock.go_to(BEGAN + hour * HOUR)
            office.post.tell(name)
        office.post.run()
        there.requests.clear()

        def replayed(**of) -> int:
            wanted = msgspec.convert(of, ReplayOf)
            count = office.webhooks.replay(OWNER, made.id, wanted).count
            office.post.run()
            return count

        assert replayed(id=told("b").id) == 1
        assert replayed(since="2026-05-21T16:58:12Z", until="2026-05-21T18:58:12Z") == 2
        assert replayed(since="2026-05-21T12:58:12-04:00", state="failed") == 0
        ids = [one.headers["webhook-id"] for one in there.requests]
        assert sorted(ids) == sorted(told(name).id for name in "bbc")
        with pytest.raises(BadField, match="id or since is required"):
            replayed()
        with pytest.raises(NotFound, match="one of this webhook's that ended"):
            replayed(id="evt_none")
