"""Receivers that misbehave in every way get exactly what the schedule says."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from couriers import BEGAN, SECOND, Post, post_office
from opentape.desk.webhooks.endpoint import EndpointState, Reason
from opentape.desk.webhooks.ports import Wanted
from places import Reply, Request, canary, place, replying

HOUR, DAY = 3_600, 86_400
SCHEDULE = [0, 5, 300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, DAY]
TIMES = [sum(SCHEDULE[: at + 1]) for at in range(len(SCHEDULE))]
NEVER_OFF = {"failing_days": 365.0}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with post_office(tmp_path, **NEVER_OFF) as found:
        yield found


async def slow(_: Request) -> bytes:
    await asyncio.sleep(0.4)
    return replying()


CHAOS: dict[str, tuple[bytes | Reply, object]] = {
    "slow": (slow, "timeout"),
    "500": (replying(500, b"boom"), 500),
    "503": (replying(503), 503),
    "429": (replying(429), 429),
    "redirect": (replying(302, Location="http://127.0.0.1:1/"), 302),
    "permanent redirect": (replying(308, Location="/elsewhere"), 308),
    "not found": (replying(404), 404),
    "not modified": (replying(304), 304),
    "hang-up": (b"", "hang_up"),
    "garbage": (b"\x00\xff\xfe garbage \r\n\r\n", "garbage"),
    "half an answer": (b"HTTP/1.1 200 OK\r\nContent-Le", "timeout"),
}


@pytest.mark.parametrize("chaos", CHAOS)
def test_what_is_not_taken_is_tried_at_exactly_these_times(
    tmp_path: Path, chaos: str
) -> None:
    reply, told = CHAOS[chaos]
    wall = {"timeout_s": 0.15} if told == "timeout" else {}
    with post_office(tmp_path, wall, **NEVER_OFF) as post, place(reply) as there:
        post.endpoint(there.port)
        (event,) = post.tell("a")
        post.run()
        assert post.attempts() == [(at, told) for at in TIMES]
        assert post.states() == ["failed"]
        # a connection that was ended before it was asked may be opened anew
        assert len(there.requests) >= len(TIMES)
        assert {one.headers["webhook-id"] for one in there.requests} == {event.id}
        assert {one.body for one in there.requests} == {event.body}
        stamps = [int(one.headers["webhook-timestamp"]) for one in there.requests]
        assert sorted({one - BEGAN // SECOND for one in stamps}) == TIMES
        assert post.one().failing_since_ns == BEGAN


def test_nobody_there(post: Post) -> None:
    with canary() as bird:
        pass
    post.endpoint(bird.port)
    post.tell("a")
    post.run()
    assert post.attempts() == [(at, "connect") for at in TIMES]


def test_the_wall_stands_at_every_attempt(tmp_path: Path) -> None:
    with canary() as bird, post_office(tmp_path, {"loopback": False}) as post:
        post.endpoint(bird.port, url=f"http://127.0.0.1:{bird.port}/")
        post.endpoint(bird.port, "wh_2", url="https://[::ffff:127.0.0.1]/")
        post.tell("a")
        post.run()
        for one in ("wh_1", "wh_2"):
            assert post.attempts(one) == [(at, "refused") for at in TIMES]
        assert bird.visits == []


def test_taken_at_once_is_tried_once(post: Post) -> None:
    with place(replying(200, b"thanks")) as there:
        post.endpoint(there.port)
        post.tell("a", "b")
        post.run()
        assert post.attempts() == [(0, 200)] * 2
        assert post.states() == ["delivered"] * 2
        asked = [json.loads(one.body)["data"]["id"] for one in there.requests]
        assert sorted(asked) == ["a", "b"]
        headers = there.requests[0].headers
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"].startswith("opentape/")


def in_turn(*replies: bytes) -> Callable[[Request], bytes]:
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("120", 120), ("3", 5), ("0", 5), ("soon", 5), ("999999999", DAY),
     ("Thu, 21 May 2026 16:08:12 GMT", 600), ("Thu, 21 May 2026 15:00:00 GMT", 5)],
)  # fmt: skip
def test_retry_after_is_kept(post: Post, retry_after: str, seconds: int) -> None:
    busy = replying(429, Retry_After=retry_after)
    with place(in_turn(busy, replying())) as there:
        post.endpoint(there.port)
        post.tell("a")
        post.run()
        assert post.attempts() == [(0, 429), (seconds, 204)]


def test_while_it_asks_to_be_left_alone_nothing_is_sent(post: Post) -> None:
    busy = replying(503, Retry_After="100")
    with place(in_turn(busy, replying())) as there:
        post.endpoint(there.port, ordered=True)
        post.tell("a")
        post.run(until_ns=BEGAN + 1)
        post.clock.go_to(BEGAN + 10 * SECOND)
        post.tell("b")
        post.run()
        assert post.attempts() == [(0, 503), (100, 204), (100, 204)]


def test_gone_switches_off_at_once(post: Post) -> None:
    with place(replying(410)) as there:
        post.endpoint(there.port, ordered=True)
        post.tell("a", "b")
        post.run()
        assert post.attempts() == [(0, 410)]
        assert post.states() == ["failed", "pending"]
        found = post.one()
        assert (found.state, found.reason) == (EndpointState.DISABLED, Reason.GONE)
        assert found.state_ns == BEGAN
        post.tell("c")
        post.run()
        assert len(there.requests) == 1
        assert post.states() == ["failed", "pending"]


def test_failing_for_days_switches_off_and_tells_the_owner(tmp_path: Path) -> None:
    with (
        post_office(tmp_path, failing_days=2.0) as post,
        place(replying(500)) as dead,
        place() as alive,
    ):
        post.endpoint(dead.port)
        post.endpoint(alive.port, "wh_2")
        post.endpoint(alive.port, "wh_3", key_id="another")
        post.tell("a")
        post.run()
        first_after = next(at for at in TIMES if at >= 2 * DAY)
        assert [at for at, _ in post.attempts()] == TIMES[: TIMES.index(first_after) + 1]
        found = post.one()
        assert (found.state, found.reason) == (EndpointState.DISABLED, Reason.FAILING)
        assert found.state_ns == BEGAN + first_after * SECOND
        bodies = [json.loads(one.body) for one in alive.requests]
        assert [one["event"] for one in bodies] == ["signal.new", "webhook.disabled"]
        assert bodies[1]["data"] == {"id": "wh_1", "url": found.url, "reason": "failing"}


def test_one_success_and_the_failing_time_begins_anew(tmp_path: Path) -> None:
    failing = replying(500)
    with (
        post_office(tmp_path, failing_days=2.0) as post,
        place(in_turn(*[failing] * 7, replying(), failing)) as there,
    ):
        post.endpoint(there.port)
        post.tell("a")
        post.run()
        assert post.states() == ["delivered"]
        assert post.one().failing_since_ns is None
        began_ns = post.clock.wall_ns()
        post.tell("b")
        post.run(until_ns=began_ns + DAY * SECOND)
        found = post.one()
        assert found.enabled
        assert found.failing_since_ns == began_ns


def test_order_is_kept_where_it_was_asked_for(post: Post) -> None:
    with place(in_turn(replying(), replying(500), replying(500), replying())) as there:
        post.endpoint(there.port, ordered=True)
        post.tell("a", "b", "c", "d")
        post.run()
        asked = [json.loads(one.body)["data"]["id"] for one in there.requests]
        assert asked == ["a", "b", "b", "b", "c", "d"]
        assert [at for at, _ in post.attempts()] == [0, 0, 5, 305, 305, 305]


def test_what_is_given_up_lets_the_next_one_through(tmp_path: Path) -> None:
    with (
        post_office(tmp_path, schedule_s=(1.0,)) as post,
        place(in_turn(replying(500), replying(500), replying())) as there,
    ):
        post.endpoint(there.port, ordered=True)
        post.tell("a", "b")
        post.run()
        assert post.states() == ["failed", "delivered"]
        assert post.attempts() == [(0, 500), (1, 500), (1, 204)]


def test_without_order_one_failure_holds_up_nobody(post: Post) -> None:
    def moody(request: Request) -> bytes:
        return replying(500 if b'"b"' in request.body else 204)

    with place(moody) as there:
        post.endpoint(there.port)
        post.tell("a", "b", "c")
        post.run(until_ns=BEGAN + 60 * SECOND)
        assert post.states() == ["delivered", "pending", "delivered"]
        assert post.attempts() == [(0, 204), (0, 500), (5, 500), (0, 204)]


def test_a_dead_endpoint_with_much_before_it_is_asked_little(tmp_path: Path) -> None:
    """The breaker: one attempt looks whether it is back; then all that is due goes."""
    names = [f"n{at}" for at in range(300)]
    with (
        post_office(tmp_path, **NEVER_OFF) as post,
        place(
            lambda _: replying(204 if post.clock.wall_ns() > BEGAN + HOUR * SECOND else 500)
        ) as there,
    ):
        post.endpoint(there.port)
        post.tell(*names)
        post.run(until_ns=BEGAN + HOUR * SECOND)
        # at first as many as go at once, then fewer and further apart
        assert len(there.requests) < 30
        assert set(post.states()) == {"pending"}
        post.run(until_ns=BEGAN + 3 * HOUR * SECOND)
        assert post.states() == ["delivered"] * 300


def test_a_dead_endpoint_delays_nobody(tmp_path: Path) -> None:
    names = [f"n{at}" for at in range(100)]
    with (
        post_office(tmp_path, {"timeout_s": 2.0}) as post,
        place(lambda _: asyncio.sleep(9, b"")) as dead,
        place() as alive,
    ):
        post.endpoint(dead.port)
        post.endpoint(alive.port, "wh_2")
        post.tell(*names)
        post.run(until_ns=BEGAN + SECOND)
        assert post.attempts("wh_2") == [(0, 204)] * 100
        # eight at once, and one more for each that fails before the breaker shuts
        assert len(dead.requests) <= 12


def test_jitter_is_added_and_no_more(tmp_path: Path) -> None:
    calm = {"jitter": 0.1, "breaker_failures": 1_000} | NEVER_OFF
    with post_office(tmp_path, **calm) as post, place(replying(500)) as there:
        post.endpoint(there.port)
        post.tell("a", "b")
        post.run()
        for first in (0, 10):
            times = [at for at, _ in post.attempts()][first : first + 10]
            waits = [later - at for at, later in itertools.pairwise(times)]
            shares = [wait / usual for wait, usual in zip(waits, SCHEDULE[1:], strict=True)]
            assert all(1 <= share < 1.101 for share in shares)
            assert len({round(share, 6) for share in shares}) > 5


def test_a_replay_is_sent_again_under_the_same_id(post: Post) -> None:
    with place() as there:
        post.endpoint(there.port)
        (event,) = post.tell("a")
        post.run()
        post.clock.go_to(BEGAN + HOUR * SECOND)
        assert post.deliveries.again(Wanted("wh_1"), post.clock.wall_ns()) == 1
        post.run()
        assert [one.headers["webhook-id"] for one in there.requests] == [event.id] * 2
        assert post.attempts() == [(0, 204), (HOUR, 204)]


def test_what_an_endpoint_said_is_kept_for_its_owner(post: Post) -> None:
    with place(replying(200, b"x\x00\xff" + b"y" * 5_000)) as there:
        post.endpoint(there.port)
        post.tell("a")
        post.run()
        (delivery,) = post.deliveries.page(Wanted("wh_1"), None, 9)
        assert delivery.tried[0].answer == "x\ufffd\ufffd" + "y" * 1_021
