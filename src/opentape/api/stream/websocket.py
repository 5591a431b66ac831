"""The WebSocket at ``/v1/stream``.

A key comes in a header, in the query, or in a first message ``{"key": "..."}``. Closing
codes: 4400 the query cannot be read, 4401 no valid key, 4403 the plan has no stream, 4408
the client was too slow, 4429 too many clients or requests, 1001 the server stops.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from opentape.api.asgi import Receive, Scope, state
from opentape.api.door.auth import is_local
from opentape.api.query import BadParameter, read, texts
from opentape.api.stream.hub import Client, Hub, Message, Spell
from opentape.api.stream.protocol import FRAMES, text_frame
from opentape.api.stream.wanted import StreamQuery, wanted
from opentape.api.stream.write import Send, Write, at_once
from opentape.desk.engine.log import Frame
from opentape.desk.keys.access import Access
from opentape.desk.keys.key import Key
from opentape.market.errors import BadKey, OpentapeError, PlanTooLow, RateExceeded

BAD_QUERY: Final = 4400
NO_KEY: Final = 4401
NO_PLAN: Final = 4403
SLOW: Final = 4408
FULL: Final = 4429
GOING_AWAY: Final = 1001
_PATIENCE_S: Final = 10.0
_CLOSING_S: Final = 1.0


class _Writer(NamedTuple):
    """How rows are written."""

    write: Write
    spell: Spell


class Socket:
    """Serves WebSocket clients of the stream."""

    def __init__(self, hub: Hub, access: Access) -> None:
        self._hub = hub
        self._access = access

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves or is given up."""
        await receive()
        await send({"type": "websocket.accept"})
        try:
            query = read(StreamQuery, texts(scope["query_string"]))
            await self._enter(scope, receive)
        except (OpentapeError, TimeoutError) as error:
            await _close(send, _code(error), str(error) or "no key came in time")
            return
        except _Left:
            return
        if self._hub.full:
            await _close(send, FULL, "too many clients")
            return
        await self._stream(query, receive, send, _writer(scope, send))

    async def _enter(self, scope: Scope, receive: Receive) -> None:
        """Let a client in, by its headers or by its first message."""
        found = state(scope)
        key: Key | None = found["key"]
        if found["key_error"] is not None:
            raise found["key_error"]
        if key is None:
            text = await asyncio.wait_for(_first_text(receive), _PATIENCE_S)
            key = self._access.admit(_key_in(text), local=is_local(scope))
        self._access.ask(key, scope["path"], texts(scope["query_string"]))

    async def _stream(
        self, query: StreamQuery, receive: Receive, send: Send, writer: _Writer
    ) -> None:
        hub = self._hub
        begin = hub.log.end
        if query.cursor is not None:
            after = hub.log.after(query.cursor)
            begin = hub.log.first if after is None else max(after, hub.log.first)
            if after is None or after < hub.log.first:
                await send(_lost(hub, begin))
        client = Client(*writer, wanted(query), begin)
        hub.join(client)
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait(
                {leaving, client.dropped}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            hub.leave(client)
            leaving.cancel()
        if client.dropped.done():
            why = client.dropped.result()
            code = SLOW if why.startswith("too slow") else GOING_AWAY
            await asyncio.wait_for(_close(send, code, why), _CLOSING_S)


class _Left(Exception):
    """The client is gone."""


def _writer(scope: Scope, send: Send) -> _Writer:
    """Return how rows are written: ready made where the server takes them so."""
    ready: Write | None = scope.get("extensions", {}).get(FRAMES)
    if ready is not None:
        return _Writer(ready, _ready_made)

    async def one_by_one(frames: Sequence[Frame]) -> None:
        for frame in frames:
            await send({"type": "websocket.send", "text": frame.body.decode()})

    return _Writer(at_once(one_by_one), tuple)


def _ready_made(frames: Sequence[Frame]) -> bytes:
    return b"".join(text_frame(frame.body) for frame in frames)


def _lost(hub: Hub, begin: int) -> Message:
    """Tell a client that rows after its cursor are not held any more."""
    told = {"event": "cursor_lost", "id": None, "cursor": hub.log.cursor(begin - 1)}
    return {"type": "websocket.send", "text": msgspec.json.encode(told).decode()}


async def _close(send: Send, code: int, reason: str) -> None:
    await send({"type": "websocket.close", "code": code, "reason": reason[:120]})


def _code(error: Exception) -> int:
    if isinstance(error, BadParameter):
        return BAD_QUERY
    if isinstance(error, PlanTooLow):
        return NO_PLAN
    return FULL if isinstance(error, RateExceeded) else NO_KEY


async def _first_text(receive: Receive) -> str:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            raise _Left
        text = message.get("text") or (message.get("bytes") or b"").decode(
            "utf-8", "replace"
        )
        if text:
            return str(text)


async def _left(receive: Receive) -> None:
    """Return when the client has left; what it says meanwhile is not listened to."""
    while (await receive())["type"] != "websocket.disconnect":
        pass


def _key_in(text: str) -> str:
    """Return the key in a first message, under any of the names that clients use."""
    try:
        told = msgspec.json.decode(text.encode(), type=dict[str, object])
    except msgspec.DecodeError:
        return text.strip()
    named = (told.get(name) for name in ("key", "apiKey", "api_key", "x-api-key", "token"))
    found = next((one for one in named if isinstance(one, str)), None)
    if found is None:
        raise BadKey('the first message must be {"key": "..."}')
    return found
