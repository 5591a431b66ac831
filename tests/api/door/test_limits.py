"""Limits and plans as a client sees them."""

import pytest

from asgi_calls import AWAY, Answer, Recorder, scope_of, send_to
from fakes import FakeClock, FakeKeyStore
from opentape.api.door.guard import guard
from opentape.api.options import ServerOptions
from opentape.desk.keys.access import Access
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.options import Plan, PlanOptions

DAY_S = 86_400
NOON_S = 20_000 * DAY_S + DAY_S // 2
MIDNIGHT_S = 20_001 * DAY_S


class Client:
    """Asks with one key."""

    def __init__(self, *, plan: Plan, rate: int | None = None, **options) -> None:
        self.clock = FakeClock(NOON_S * 10**9)
        self.app = Recorder()
        store = FakeKeyStore()
        plans = PlanOptions(**options)
        self.text = make_key(store, Wish(plan=plan, rate=rate), plans, 0).text
        access = Access(store, plans, self.clock)
        self._door = guard(self.app, access, ServerOptions(), self.clock)

    def get(self, path: str = "/stockquote/SPY", **more) -> Answer:
        headers = {"X-Api-Key": self.text}
        return send_to(self._door, scope_of(path, headers=headers, client=AWAY, **more))


def limits(got: Answer) -> tuple[str, str, int]:
    prefix = "x-ratelimit-"
    told = (got.headers[prefix + name] for name in ("limit", "remaining", "reset"))
    limit, remaining, reset = told
    return limit, remaining, int(reset) - NOON_S


def test_an_unlimited_key_is_told_so() -> None:
    got = Client(plan=Plan.ALPHA).get()
    assert limits(got) == ("unlimited", "unlimited", MIDNIGHT_S - NOON_S)
    assert "ratelimit" not in got.headers
    assert "retry-after" not in got.headers


def test_a_minute_is_counted_down_and_fills_again() -> None:
    client = Client(plan=Plan.ALPHA, rate=3)
    found = [client.get() for _ in range(4)]
    assert [got.status for got in found] == [200, 200, 200, 429]
    assert [limits(got) for got in found] == [
        ("3", "2", 20),
        ("3", "1", 40),
        ("3", "0", 60),
        ("3", "0", 60),
    ]
    assert [got.headers["ratelimit"] for got in found] == [
        '"minute";r=2;t=20',
        '"minute";r=1;t=40',
        '"minute";r=0;t=60',
        '"minute";r=0;t=60',
    ]
    assert {got.headers["ratelimit-policy"] for got in found} == {'"minute";q=3;w=60'}
    assert [got.headers.get("retry-after") for got in found] == [None] * 3 + ["20"]
    body = found[-1].json
    assert body["error"]["code"] == "RATE_LIMITED"
    assert (body["limit"], body["current_plan"], body["upgrade_to"]) == (
        3,
        "Alpha",
        "Enterprise",
    )
    client.clock.wait_s(19)
    assert client.get().headers["retry-after"] == "1"
    client.clock.wait_s(1)
    assert client.get().status == 200
    assert len(client.app.scopes) == 4


def test_both_limits_are_told_and_the_nearer_one_first() -> None:
    got = Client(plan=Plan.FREE).get()
    assert limits(got) == ("5", "4", MIDNIGHT_S - NOON_S)
    assert got.headers["ratelimit-policy"] == '"minute";q=100;w=60, "day";q=5;w=86400'
    assert got.headers["ratelimit"] == '"minute";r=99;t=1, "day";r=4;t=43200'


def test_a_day_that_is_used_up() -> None:
    client = Client(plan=Plan.FREE)
    got = [client.get() for _ in range(6)][-1]
    assert got.status == 429
    assert got.headers["retry-after"] == "43200"
    assert limits(got) == ("5", "0", 43_200)
    assert (got.json["limit"], got.json["upgrade_to"]) == (5, "Basic")
    assert got.json["reset_at"] == "2024-10-05T00:00:00.000000Z"


def test_a_plan_that_does_not_have_it() -> None:
    client = Client(plan=Plan.BASIC)
    got = client.get("/v1/flow/signals/SPY")
    assert got.status == 403
    assert got.json["error"]["code"] == "tier_restricted"
    assert (got.json["current_plan"], got.json["required_plan"]) == ("Basic", "Alpha")
    assert limits(got)[:2] == ("100", "100")
    assert client.app.scopes == []
    assert client.get("/v1/exposure/gex/SPY").json["required_plan"] == "Growth"
    assert client.get("/v1/exposure/gex/SPY?expiration=2030-01-18").status == 200


def test_a_symbol_that_was_encoded_is_gated_too() -> None:
    client = Client(plan=Plan.FREE)
    for path in ("/v1/exposure/levels/%5ESPX", "/v1/exposure/levels/%53%50%58"):
        assert client.get(path).status == 403
    assert client.get("/v1/exposure/levels/ES%3DF").json["required_plan"] == "Growth"


def test_gates_and_limits_can_be_switched_off() -> None:
    client = Client(plan=Plan.FREE, gated=False, per_day={}, per_minute={})
    for _ in range(300):
        assert client.get("/v1/flow/signals/SPX").status == 200


def test_a_query_that_cannot_be_read_is_said_to_be() -> None:
    got = Client(plan=Plan.FREE).get("/stockquote/SPY?x=%ff")
    assert (got.status, got.json["error"]["code"]) == (400, "invalid_query")


@pytest.mark.parametrize("path", ["/v1/flow", "/health"])
def test_the_owner_and_public_paths_are_not_counted(path: str) -> None:
    clock, app = FakeClock(NOON_S * 10**9), Recorder()
    access = Access(FakeKeyStore(), PlanOptions(per_minute={Plan.ALPHA: 1}), clock)
    door = guard(app, access, ServerOptions(), clock)
    found = [send_to(door, scope_of(path)) for _ in range(5)]
    assert {got.status for got in found} == {200}
    expected = None if path == "/health" else "unlimited"
    assert {got.headers.get("x-ratelimit-limit") for got in found} == {expected}
