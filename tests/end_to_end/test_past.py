"""What a server answered while a market was played it answers again, for that instant."""

import datetime as dt
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

import markets
from opentape.api.app import routed
from opentape.api.route import in_path
from opentape.desk.options import EngineOptions
from opentape.market.calendar import at_new_york, iso
from opentape.store.options import StoreOptions
from opentape.wiring import server as wired
from opentape.wiring.feed import open_played, read_beside
from opentape.wiring.rehearsal import _known, _needed
from opentape.wiring.sessions import kept_sessions
from opentape.wiring.settings import Settings
from server import SYMBOLS, listening, until

BEGIN = dt.time(12)
SPEED = 3_000.0
STILL = 1e-9
"""So slow that nothing moves."""
PUBLISH_MS = 200


class Asked(NamedTuple):
    """A question that was asked live, and its answer."""

    path: str
    query: dict[str, str]
    at_ns: int
    body: bytes


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    return markets.folder(
        tmp_path_factory.mktemp("past"), 8_000, symbols=SYMBOLS, snapshot_minutes=60
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("store")


@contextmanager
def serving(
    market: Path, store: Path, begin: dt.time = BEGIN, speed: float = SPEED
) -> Iterator[tuple[wired.Server, httpx.Client]]:
    """Serve a market that is played, and keep its session."""
    settings = Settings(
        store=StoreOptions(folder=str(store)),
        engine=EngineOptions(publish_ms=PUBLISH_MS, chain_age_s=86_400),
    )
    feed = open_played(market, speed=speed, begin=begin)
    beside = read_beside(market).beside
    made = wired.server(settings, feed, beside, None, kept_sessions(settings))
    with (
        listening(made) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60.0) as client,
    ):
        assert made.engine.wait_ready(300)
        yield made, client


@pytest.fixture(scope="module")
def count(request) -> int:
    """How many questions are asked once more."""
    return min(200, 2 * request.config.getoption("--kills"))


