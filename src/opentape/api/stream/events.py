"""The same rows as server-sent events, at ``/v1/stream/sse``."""

import asyncio
from collections.abc import Sequence
from typing import Final

from opentape.api.asgi import Receive, Scope
from opentape.api.query import read, texts
from opentape.api.stream.hub import Client, Hub, Message
from opentape.api.stream.wanted import StreamQuery, wanted
from opentape.api.stream.write import Send, at_once
from opentape.desk.engine.log import Frame

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_BEAT: Final = b": still here\n\n"


class Events:
    """Serves clients of server-sent events; their keys were checked before."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves or is given up.

        Raises
        ------
        BadParameter
            If the query cannot be read; nothing was sent then.
        """
        query = read(StreamQuery, texts(scope["query_string"]))
        headers = dict(scope["headers"])
        cursor = headers.get(b"last-event-id", b"").decode("latin-1") or query.cursor
        log = self._hub.log
        begin = log.end
        if cursor is not None:
            after = log.after(cursor)
            begin = log.first if after is None else max(after, log.first)
        start = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
        await send(start)
        await send(_body(b"retry: 2000\n\n"))
        client = Client(at_once(send), _events, wanted(query), begin)
        await self._stream(client, receive, send)

    async def _stream(self, client: Client, receive: Receive, send: Send) -> None:
        self._hub.join(client)
        leaving = asyncio.ensure_future(_left(receive))
        try:
            while not (leaving.done() or client.dropped.done()):
                await asyncio.wait(
                    {leaving, client.dropped},
                    timeout=self._hub.options.heartbeat_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if client.stalled is None and not client.dropped.done():
                    await send(_body(_BEAT))
        finally:
            self._hub.leave(client)
            leaving.cancel()


def _events(frames: Sequence[Frame]) -> Message:
    return _body(
        b"".join(
            b"id: %b\ndata: %b\n\n" % (frame.cursor.encode(), frame.body)
            for frame in frames
        )
    )


def _body(part: bytes) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": True}


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
