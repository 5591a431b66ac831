"""Events, and who wants them."""

import json

import msgspec
import pytest

from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.live import Event as NewsEvent
from opentape.desk.webhooks.endpoint import (
    Endpoint,
    EndpointState,
    new_endpoint_id,
    new_secret,
)
from opentape.desk.webhooks.event import EventKind, event, event_id
from opentape.desk.webhooks.telling import Subscriber, copies

AT = 1_779_379_092 * 10**9
MINUTE = 60 * 10**9
MADE = event(EventKind.SIGNAL_NEW, "NVDA-1", AT, {"id": "NVDA-1", "x": None}, score=70)
ENDPOINT = Endpoint(
    id="wh_1",
    key_id="k1",
    url="https://a.example.com/",
    kinds=(EventKind.SIGNAL_NEW,),
    secret="whsec_new",
    state_ns=1,
    created_ns=1,
)


def test_the_body_is_event_timestamp_and_data() -> None:
    assert json.loads(MADE.body) == {
        "event": "signal.new",
        "timestamp": "2026-05-21T15:58:12.000000Z",
        "data": {"id": "NVDA-1", "x": None},
    }


def test_the_same_cause_is_the_same_event() -> None:
    again = event(EventKind.SIGNAL_NEW, "NVDA-1", AT + 1, {}, score=1)
    assert again.id == MADE.id == event_id(EventKind.SIGNAL_NEW, "NVDA-1")
    assert event_id(EventKind.SIGNAL_RETRACTED, "NVDA-1") != MADE.id
    assert event_id(EventKind.SIGNAL_NEW, "NVDA-2") != MADE.id


def test_everything_that_is_told_of_signals_is_an_event() -> None:
    assert {kind.value for kind in NewsEvent} <= {kind.value for kind in EventKind}


@pytest.mark.parametrize(
    ("endpoint", "made", "wanted"),
    [
        ({}, {}, True),
        ({"kinds": (EventKind.FLOW_EXTREME,)}, {}, False),
        ({"min_score": 70}, {}, True),
        ({"min_score": 71}, {}, False),
        ({"min_score": 71}, {"score": None}, True),
        ({"min_score": 0}, {"score": 0}, True),
        ({"created_ns": AT}, {}, True),
        ({"created_ns": AT + 1}, {}, False),
        ({"state": EndpointState.DISABLED}, {}, False),
        ({}, {"key_id": "k1"}, True),
        ({}, {"key_id": "k2"}, False),
    ],
)
def test_who_wants_what(endpoint: dict, made: dict, *, wanted: bool) -> None:
    one = msgspec.structs.replace(ENDPOINT, **endpoint)
    assert one.wants(msgspec.structs.replace(MADE, **made)) is wanted


def due(subscriber: Subscriber, made=MADE, **plans) -> list[int]:
    options = PlanOptions(**plans)
    return [one.due_ns - AT for one in copies([made], [subscriber], options)]


@pytest.mark.parametrize(
    ("plan", "plans", "late"),
    [
        (Plan.ALPHA, {}, [0]),
        (Plan.PRO, {}, [15 * MINUTE]),
        (Plan.FREE, {}, []),
        (Plan.FREE, {"gated": False}, [0]),
        (Plan.ELITE, {"delay_minutes": {Plan.ELITE: 1}}, [MINUTE]),
    ],
)
def test_events_come_as_late_as_data_of_the_plan(plan: Plan, plans: dict, late: list):
    assert due(Subscriber(ENDPOINT, plan, None), **plans) == late


def test_what_is_one_s_own_is_never_late() -> None:
    mine = msgspec.structs.replace(MADE, key_id="k1")
    assert due(Subscriber(ENDPOINT, Plan.FREE, None), mine) == [0]


def test_a_key_that_has_expired_is_told_nothing() -> None:
    assert due(Subscriber(ENDPOINT, Plan.ALPHA, AT)) == []
    assert due(Subscriber(ENDPOINT, Plan.ALPHA, AT + 1)) == [0]


def test_events_go_to_everyone_in_order() -> None:
    other = msgspec.structs.replace(ENDPOINT, id="wh_2", min_score=90)
    later = event(EventKind.SIGNAL_NEW, "NVDA-2", AT, {}, score=95)
    subscribers = [Subscriber(one, Plan.ALPHA, None) for one in (ENDPOINT, other)]
    found = [(one.event.id, one.endpoint_id)
             for one in copies([MADE, later], subscribers, PlanOptions())]  # fmt: skip
    assert found == [(MADE.id, "wh_1"), (later.id, "wh_1"), (later.id, "wh_2")]


def test_both_secrets_sign_until_the_old_one_is_over() -> None:
    turning = msgspec.structs.replace(ENDPOINT, old_secret="whsec_old", old_until_ns=AT)
    assert ENDPOINT.secrets(AT) == ("whsec_new",)
    assert turning.secrets(AT - 1) == ("whsec_new", "whsec_old")
    assert turning.secrets(AT) == ("whsec_new",)


def test_ids_and_secrets_never_come_twice() -> None:
    assert len({new_endpoint_id() for _ in range(500)} | {new_secret()}) == 501
    assert new_endpoint_id().startswith("wh_")
