"""The protocol of HTTP connections: uvicorn's, but for what can be answered at once.

uvicorn makes a task for every request. Here a request that waits for nothing is answered as
soon as its head was read, in one write; everything else goes uvicorn's way.
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from opentape.api.asgi import Headers, Scope
from opentape.api.quick.shortcut import Reply

AtOnce = Callable[[Scope], Reply | None]
_LINES: Final = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode())
    for status in HTTPStatus
}


def protocol(at_once: AtOnce) -> Callable[..., HttpToolsProtocol]:
    """Return what makes the protocol of a connection, as uvicorn calls it."""
    return partial(_Protocol, at_once)


class _Protocol(HttpToolsProtocol):
    def __init__(self, at_once: AtOnce, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._at_once = at_once

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # a client that does not read, or asks on before it was answered, has to wait
        scope: Any = cycle.scope
        waits = self.pipeline or self.flow.write_paused or app is service_unavailable
        reply = None if waits else self._at_once(scope)
        if reply is None:
            super()._start_asgi_task(cycle, app)
            return
        cycle.response_started = cycle.response_complete = True
        head = _head(reply, cycle.default_headers, keep_alive=cycle.keep_alive)
        self.transport.writelines((head, reply.body))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()


def _head(reply: Reply, usual: Headers, *, keep_alive: bool) -> bytes:
    parts = [_LINES[reply.status]]
    for name, value in (*usual, *reply.headers):
        parts += (name, b": ", value, b"\r\n")
    if not keep_alive:
        parts.append(b"connection: close\r\n")
    parts.append(b"content-length: %d\r\n\r\n" % len(reply.body))
    return b"".join(parts)
