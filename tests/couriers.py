"""A courier over a real database and real sockets, in a time of the test's own."""

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from fakes import FakeClock
from opentape.alerts.courier import Courier
from opentape.alerts.send import Sender
from opentape.alerts.wall.options import WallOptions
from opentape.alerts.wall.post import Poster
from opentape.alerts.wall.wall import Wall
from opentape.alerts.way import NEVER
from opentape.desk.keys.options import PlanOptions
from opentape.desk.webhooks.bell import Bell
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.event import Event, EventKind, event
from opentape.desk.webhooks.options import WebhookOptions
from opentape.desk.webhooks.ports import Wanted
from opentape.store.appdb.deliveries import SqlDeliveries
from opentape.store.appdb.endpoints import SqlEndpoints
from opentape.store.appdb.engine import open_file
from opentape.store.appdb.outbox import SqlOutbox

BEGAN = 1_779_379_092 * 10**9
SECOND = 10**9
SECRET = "whsec_" + "A" * 44


class VirtualClock(FakeClock):
    """Goes on only when it is told to."""

    def go_to(self, now_ns: int) -> None:
        assert now_ns >= self._now_ns
        self._now_ns = now_ns


class Post(NamedTuple):
    """What delivers, and what it delivers from."""

    engine: sa.Engine
    bell: Bell
    clock: VirtualClock
    endpoints: SqlEndpoints
    outbox: SqlOutbox
    deliveries: SqlDeliveries
    options: WebhookOptions
    wall: WallOptions

    def endpoint(self, port: int, endpoint_id: str = "wh_1", **more) -> Endpoint:
        """Make an endpoint on this machine."""
        made = Endpoint(
            **{
                "id": endpoint_id,
                "key_id": "owner",
                "url": f"http://127.0.0.1:{port}/{endpoint_id}",
                "kinds": tuple(EventKind),
                "secret": SECRET,
                "state_ns": 0,
                "created_ns": 0,
            }
            | more
        )
        self.endpoints.put(made)
        return made

    def one(self, endpoint_id: str = "wh_1") -> Endpoint:
        """Return an endpoint as it stands."""
        return next(one for one in self.endpoints.every() if one.id == endpoint_id)

    def tell(self, *names: str) -> list[Event]:
        """Tell of signals."""
        made = [told(name, self.clock.wall_ns()) for name in names]
        self.outbox.tell(made)
        return made

    def run(
        self, *, until_ns: int = NEVER, each: Callable[[], None] = lambda: None
    ) -> None:
        """Let time go by, from one thing that is to be done to the next."""

        async def run() -> None:
            courier = self.courier()
            self.bell.listen(courier.poke)
            try:
                while True:
                    await courier.step()
                    await courier.settle()
                    each()
                    next_ns = courier.wakes_ns()
                    if next_ns >= until_ns:
                        return
                    self.clock.go_to(max(self.clock.wall_ns(), next_ns))
            finally:
                courier.close()

        asyncio.run(run())

    def courier(self) -> Courier:
        """Return a courier; it belongs to the event loop that runs it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        poster = Poster(Wall(self.wall), context=context)
        sender = Sender(poster, self.clock)
        stores = (self.endpoints, self.deliveries, self.outbox)
        return Courier(*stores, sender, self.options, self.clock)

    def attempts(self, endpoint_id: str = "wh_1") -> list[tuple[float, object]]:
        """When each attempt was made, seconds from the beginning, and what came of it."""
        page = self.deliveries.page(Wanted(endpoint_id), None, 10_000)
        every = (tried for one in reversed(page) for tried in one.tried)
        return [((one.at_ns - BEGAN) / SECOND, one.status or one.why) for one in every]

    def states(self, endpoint_id: str = "wh_1") -> list[str]:
        """States of deliveries, the oldest first."""
        page = self.deliveries.page(Wanted(endpoint_id), None, 10_000)
        return [one.state.value for one in reversed(page)]


def told(name: str, at_ns: int = BEGAN, **more) -> Event:
    """An event about a signal."""
    return event(EventKind.SIGNAL_NEW, name, at_ns, {"id": name}, **more)


@contextmanager
def post_office(folder: Path, wall: dict | None = None, **options) -> Generator[Post]:
    """Open a database and what goes with it."""
    engine, bell = open_file(folder / "opentape.db"), Bell()
    usual = {"loopback": True, "timeout_s": 10.0, "connect_s": 5.0}
    try:
        yield Post(
            engine,
            bell,
            VirtualClock(BEGAN),
            SqlEndpoints(engine),
            SqlOutbox(engine, PlanOptions(), bell),
            SqlDeliveries(engine, bell),
            msgspec.structs.replace(WebhookOptions(jitter=0), **options),
            WallOptions(**usual | (wall or {})),
        )
    finally:
        engine.dispose()
