"""The stream of a real server: who may listen, what comes, and that nothing is lost."""

import itertools
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from opentape.desk.keys.options import Plan
from server import until

WITHIN_S = 10.0
EVERYTHING = {"unknownOI": "true"}
_MOST_AHEAD = 50
"""Rows that are pushed before they are read, where each reader begins behind them."""


@contextmanager
def streaming(server, key: str | None = "", **query):
    """A client of the stream; the usual key in its header unless another is given."""
    key = server.key if key == "" else key
    headers = {} if key is None else {"X-Api-Key": key}
    with connect(
        address(server, **query),
        additional_headers=headers,
        # a client that leaves reads what is on its way to the end
        max_queue=None,
        close_timeout=2,
    ) as client:
        yield client


def address(server, **query) -> str:
    return f"{server.stream}?{urlencode(query)}" if query else server.stream


def here(server) -> str:
    """The cursor of the newest row: what comes after it is still to come."""
    log = server.made.engine.log
    return log.cursor(log.end - 1)


def cursors(client, count: int) -> list[str]:
    """The cursors of the next rows."""
    return [json.loads(client.recv(WITHIN_S))["cursor"] for _ in range(count)]


def closing(client) -> int:
    """The code that the server ends a stream with, whatever comes before."""
    with suppress(ConnectionClosed):
        while True:
            client.recv(WITHIN_S)
    return client.close_code


@pytest.fixture(scope="module")
def rows(server):
    """Rows of the market; each is pushed as often as a test likes."""
    return server.rows(100)


def test_a_row_is_the_one_that_is_listed(server, rows):
    with streaming(server, cursor=here(server)) as client:
        (cursor,) = server.push(rows[:1])
        told = json.loads(client.recv(WITHIN_S))
    assert told == json.loads(msgspec.json.encode(rows[0])) | {"cursor": cursor}


@pytest.mark.parametrize(
    "headers",
    [{"X-Api-Key": "{}"}, {"x-api-key": "{}"}, {"Authorization": "Bearer {}"}],
    ids=str,
)
def test_a_key_in_a_header(server, rows, headers):
    given = {name: text.format(server.key) for name, text in headers.items()}
    query = address(server, cursor=here(server))
    with connect(query, additional_headers=given) as client:
        assert cursors(client, 0) == []
        pushed = server.push(rows[:3])
        assert cursors(client, 3) == pushed


@pytest.mark.parametrize(
    "message",
    ['{{"key": "{}"}}', '{{"apiKey": "{}"}}', '{{"x-api-key": "{}"}}', "{}"],
)
def test_a_key_in_the_first_message(server, rows, message):
    with streaming(server, None, cursor=here(server)) as client:
        pushed = server.push(rows[:2])
        with pytest.raises(TimeoutError):
            client.recv(0.05)
        client.send(message.format(server.key))
        assert cursors(client, 2) == pushed


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("ot_0123456789_nobodysecret", None),
        ("nonsense", None),
        (None, '{"key": "ot_0123456789_nobodysecret"}'),
        (None, '{"hello": 1}'),
        (None, "nonsense"),
    ],
)
def test_a_bad_key_is_refused(server, key, first):
    with streaming(server, key) as client:
        if first is not None:
            client.send(first)
        assert closing(client) == 4401


@pytest.mark.parametrize(
    "query", [{"side": "UP"}, {"minScore": "high"}, {"kind": "WHALE"}, {"unknownOI": "2"}]
)
def test_a_bad_query_is_refused(server, query):
    with streaming(server, **query) as client:
        assert closing(client) == 4400
    reply = httpx.get(
        f"{server.base}/v1/stream/sse", params=query, headers={"X-Api-Key": server.key}
    )
    assert reply.status_code == 400


def test_a_low_plan_has_no_stream(server):
    with streaming(server, server.new_key(plan=Plan.GROWTH)) as client:
        assert closing(client) == 4403


def test_too_many_streams_a_minute(server, rows):
    key = server.new_key(rate=1)
    with streaming(server, key, cursor=here(server)) as first:
        with streaming(server, key) as second:
            assert closing(second) == 4429
        assert cursors(first, 0) == []
        pushed = server.push(rows[:1])
        assert cursors(first, 1) == pushed


