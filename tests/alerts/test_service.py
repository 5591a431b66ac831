"""The courier's thread: delivers while it runs, ends cleanly, survives failures."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from couriers import Post, post_office, told
from opentape.alerts.service import CourierThread
from opentape.desk.clock import SystemClock
from opentape.desk.webhooks.event import Event
from places import place, replying
from server import until


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with post_office(tmp_path) as found:
        yield found._replace(clock=SystemClock())


@contextmanager
def delivering(post: Post) -> Iterator[None]:
    with CourierThread(post.courier, post.bell, post.clock):
        yield


def now(post: Post, name: str) -> Event:
    return told(name, post.clock.wall_ns())


def test_what_is_told_is_delivered_at_once(post: Post) -> None:
    with place() as there:
        post.endpoint(there.port)
        with delivering(post):
            for name in "abcdefgh":
                post.outbox.tell([now(post, name)])
                until(lambda: post.states()[-1:] == ["delivered"], 5)
        assert len(there.requests) == 8


def test_what_was_told_before_it_ran_is_delivered(post: Post) -> None:
    with place() as there:
        post.endpoint(there.port)
        post.outbox.tell([now(post, "a")])
        with delivering(post):
            until(lambda: post.states() == ["delivered"], 5)


def test_endpoints_may_come_and_go_while_it_runs(post: Post) -> None:
    with place() as there, delivering(post):
        post.endpoint(there.port)
        post.outbox.tell([now(post, "a")])
        until(lambda: post.states() == ["delivered"], 5)
        post.endpoints.remove("wh_1")
        post.endpoint(there.port, "wh_2")
        post.outbox.tell([now(post, "b")])
        until(lambda: post.states("wh_2") == ["delivered"], 5)
    assert [one.line for one in there.requests] == [
        f"POST /{one} HTTP/1.1" for one in ("wh_1", "wh_2")
    ]


def test_what_is_under_way_at_the_end_is_written_down(post: Post) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def reply(_) -> bytes:
        asked.set()
        go_on.wait(5)
        return replying()

    with place(reply) as there:
        post.endpoint(there.port)
        with delivering(post):
            post.outbox.tell([now(post, "a")])
            assert asked.wait(5)
            threading.Timer(0.1, go_on.set).start()
        assert post.states() == ["delivered"]


def test_a_store_that_fails_for_a_while_stops_nothing(post: Post, monkeypatch) -> None:
    failing = threading.Event()
    failed = threading.Event()
    record = post.deliveries.record

    def sometimes(*given) -> None:
        if failing.is_set():
            failed.set()
            raise OSError("the disk is full")
        record(*given)

    monkeypatch.setattr(post.deliveries, "record", sometimes)
    with place() as there:
        post.endpoint(there.port)
        failing.set()
        with delivering(post):
            post.outbox.tell([now(post, "a")])
            assert failed.wait(5)
            failing.clear()
            until(lambda: post.states() == ["delivered"], 5)
        # it was not sent again: what came of it was still known
        assert len(there.requests) == 1
