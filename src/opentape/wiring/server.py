"""Settings to a server: engine, door and application joined and run."""

import gc
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, NamedTuple

import structlog
import uvicorn

from opentape.api.app import Parts, application, deeds, routed
from opentape.api.document.document import document, encoded
from opentape.api.quick.http import protocol
from opentape.api.quick.shortcut import Shortcut
from opentape.api.stream.protocol import FramesProtocol
from opentape.desk.announce.herald import Herald
from opentape.desk.clock import Clock, SystemClock
from opentape.desk.engine.engine import Engine
from opentape.desk.keys.access import Access
from opentape.desk.keys.upkeep import Upkeep
from opentape.desk.past.keeper import Keeper
from opentape.desk.past.past import Past
from opentape.desk.ports import Feed
from opentape.desk.state.beside import Beside
from opentape.market.errors import BadSetting
from opentape.store.sessions import SessionFolder
from opentape.wiring.keys import access
from opentape.wiring.sessions import method_of
from opentape.wiring.settings import Settings
from opentape.wiring.webhooks import PostOffice, post_office

_log = structlog.get_logger(__name__)
_BACKLOG: Final = 2_048
_GRACE_S: Final = 5
_TURN_S: Final = 0.0005
"""How long the engine may keep the interpreter when a row waits to be written."""
_GARBAGE: Final = (5_000, 20, 100)
"""A look at everything takes a tenth of a second: it comes a hundred times as seldom."""


class Server(NamedTuple):
    """A server, ready to be run."""

    app: Shortcut
    engine: Engine
    access: Access
    settings: Settings
    post: PostOffice
    herald: Herald
    sessions: SessionFolder | None = None
    """Where facts are kept."""


def server(
    settings: Settings,
    feed: Feed,
    beside: Beside,
    clock: Clock | None = None,
    sessions: SessionFolder | None = None,
) -> Server:
    """Return the server of a feed; its engine is not started.

    Parameters
    ----------
    sessions
        Where facts are kept; without it a restart begins with nothing.
    """
    clock = clock or SystemClock()
    method = method_of(settings)
    engine = Engine(feed, method, settings.engine, beside, clock, sessions)
    door = access(settings, clock)
    post = post_office(settings, clock)
    herald = Herald(post.ledger, post.watching, clock, engine.run, sessions)
    engine.listen(herald.hear, herald.see)
    parts = Parts(
        engine=engine,
        access=door,
        clock=clock,
        past=None if sessions is None else Past(sessions, settings.engine, feed.name),
        # not of the run: an answer for then is the same whoever gives it
        node=socket.gethostname(),
        server=settings.server,
        stream=settings.stream,
        services={"webhooks": post.webhooks, "alerts": post.alerts},
    )
    return Server(application(parts), engine, door, settings, post, herald, sessions)


def openapi() -> bytes:
    """Return the document that a server shows at ``/openapi.json``."""
    return encoded(document(routed(), deeds()))


def run(made: Server, on_listening: Callable[[int], None]) -> None:
    """Serve until the process is told to stop; then end streams, keys, engine, webhooks.

    Parameters
    ----------
    on_listening
        Called with the port once requests are taken.

    Raises
    ------
    BadSetting
        If the address cannot be listened on.
    """
    options = made.settings.server
    listening = _bound(options.host, options.port)
    upkeep = Upkeep(made.access.ring, _keys_failed)
    courier, herald = made.post.courier, made.herald
    with courier, herald, _engine(made.engine), upkeep, _keeper(made):
        _shorten_pauses()
        uvicorn_server = _Uvicorn(_config(made), lambda: on_listening(_port(listening)))
        uvicorn_server.run(sockets=[listening])


class _Uvicorn(uvicorn.Server):
    """Says when it has begun to listen."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()


def _shorten_pauses() -> None:
    """Have no thread wait long for another one, and none for the garbage of imports."""
    sys.setswitchinterval(_TURN_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


def _config(made: Server) -> uvicorn.Config:
    beat_s = made.settings.stream.heartbeat_s
    return uvicorn.Config(
        made.app,  # pyright: ignore[reportArgumentType] - its words for ASGI are narrower
        loop="uvloop",
        http=protocol(made.app.at_once),  # pyright: ignore[reportArgumentType] - a maker will do
        ws=FramesProtocol,
        ws_per_message_deflate=False,
        ws_ping_interval=beat_s,
        ws_ping_timeout=2 * beat_s,
        # a query string may hold a key
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise BadSetting(
            f"server.host and server.port must be free to listen on, was {host}:{port} "
            f"({error.strerror})"
        ) from error
    return listening


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


@contextmanager
def _engine(engine: Engine) -> Generator[None]:
    engine.start()
    try:
        yield
    finally:
        engine.stop()


def _keeper(made: Server) -> AbstractContextManager[None]:
    engine, sessions = made.engine, made.sessions
    return nullcontext() if sessions is None else Keeper(sessions, lambda: engine.date)


def _keys_failed(error: Exception) -> None:
    _log.warning("keys not synced", why=str(error))