@pytest.fixture(scope="module")
def asked(market, store, count) -> list[Asked]:
    """Random questions, asked while the market moved, some of them again meanwhile."""
    found: list[Asked] = []
    chance = random.Random(41)
    with serving(market, store) as (made, client):
        engine = made.engine
        while engine.alive:
            found += one_asked(made, client, chance)
            if len(found) % 20 == 9:
                assert again(client, chance.sample(found, 3)) == []
        for _ in range(count // 4):
            found += one_asked(made, client, chance)
    assert engine.failure is None
    return chance.sample(found, min(count, len(found)))


def one_asked(
    made: wired.Server, client: httpx.Client, chance: random.Random
) -> Iterator[Asked]:
    """Ask something; yield it if no other view was published meanwhile."""
    before = made.engine.market
    route = chance.choice([one for one in routed() if one.past])
    names = [name for name in before.names.values() if name.judged.rows]
    if not names:
        time.sleep(0.01)
        return
    name = chance.choice(names)
    known = _known(name)
    path = route.path.format_map({part: known[part] for part in in_path(route.path)})
    query = _needed(route, known)
    answer = client.get(path, params=query)
    if made.engine.market is before:
        about = name if "symbol" in in_path(route.path) else before
        yield Asked(path, query, about.as_of_ns, answer.content)


def again(client: httpx.Client, asked: list[Asked]) -> list[str]:
    """Return the questions that are answered otherwise now."""
    differing: list[str] = []
    for one in asked:
        at = iso(one.at_ns)
        body = client.get(one.path, params={**one.query, "at": at}).content
        if body != with_at(one.body):
            differing.append(f"{one.path}?{urlencode(one.query)} at {at}")
    return differing


def with_at(body: bytes) -> bytes:
    """Return a live answer as a question with `at` has it: of an error the code alone."""
    if not body.startswith(b'{"status":"ERROR"'):
        return body
    problem = msgspec.json.decode(body)
    return msgspec.json.encode({**problem, "error": problem["error"]["code"]})


@pytest.fixture(scope="module")
def gone_on(market, store, asked) -> Iterator[httpx.Client]:
    assert asked
    with serving(market, store) as (_, client):
        yield client


def test_answers_of_then_are_the_same_bytes(gone_on, asked, count) -> None:
    """Also after a restart, when nothing of them is in memory."""
    assert len(asked) >= count // 2
    assert len({one.at_ns for one in asked}) > 5
    assert again(gone_on, asked) == []


@pytest.fixture(scope="module")
def stood(market, tmp_path_factory) -> Iterator[httpx.Client]:
    """A server whose chains were solved a minute before the close."""
    store = tmp_path_factory.mktemp("stood")
    with serving(market, store, dt.time(15, 59), STILL) as (made, _):
        names = made.engine.market.names.keys
        until(lambda: set(SYMBOLS) <= names(), 60)
        made.engine._chains.wait()
    closes_ns = at_new_york(markets.DATE, dt.time(16))
    with serving(market, store, dt.time(16, 0, 30), STILL) as (made, client):
        until(lambda: made.engine.market.as_of_ns > closes_ns, 60)
        yield client


def test_without_a_zone_it_is_the_minute_in_new_york(stood) -> None:
    """What was asked is told, as historical APIs have it, and three bodies are wrapped."""

    def answer(path: str, at: str) -> bytes:
        found = stood.get(path, params={"at": at})
        assert found.status_code == 200, found.text
        return found.content

    as_of, then = b'"as_of":"%b"', b"2026-05-21T20:00:00.000000Z"
    for symbol in ("SPY", "NVDA"):
        # what an exposure is of is the instant of its chain, which stays
        for part in ("exposure/gex", "exposure/dex", "exposure/vex", "flow/signals"):
            path = f"/v1/{part}/{symbol}"
            body = answer(path, "2026-05-21T16:00:59")
            assert body == answer(path, "2026-05-21T16:00:00")
            assert body == answer(path, "2026-05-21 16:00")
            assert body == answer(path, "2026-05-21")
            plain = answer(path, "2026-05-21T20:00:00Z")
            told = plain.replace(as_of % then, as_of % b"2026-05-21T16:00:00")
            assert (told != plain) == (part == "flow/signals")
            wrapped = part in {"exposure/dex", "exposure/vex"}
            assert body == (b'{"payload":%b}' % told if wrapped else told)
            assert plain == answer(path, "2026-05-21T16:00:00-04:00")
            # a plus that nobody encoded comes as a blank
            assert plain == answer(path, "2026-05-21T22:00:00 02:00")


@pytest.mark.parametrize(
    ("at", "status", "code"),
    [
        ("yesterday", 400, "invalid_at"),
        ("2026-05-21T25:00:00", 400, "invalid_at"),
        ("2026-05-21T10:31:00Z" * 3, 400, "invalid_at"),
        ("2026-05-22T10:31:00", 400, "invalid_at"),
        ("2099-01-01T00:00:00Z", 400, "invalid_at"),
        ("2026-05-21T13:00:00Z", 404, "no_coverage"),
        ("2026-05-20T10:31:00", 404, "no_data"),
        ("2026-05-17T10:31:00", 404, "no_data"),
        ("2026-05-16", 404, "no_data"),
        ("1969-12-31T10:00:00Z", 404, "no_data"),
        ("0001-01-01", 404, "no_data"),
    ],
)
def test_an_instant_that_was_not_kept_is_told_in_a_word(gone_on, at, status, code) -> None:
    found = gone_on.get("/v1/exposure/gex/SPY", params={"at": at})
    told = found.json()
    assert (found.status_code, told["error"]) == (status, code), told
    assert told["message"] != code
    assert told["message"][-1] != "."


def test_a_server_that_keeps_nothing_says_so(client) -> None:
    told = client.get("/v1/exposure/gex/SPY", params={"at": "2026-05-21T15:00:00Z"})
    assert (told.status_code, told.json()["error"]) == (404, "no_coverage")
