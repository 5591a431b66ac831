"""Our own client against a real server: every route, both ways, and its documents."""

import asyncio
import inspect
import re
import threading

import msgspec
import pytest

from opentape.client import AsyncClient, Client, NotFound, StreamFrame, errors
from opentape.client.wire import asks
from source_tree import REPO

PAGE = (REPO / "docs" / "reference" / "client.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```py\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
OPTION = {"spot": 100.0, "strike": 105.0, "dte": 30.0}
GIVEN = {
    "pricing_greeks": OPTION | {"sigma": 0.2},
    "pricing_iv": OPTION | {"price": 2.5},
    "pricing_kelly": OPTION | {"sigma": 0.2, "premium": 0.8, "mu": 0.2},
    "flow_stocks_bars": {"symbol": "NVDA", "resolution": "1m"},
}
NOT_ASKED = {"stream"}
DONE = ("webhook", "alert")
"""Begin the names of what changes something, or asks about what was changed."""


@pytest.fixture
def own(server):
    with Client(server.base, server.key) as client:
        yield client


@pytest.fixture(scope="module")
def contract(server) -> dict[str, object]:
    """A contract with a signal: what more questions are about."""
    with Client(server.base, server.key) as client:
        signal = client.flow_signals("NVDA").signals[0]
    return {
        "signal_id": signal.id,
        "ticker": "NVDA",
        "strike": signal.strike,
        "type": {"C": "CALL", "P": "PUT"}[signal.right],
        "expiry": signal.expiry,
        "expiration": signal.expiry,
        "symbol": "NVDA",
    }


def questions() -> list[str]:
    made = {name: one for name, one in vars(asks).items() if inspect.isfunction(one)}
    return sorted(
        name
        for name, one in made.items()
        if one.__module__ == asks.__name__
        and name not in NOT_ASKED
        and (name in {"webhooks", "alerts"} or not name.startswith(DONE))
    )


@pytest.mark.parametrize("name", questions())
def test_every_route_is_read_whole(own, server, contract, name: str) -> None:
    """What is read is what plain JSON says, by both clients."""
    make = getattr(asks, name)
    wanted = inspect.signature(make).parameters.values()
    needed = {one.name for one in wanted if one.default is one.empty}
    ask = make(**{key: (contract | GIVEN.get(name, {}))[key] for key in needed})
    told = own.send(ask)
    again = asyncio.run(awaited(server, ask))
    with server.client() as plain:
        body = plain.get(ask.target, params=ask.params).json()
    assert missing(body, msgspec.to_builtins(told)) == []
    assert missing(body, msgspec.to_builtins(again)) == []


async def awaited(server, ask):
    async with AsyncClient(server.base, server.key) as client:
        return await client.send(ask)


def test_an_alert_is_made_changed_and_removed(own) -> None:
    made = own.alert_create({"kind": "price", "symbols": ["NVDA"], "price": 1_000_000.0})
    assert own.alert(made.id).created_at == made.created_at
    assert made.id in {one.id for one in own.alerts().data}
    changed = own.alert_change(made.id, {"price": 2_000_000.0})
    assert (changed.id, changed.price) == (made.id, 2_000_000.0)
    assert own.alert_firings(made.id).data == ()
    own.alert_remove(made.id)
    with pytest.raises(NotFound):
        own.alert(made.id)


def test_a_webhook_is_made_changed_and_removed(own) -> None:
    made = own.webhook_create({"url": "https://8.8.8.8/hook", "events": ["flow.extreme"]})
    assert made.secret.startswith("whsec_")
    assert own.webhook(made.id).url == "https://8.8.8.8/hook"
    assert own.webhook_change(made.id, {"minScore": 80}).min_score == 80
    assert own.webhook_rotate(made.id).secret != made.secret
    own.webhook_remove(made.id)
    with pytest.raises(NotFound):
        own.webhook(made.id)


def missing(said: object, kept: object, at: str = "") -> list[str]:
    """Where something that was said is not there, or changed its shape."""
    if isinstance(said, dict):
        gone = [f"{at}.{key}" for key in said if key not in kept]
        there = [key for key in said if key in kept]
        return gone + [one for k in there for one in missing(said[k], kept[k], f"{at}.{k}")]
    if isinstance(said, list) and isinstance(kept, list | tuple):
        pairs = zip(said, kept, strict=True)
        return [one for s, k in pairs for one in missing(s, k, f"{at}[]")]
    return [] if type(said) is type(kept) else [at]


def test_filters_reach_the_server(own) -> None:
    every = own.flow_signals("SPX", window_minutes=390, limit=500)
    some = own.flow_signals(
        "SPX", window_minutes=390, limit=500, min_score=60, intent="bullish"
    )
    wanted = [s.id for s in every.signals if s.score >= 60 and s.intent == "bullish"]
    assert sorted(s.id for s in some.signals) == sorted(wanted)
    assert wanted


def test_pages_come_to_the_whole(own) -> None:
    pages = list(own.pages(asks.flow(limit=7, min_score=60)))
    rows = [row.id for page in pages for row in page.data]
    assert len(pages) > 1
    assert rows == [row.id for row in own.flow(limit=500, min_score=60).data]


def test_a_key_that_is_none_is_refused(server) -> None:
    with Client(server.base, "ot_0123456789_nobody") as client:
        with pytest.raises(errors.KeyRefused):
            client.flow_top()
        with pytest.raises(errors.KeyRefused):
            next(client.stream())


def test_what_is_not_there(own) -> None:
    with pytest.raises(NotFound, match="NOSUCH") as raised:
        own.flow_levels("NOSUCH")
    assert raised.value.code == "symbol_not_found"


def test_a_date_that_is_none(own) -> None:
    with pytest.raises(errors.BadQuestion) as raised:
        own.flow_signals("SPY", expiry="friday")
    assert raised.value.code == "invalid_expiry"


def test_the_stream(own, server) -> None:
    rows = server.rows(3)
    log = server.made.engine.log
    stream = own.stream(unknown_oi=True, cursor=log.cursor(log.end - 1))
    pushed = server.push(rows)
    frames = [next(stream) for _ in rows]
    assert [frame.cursor for frame in frames] == pushed
    assert [frame.id for frame in frames] == [row.id for row in rows]
    assert all(isinstance(frame, StreamFrame) for frame in frames)


@pytest.fixture
def moving(server):
    """Rows are pushed as long as a test runs."""
    rows = [row for row in server.rows(500) if row.ticker in {"SPY", "NVDA"}]
    over = threading.Event()

    def push() -> None:
        while not over.wait(0.05):
            server.push(rows[:5])

    thread = threading.Thread(target=push)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.splitlines()[-1].strip())
@pytest.mark.usefixtures("moving")
def test_the_examples_of_the_page_run(server, monkeypatch, capsys, example: str) -> None:
    monkeypatch.setenv("KEY", server.key)
    code = re.sub(r"Client\((?=api_key)", f'Client("{server.base}", ', example)
    assert code != example
    exec(compile(code, "client.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.strip()