FILTERS = {
    "score": ({"minScore": 85}, lambda row: row.score >= 85),
    "premium": ({"minPremium": 1_000_000}, lambda row: row.premium >= 1e6),
    "ticker": (
        {"ticker": "nvda,AAPL"},
        lambda row: row.ticker in {"NVDA", "AAPL"},
    ),
    "side": ({"side": "ASK"}, lambda row: row.side == "ASK"),
    "kind": ({"kind": "SWEEP"}, lambda row: row.kind == "SWEEP"),
    "nothing": ({}, lambda _: True),
    "several": (
        {"min_score": 60, "side": "BID", "kind": "SWEEP", "ticker": "SPX"},
        lambda row: (
            row.score >= 60 and (row.side, row.kind, row.ticker) == ("BID", "SWEEP", "SPX")
        ),
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(server, rows, name):
    query, wanted = FILTERS[name]
    unknown = {"open_interest": None, "oi": None, "vol_oi": None}
    pushed = [*rows, *(msgspec.structs.replace(row, **unknown) for row in rows[:9])]
    last = msgspec.structs.replace(
        rows[0], ticker="SPX", score=100, premium=9e9, side="BID", kind="SWEEP"
    )
    ends = [
        last,
        msgspec.structs.replace(last, side="ASK", ticker="NVDA"),
    ]
    with streaming(server, cursor=here(server), **query) as client:
        at = server.push([*pushed, *ends])
        known = [
            cursor
            for cursor, row in zip(at, [*pushed, *ends], strict=True)
            if row.open_interest is not None and wanted(row)
        ]
        assert len(known) > 0
        assert cursors(client, len(known)) == known
        with pytest.raises(TimeoutError):
            client.recv(0.02)


def test_rows_of_unknown_open_interest_come_when_asked_for(server, rows):
    unknown = {"open_interest": None, "oi": None, "vol_oi": None}
    pushed = [msgspec.structs.replace(row, **unknown) for row in rows[:3]]
    with streaming(server, cursor=here(server), **EVERYTHING) as client:
        at = server.push(pushed)
        assert cursors(client, 3) == at


@pytest.mark.parametrize(
    "cursor", ["elsewhere.5", "nonsense", "{run}.99999999", "{run}.-2"]
)
def test_an_unknown_cursor_is_told_of(server, cursor):
    """A run that is over, or a cursor nobody gave: the stream tells, and begins anew."""
    log = server.made.engine.log
    given = cursor.format(run=log.run)
    with streaming(server, cursor=given, **EVERYTHING) as client:
        told = json.loads(client.recv(WITHIN_S))
        assert told["event"] == "cursor_lost"
        assert "score" not in told
        assert log.after(told["cursor"]) == log.first
        _, frames = log.read(log.first, 5)
        assert cursors(client, len(frames)) == [frame.cursor for frame in frames]


@contextmanager
def events(server, last: str | None = None, **query) -> Iterator[Iterator[dict]]:
    """Server-sent events: what each carries, its id checked against it."""
    headers = {"X-Api-Key": server.key} | ({"Last-Event-ID": last} if last else {})
    with (
        httpx.Client(headers=headers, timeout=WITHIN_S) as http,
        http.stream("GET", f"{server.base}/v1/stream/sse", params=query) as reply,
    ):
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        yield told(reply.iter_lines())


def told(lines: Iterator[str]) -> Iterator[dict]:
    for line in lines:
        if line.startswith("id: "):
            body = json.loads(next(lines).removeprefix("data: "))
            assert body["cursor"] == line.removeprefix("id: ")
            assert next(lines) == ""
            yield body


def test_events_resume_after_the_last_id(server, rows):
    before = here(server)
    pushed = server.push(rows[:10])
    for after in (before, pushed[3]):
        with events(server, after) as come:
            left = pushed[pushed.index(after) + 1 :] if after in pushed else pushed
            assert [next(come)["cursor"] for _ in left] == left
            pushed = [*pushed, *server.push(rows[:1])]
            assert next(come)["cursor"] == pushed[-1]
    with events(server, cursor=pushed[8]) as come:
        assert next(come)["cursor"] == pushed[9]


def test_a_slow_client_is_dropped_and_delays_nobody(server, rows):
    """It is told 4408; whoever reads meanwhile gets every row."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.connect(("127.0.0.1", int(server.base.rsplit(":", 1)[1])))
    given = {"X-Api-Key": server.key}
    at = here(server)
    got: list[str] = []
    pushed: list[str] = []
    over = threading.Event()

    def read() -> None:
        with streaming(server, cursor=at) as client:
            while not over.is_set() or len(got) < len(pushed):
                got.extend(cursors(client, 1))

    dropped = server.metric("opentape_stream_dropped_total")
    reader = threading.Thread(target=read)
    slow = connect(
        address(server, cursor=at), additional_headers=given, sock=raw, max_queue=1
    )
    with slow:
        reader.start()
        server.streaming(2)
        ends = time.monotonic() + 30
        while server.metric("opentape_stream_dropped_total") == dropped:
            assert time.monotonic() < ends
            pushed.extend(server.push(rows * 5))
            # the patient one keeps up: it is not what is tried here
            until(lambda: len(pushed) < len(got) + 1_000)
        pushed.extend(server.push(rows[:1]))
        over.set()
        reader.join(WITHIN_S)
        assert closing(slow) == 4408
    assert got == pushed


def test_disconnects_lose_nothing_and_double_nothing(server, rows):
    resumed(server, rows, 60)


@pytest.mark.long
@pytest.mark.slow
def test_a_thousand_disconnects_lose_nothing_and_double_nothing(server, rows):
    resumed(server, rows, 1_000)


def resumed(server, rows, count: int) -> None:
    """Read a stream that breaks so many times, in any of the ways in which streams do."""
    chance = random.Random(count)
    pushed: list[str] = []
    over = threading.Event()
    last = here(server)

    seen: list[str] = []

    def push() -> None:
        pushing = random.Random(7)
        while not over.is_set():
            if len(pushed) - len(seen) < _MOST_AHEAD:
                some = pushing.choices(rows, k=pushing.randint(1, 6))
                pushed.extend(server.push(some))
            over.wait(pushing.choice([0.001, 0.002, 0.01]))

    pusher = threading.Thread(target=push)
    pusher.start()
    try:
        for _ in range(count):
            seen += broken(server, seen[-1] if seen else last, chance)
    finally:
        over.set()
        pusher.join()
    with streaming(server, cursor=seen[-1] if seen else last) as client:
        seen += cursors(client, len(pushed) - len(seen))
        with pytest.raises(TimeoutError):
            client.recv(0.05)
    assert len(pushed) > count
    assert seen == pushed


def broken(server, after: str, chance: random.Random) -> list[str]:
    """Read some rows after a cursor until the stream breaks; return their cursors."""
    wanted = chance.randint(0, 12)
    if chance.random() < 0.2:
        with events(server, after) as come:
            return [one["cursor"] for one in itertools.islice(come, wanted)]
    seen: list[str] = []
    with streaming(server, cursor=after) as client:
        seen += cursors(client, wanted)
        if chance.random() < 0.5:
            client.socket.shutdown(socket.SHUT_RDWR)
    return seen
