"""A stream goes on after its last row, whatever ended it."""

import asyncio
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.sync.server import ServerConnection, serve

from opentape.client import AsyncClient, Client, StreamEvent, StreamFrame, errors

CALL_AWAY = 1001


class Streamer(NamedTuple):
    url: str
    queries: list[dict[str, list[str]]]
    """What each connection asked for, in order."""
    keys: list[str | None]


@contextmanager
def streamer(*visits) -> Generator[Streamer]:
    """Serve one visit after the other: frames, then a code to close with or a status."""
    queries, keys = [], []

    def at(number: int):
        return visits[min(number, len(visits) - 1)]

    def process(connection: ServerConnection, request):
        queries.append(parse_qs(urlsplit(request.path).query))
        keys.append(request.headers.get("X-Api-Key"))
        _, end = at(len(queries) - 1)
        return connection.respond(end, "no\n") if end < 1000 else None

    def handle(connection: ServerConnection) -> None:
        frames, end = at(len(queries) - 1)
        for frame in frames:
            connection.send(frame if isinstance(frame, str) else json.dumps(frame))
        connection.close(end, "because")

    with serve(handle, "127.0.0.1", 0, process_request=process) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        yield Streamer(f"http://127.0.0.1:{port}", queries, keys)
        server.shutdown()
        thread.join()


def waiting(url: str, count: int, waits: list[float], **query) -> list:
    with Client(url, "secret", sleep=waits.append) as client:
        stream = client.stream(**query)
        return [next(stream) for _ in range(count)]


def not_waiting(url: str, count: int, waits: list[float], **query) -> list:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def reading() -> list:
        async with AsyncClient(url, "secret", sleep=sleep) as client:
            stream = client.stream(**query)
            told = [await anext(stream) for _ in range(count)]
            await stream.aclose()
            return told

    return asyncio.run(reading())


both = pytest.mark.parametrize("read", [waiting, not_waiting])


def row(number: int) -> dict:
    return {"id": f"s{number}", "ticker": "SPY", "score": 80, "cursor": f"run.{number}"}


@both
def test_it_resumes_after_the_last_row(read) -> None:
    visits = [([row(0), row(1)], CALL_AWAY), ([row(2)], 1011), ([row(3)], CALL_AWAY)]
    waits: list[float] = []
    with streamer(*visits) as server:
        told = read(server.url, 4, waits, min_score=50, ticker=["SPY", "QQQ"])
    assert [frame.id for frame in told] == ["s0", "s1", "s2", "s3"]
    assert all(isinstance(frame, StreamFrame) for frame in told)
    asked = {"minScore": ["50"], "ticker": ["SPY,QQQ"]}
    assert server.queries == [
        asked,
        asked | {"cursor": ["run.1"]},
        asked | {"cursor": ["run.2"]},
    ]
    assert server.keys == ["secret"] * 3
    assert waits == [2.0, 2.0]


@both
def test_it_begins_where_it_is_told_to(read) -> None:
    with streamer(([row(8)], CALL_AWAY)) as server:
        read(server.url, 1, [], cursor="run.7")
    assert server.queries[0] == {"cursor": ["run.7"]}


@both
def test_what_is_no_row_is_an_event(read) -> None:
    lost = {"event": "cursor_lost", "id": None, "cursor": "new.-1"}
    taken_back = {
        "event": "signal.retracted",
        "id": "s1",
        "cursor": "new.5",
        "data": {"a": 1},
    }
    with streamer(([lost, row(0), taken_back], CALL_AWAY)) as server:
        first, second, third = read(server.url, 3, [])
    assert (first.event, first.cursor) == ("cursor_lost", "new.-1")
    assert second.id == "s0"
    assert isinstance(third, StreamEvent)
    assert (third.event, third.id, third.data) == ("signal.retracted", "s1", {"a": 1})


@both
@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (4400, errors.BadQuestion),
        (4401, errors.KeyRefused),
        (4403, errors.PlanTooLow),
        (4429, errors.TooMany),
        (1008, errors.KeyRefused),
        (401, errors.KeyRefused),
        (404, errors.NotFound),
    ],
)
def test_a_refusal_ends_it(read, end: int, kind: type) -> None:
    with streamer(([], end)) as server, pytest.raises(kind, match="/v1/stream"):
        read(server.url, 1, [])
    assert len(server.queries) == 1


@both
def test_where_it_cannot_be_had_it_is_given_up(read) -> None:
    waits: list[float] = []
    with (
        streamer(([], 503)) as server,
        pytest.raises(errors.Unreachable, match=server.url),
    ):
        read(server.url, 1, waits)
    assert waits == [2.0, 4.0, 8.0]


@both
def test_a_server_that_comes_back_is_found_again(read) -> None:
    waits: list[float] = []
    visits = [([row(0)], CALL_AWAY), ([], 502), ([], 502), ([row(1)], CALL_AWAY)]
    with streamer(*visits) as server:
        told = read(server.url, 2, waits)
    assert [frame.id for frame in told] == ["s0", "s1"]
    assert waits == [2.0, 4.0, 8.0]


@both
@pytest.mark.parametrize("frame", ["<html>", "[1]", '{"score": "high"}'])
def test_a_frame_that_cannot_be_read(read, frame: str) -> None:
    with streamer(([frame], CALL_AWAY)) as server, pytest.raises(errors.BadReply):
        read(server.url, 1, [])
