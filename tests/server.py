"""A real server on loopback over a small simulated market, caught up and standing still.

Its whole session was delivered at once and its clock stands at a minute before the close,
so that two answers, however far apart, are about the same instant.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

import markets
from opentape.api.stream.options import StreamOptions
from opentape.desk.clock import SystemClock
from opentape.desk.engine.record import new_frame
from opentape.desk.engine.rows import FlowRow
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.upkeep import Upkeep
from opentape.desk.options import EngineOptions
from opentape.feeds.market.pace import AtSpeed
from opentape.market.calendar import at_new_york
from opentape.store.options import StoreOptions
from opentape.wiring import server as wired
from opentape.wiring.feed import PlayedMarket, market_files, read_beside
from opentape.wiring.keys import key_store
from opentape.wiring.sessions import kept_sessions
from opentape.wiring.settings import Settings

SYMBOLS = ("SPY", "SPX", "NVDA", "AAPL")
PRINTS = 12_000
AT = dt.time(15, 59)
_OPEN = dt.time(9, 30)
_STILL = 1e-9
"""So slow that nothing moves while tests run."""
_PATIENCE_S = 300.0
"""Every kernel may have to be compiled first."""


class Running(NamedTuple):
    """A server that answers."""

    base: str
    key: str
    """Of the plan `alpha`."""
    made: wired.Server

    @property
    def stream(self) -> str:
        """Where its WebSocket is."""
        return f"ws{self.base.removeprefix('http')}/v1/stream"

    def new_key(self, **wish) -> str:
        """Make one more key; the server learns of it when it is first used."""
        settings = self.made.settings
        store, now = key_store(settings), SystemClock().wall_ns()
        return make_key(store, Wish(**wish), settings.plans, now).text

    def client(self, key: str | None = None) -> httpx.Client:
        """Return a client that sends a key, the usual one unless another is given."""
        headers = {"X-Api-Key": self.key if key is None else key}
        return httpx.Client(base_url=self.base, headers=headers, timeout=30.0)

    def push(self, rows: list[FlowRow]) -> list[str]:
        """Push rows to every stream as the engine does, and return their cursors."""
        log = self.made.engine.log
        pushed = [new_frame(row, log.cursor(at)) for at, row in enumerate(rows, log.end)]
        log.append(pushed)
        return [frame.cursor for frame in pushed]

    def rows(self, count: int) -> list[FlowRow]:
        """Return rows of its market as they were listed, best first."""
        with self.client() as client:
            page = client.get("/v1/flow/top", params={"limit": count}).json()
        return [msgspec.convert(row, FlowRow) for row in page["data"]]

    def streaming(self, count: int) -> None:
        """Wait until so many clients stream."""
        until(lambda: self.metric("opentape_stream_clients") == count)

    def metric(self, name: str) -> float:
        """Return what the server counts under a name."""
        page = httpx.get(f"{self.base}/metrics").text
        line = next(one for one in page.splitlines() if one.startswith(f"{name} "))
        return float(line.split()[1])


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is true; fail if it does not become so."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not become true in time"
        time.sleep(0.01)


@contextmanager
def running(folder: Path, **changes) -> Generator[Running]:
    """Serve a market made in a folder, with settings that are not the usual ones."""
    market = markets.folder(folder / "market", PRINTS, symbols=SYMBOLS, snapshot_minutes=30)
    with serving(market, folder / "store", **changes) as it:
        yield it


@contextmanager
def serving(
    market: Path, store: Path, *, speed: float = _STILL, **changes
) -> Generator[Running]:
    """Serve the folder of a market, keys in another one.

    Where it is played from the open on, at a speed, its session is kept.
    """
    settings = Settings(
        **{
            "store": StoreOptions(folder=str(store)),
            "engine": EngineOptions(chain_age_s=7_200),
            # a slow client is found out soon
            "stream": StreamOptions(most_behind=2_000),
        }
        | changes
    )
    begin = AT if speed == _STILL else _OPEN
    pace = AtSpeed(SystemClock(), speed, from_ns=at_new_york(markets.DATE, begin))
    feed = PlayedMarket(market_files(market), pace)
    sessions = None if speed == _STILL else kept_sessions(settings)
    made = wired.server(settings, feed, read_beside(market).beside, sessions=sessions)
    text = make_key(
        key_store(settings), Wish(), settings.plans, SystemClock().wall_ns()
    ).text
    with listening(made) as port:
        it = Running(f"http://127.0.0.1:{port}", text, made)
        caught_up(it)
        yield it


@contextmanager
def listening(made: wired.Server) -> Generator[int]:
    """Run a server as `wiring.server.run` does, on a thread that can be told to end."""
    ports: list[int] = []
    up = threading.Event()
    socket = wired._bound("127.0.0.1", 0)

    def on_listening() -> None:
        ports.append(socket.getsockname()[1])
        up.set()

    uvicorn = wired._Uvicorn(wired._config(made), on_listening)
    thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [socket]})
    with wired._engine(made.engine), Upkeep(made.access.ring, wired._keys_failed):
        thread.start()
        try:
            assert up.wait(_PATIENCE_S)
            yield ports[0]
        finally:
            uvicorn.should_exit = True
            thread.join()


def caught_up(it: Running) -> None:
    """Wait until all that was due has been folded, and every chain is solved."""
    engine = it.made.engine
    assert engine.wait_ready(_PATIENCE_S)
    last_ns = at_new_york(markets.DATE, AT) - 60 * 10**9

    def there() -> bool:
        assert engine.failure is None, engine.failure
        names = engine.market.names
        chains = [name.standing_chain for name in names.values()]
        solved = set(SYMBOLS) <= names.keys() and None not in chains
        return solved and engine.market.as_of_ns > last_ns

    until(there, _PATIENCE_S)
