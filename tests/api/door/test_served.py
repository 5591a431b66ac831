"""The door in front of a small application, on a real server, asked by real clients."""

import logging
import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import requests
import uvicorn
from flashalpha import (
    AuthenticationError,
    FlashAlpha,
    NotFoundError,
    RateLimitError,
    TierRestrictedError,
)

from opentape.api.asgi import JSON, Receive, Scope, Send, answer
from opentape.api.door.auth import caller
from opentape.api.door.guard import guard
from opentape.api.door.paths import symbol_of
from opentape.api.options import ServerOptions
from opentape.api.problems import refuse
from opentape.desk.clock import SystemClock
from opentape.desk.keys.access import Access
from opentape.desk.keys.manage import Wish, make_key, revoke_key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.keys.upkeep import Upkeep
from opentape.market.errors import SymbolNotFound
from opentape.store.appdb.engine import open_database
from opentape.store.appdb.keys import SqlKeyStore
from opentape.store.options import StoreOptions


async def small_app(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer with who asked for what."""
    symbol = symbol_of(scope["path"].rpartition("/")[2])
    if symbol == "NONE":
        await refuse(scope, send, SymbolNotFound("no such symbol"))
        return
    key = caller(scope)
    plan = "" if key is None else key.plan.value
    body = f'{{"symbol": "{symbol}", "plan": "{plan}"}}'
    await answer(send, 200, body.encode(), [JSON])


class Served(NamedTuple):
    """A server that runs."""

    url: str
    store: SqlKeyStore
    access: Access

    def key(self, **wish) -> str:
        return make_key(self.store, Wish(**wish), PlanOptions(), 0).text

    def client(self, **wish) -> FlashAlpha:
        return FlashAlpha(self.key(**wish), base_url=self.url)


@pytest.fixture
def served(database: StoreOptions) -> Iterator[Served]:
    store = SqlKeyStore(open_database(database))
    clock = SystemClock()
    access = Access(store, PlanOptions(), clock)
    app = guard(small_app, access, ServerOptions(), clock)
    config = uvicorn.Config(app, log_level="info", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    with listening, Upkeep(access.ring, pytest.fail):
        thread.start()
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", store, access)
        server.should_exit = True
        thread.join()


def test_the_official_client_gets_its_answers_and_exceptions(served: Served) -> None:
    alpha = served.client()
    assert alpha.flow_signals("SPX")["plan"] == "alpha"
    with pytest.raises(NotFoundError, match="no such symbol"):
        alpha.stock_quote("NONE")
    with pytest.raises(AuthenticationError, match="not known") as unknown:
        FlashAlpha("ot_aaaaaaaaaa_b", base_url=served.url).stock_quote("SPY")
    assert unknown.value.response["error"]["code"] == "UNAUTHORIZED"
    with pytest.raises(TierRestrictedError) as refused:
        served.client(plan=Plan.BASIC).flow_signals("SPY")
    assert (refused.value.current_plan, refused.value.required_plan) == ("Basic", "Alpha")
    slow = served.client(rate=2)
    slow.stock_quote("SPY")
    slow.stock_quote("SPY")
    with pytest.raises(RateLimitError) as exceeded:
        slow.stock_quote("SPY")
    assert exceeded.value.retry_after in {29, 30}


@pytest.mark.parametrize("symbol", ["BRK/B", "ES=F", "^SPX", "%2F", "A B"])
def test_symbols_arrive_as_they_were_meant(served: Served, symbol: str) -> None:
    assert served.client().stock_quote(symbol)["symbol"] == symbol


def test_until_there_is_a_key_this_machine_needs_none(served: Served) -> None:
    url = f"{served.url}/stockquote/SPY"
    assert requests.get(url, timeout=5).json()["plan"] == "alpha"
    page = {"Origin": "https://evil.example"}
    assert requests.get(url, timeout=5, headers=page).status_code == 401
    text = served.key(plan=Plan.PRO)
    got = requests.get(url, timeout=5, headers={"Authorization": f"Bearer {text}"})
    assert got.json()["plan"] == "pro"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(f"{served.url}/health", timeout=5).status_code == 200


def test_a_revoked_key_is_soon_refused_and_its_use_was_noted(served: Served) -> None:
    text = served.key()
    url, headers = f"{served.url}/stockquote/SPY", {"X-Api-Key": text}
    assert requests.get(url, timeout=5, headers=headers).status_code == 200
    revoke_key(served.store, text, 1)
    pause = threading.Event()
    statuses = iter(
        requests.get(url, timeout=5, headers=headers).status_code
        for _ in range(100)
        if not pause.wait(0.05)
    )
    assert any(status == 401 for status in statuses)
    served.access.ring.write_back()
    assert served.store.kept()[0].key.last_used_ns is not None


def test_no_key_reaches_a_log(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    text = served.key()
    unknown = f"{text[:-1]}{'a' if text[-1] != 'a' else 'b'}"
    with caplog.at_level(logging.DEBUG):
        for key in (text, unknown):
            for path in ("stockquote/SPY?x=1&", "stockquote/NONE?", "health?", "%ff?"):
                url = f"{served.url}/{path}apiKey={key}"
                headers = {"X-Api-Key": key, "Authorization": f"Bearer {key}"}
                got = requests.get(url, timeout=5, headers=headers)
                assert key not in got.text + str(got.headers)
    asked = [r.getMessage() for r in caplog.records if r.name == "uvicorn.access"]
    assert len(asked) == 8
    assert any("/stockquote/SPY?x=1 " in line for line in asked)
    # what the client itself logs of its requests is its own affair
    ours = [r for r in caplog.records if not r.name.startswith("urllib3")]
    secret = text.rpartition("_")[2][:-1]
    assert not any(secret in record.getMessage() for record in ours)
