"""The application: routes mounted behind the door, errors spelled, streams served.

Litestar routes; each `Route` becomes one handler that hands the request to `Answers`, and
what a failure looks like is said in `problems` alone.
"""

import asyncio
import pkgutil
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

import structlog
from litestar import Litestar, Request, Response, asgi, get, route
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive as LitestarReceive
from litestar.types import Scope as LitestarScope
from litestar.types import Send as LitestarSend

from opentape.api import own, routes
from opentape.api.answers import Answers
from opentape.api.asgi import JSON, App, Headers, Scope
from opentape.api.deeds.body import MOST_BYTES
from opentape.api.deeds.deed import DEEDS, Deed
from opentape.api.deeds.doing import Doing, Given
from opentape.api.document.document import document, encoded
from opentape.api.door.guard import guard
from opentape.api.door.head import Head
from opentape.api.envelope import Sealer
from opentape.api.explorer.pages import explorer
from opentape.api.options import ServerOptions
from opentape.api.problems import Refusal, refusal
from opentape.api.quick.found import Found, remember
from opentape.api.quick.shortcut import Shortcut, Ways
from opentape.api.route import ROUTES, Route
from opentape.api.stream.events import Events
from opentape.api.stream.hub import Hub
from opentape.api.stream.options import StreamOptions
from opentape.api.stream.websocket import Socket
from opentape.api.watch.metrics import Watched
from opentape.api.watch.pages import watch
from opentape.api.watch.served import Served, Timed
from opentape.desk.clock import Clock
from opentape.desk.engine.engine import Engine
from opentape.desk.keys.access import Access
from opentape.desk.past.past import Past
from opentape.market.errors import OpentapeError

_log = structlog.get_logger(__name__)


class Parts(NamedTuple):
    """What the application is made of."""

    engine: Engine
    access: Access
    clock: Clock
    node: str
    """Which process answers, as the envelope tells."""
    past: Past | None = None
    services: Mapping[str, object] = {}
    """What the desk does for callers, by the names in `deeds.deed.SERVICES`."""
    server: ServerOptions = ServerOptions()
    stream: StreamOptions = StreamOptions()


def application(parts: Parts) -> Shortcut:
    """Return the whole server as one ASGI application."""
    hub = Hub(parts.engine.log, parts.stream)
    answers = Answers(parts.engine, parts.node, parts.access, parts.past)
    served = Served()
    every = routed()
    framework = Litestar(
        [
            *(_handler(made, answers) for made in every),
            *(_doer(made, Doing(parts.services, parts.node), parts) for made in deeds()),
            *_streams(hub, parts.access),
            *explorer(encoded(document(every, deeds()))),
            *watch(Watched(parts.engine, hub, served), Sealer(parts.node)),
        ],
        openapi_config=None,
        logging_config=None,
        lifespan=[_streaming(hub)],
        exception_handlers={Exception: _refused},
    )
    app = Head(cast("App", framework))
    guarded = guard(app, parts.access, parts.server, parts.clock)
    ways = Ways(parts.access, parts.server, parts.clock, answers, served, _refusal)
    return Shortcut(Timed(guarded, served, parts.clock), ways)


def routed() -> Sequence[Route]:
    """Return every route, in one order: importing its module names it."""
    _imported(routes.__name__, routes.__path__)
    # who imported a module first is chance
    return sorted(ROUTES.values(), key=lambda made: made.answer.__module__)


def _imported(room: str, path: Iterable[str]) -> None:
    for module in pkgutil.iter_modules(path):
        import_module(f"{room}.{module.name}")


def deeds() -> Sequence[Deed]:
    """Return every deed."""
    _imported(own.__name__, own.__path__)
    # who imported a module first is chance
    return sorted(DEEDS.values(), key=lambda made: made.answer.__module__)


def _doer(made: Deed, doing: Doing, parts: Parts) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        scope = request.scope
        path = {name: unquote(part) for name, part in scope["path_params"].items()}
        body = await request.body() if made.body else b""
        given = Given(path, scope["query_string"], body, scope["state"].get("key"))
        told = await asyncio.to_thread(doing.do, made, given)
        sealed = doing.sealed(parts.engine.market.feeds, told)
        return _response(200, sealed, [JSON])

    return route(
        made.path.replace("}", ":str}"),
        http_method=made.verb,
        status_code=200,
        request_max_body_size=MOST_BYTES,
        name=f"{made.verb} {made.path}",
    )(handle)


def _handler(made: Route, answers: Answers) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        scope = request.scope
        path = {name: unquote(part) for name, part in scope["path_params"].items()}
        asked = (made, path, scope["query_string"], scope["state"].get("key"))
        if made.slow or b"at=" in scope["query_string"]:
            body = await asyncio.to_thread(answers.answer, *asked)
        else:
            body = answers.answer(*asked)
        remember(cast("Scope", scope), Found(made, path))
        return _response(200, body, answers.headers_of(body))

    return get(made.path.replace("}", ":str}"), name=made.path)(handle)


def _streams(hub: Hub, access: Access) -> Sequence[ASGIRouteHandler]:
    socket, events = Socket(hub, access), Events(hub)

    @asgi("/v1/stream", copy_scope=True)
    async def stream(
        scope: LitestarScope, receive: LitestarReceive, send: LitestarSend
    ) -> None:
        serve: Any = socket.serve if scope["type"] == "websocket" else events.serve
        await serve(scope, receive, send)

    @asgi("/v1/stream/sse", copy_scope=True)
    async def sse(
        scope: LitestarScope, receive: LitestarReceive, send: LitestarSend
    ) -> None:
        serve: Any = events.serve
        await serve(scope, receive, send)

    return stream, sse


def _streaming(hub: Hub) -> Any:
    @asynccontextmanager
    async def streaming(_app: Litestar) -> AsyncGenerator[None, None]:
        hub.open()
        try:
            yield
        finally:
            hub.close()

    return streaming


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    made = _refusal(cast("Scope", request.scope), error)
    return _response(made.status, made.body, made.headers)


def _refusal(scope: Scope, error: BaseException) -> Refusal:
    """Return an error as an answer; what nobody foresaw is logged with its traceback."""
    if not isinstance(error, OpentapeError | HTTPException | UnicodeDecodeError):
        _log.error("request failed", path=scope["path"], exc_info=error)
    return refusal(error, scope)


def _response(status: int, body: bytes, headers: Headers) -> Response[bytes]:
    told = {name.decode(): value.decode() for name, value in headers if name != JSON[0]}
    media_type = JSON[1].decode()
    return Response(body, status_code=status, media_type=media_type, headers=told)
