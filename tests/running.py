"""A whole server over a small simulated market, on loopback."""

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import uvicorn

import markets
from opentape.desk.clock import SystemClock
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.upkeep import Upkeep
from opentape.store.options import StoreOptions
from opentape.wiring.feed import open_played, read_beside
from opentape.wiring.keys import key_store
from opentape.wiring.server import Server, _config, server
from opentape.wiring.settings import Settings

AT = dt.time(14, 1)
"""New York time at which the market begins to move; all before is there at once."""


class Running(NamedTuple):
    """A server that runs."""

    url: str
    key: str
    """Of the highest plan, without limits."""
    made: Server

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Api-Key": self.key}


@contextmanager
def running(folder: Path, prints: int = 6_000, **settings) -> Iterator[Running]:
    """Run a server until the context is left; `folder` is empty and its own."""
    market = markets.folder(folder / "market", prints, snapshot_minutes=15)
    options = msgspec.structs.replace(
        Settings(store=StoreOptions(folder=str(folder / "store"))), **settings
    )
    clock = SystemClock()
    wish = Wish(label="test", rate=10**9)
    key = make_key(key_store(options), wish, options.plans, clock.wall_ns())
    feed = open_played(market, begin=AT, clock=clock)
    made = server(options, feed, read_beside(market).beside, clock)
    listening = socket.create_server(("127.0.0.1", 0))
    uvicorn_server = uvicorn.Server(_config(made))
    thread = threading.Thread(target=uvicorn_server.run, args=([listening],))
    made.engine.start()
    failures: list[Exception] = []
    try:
        with listening, Upkeep(made.access.ring, failures.append):
            thread.start()
            assert made.engine.wait_ready(300)
            made.engine._chains.wait()
            yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", key.text, made)
            uvicorn_server.should_exit = True
            thread.join()
    finally:
        made.engine.stop()
    assert failures == []
