"""What is no route of the desk: the streams, and what the server tells of itself."""

from typing import Final

from opentape.api.document import failures, parameters
from opentape.api.document.examples import FRAME
from opentape.api.document.schemas import Json, ref
from opentape.api.stream.wanted import StreamQuery
from opentape.desk.words import plain

JSON: Final = "application/json"
FRAME_SCHEMA: Final = "StreamFrame"
_TEXT: Final[Json] = {"type": "string"}
_OBJECT: Final[Json] = {"type": "object"}
_SOCKET: Final = """Scored flow as it happens, over a WebSocket.

Each text frame is one flow row with its `cursor`. The key comes in a header, as `apiKey` in
the query, or in a first message `{"key": "..."}`. Connect with `cursor` set to that of the
last frame you saw: the stream goes on after it, nothing lost and nothing twice. If what
follows that cursor is no longer held, the first frame says so: `{"event": "cursor_lost"}`.

A cancel can change what was told: `{"event": "signal.amended", "id", "replaces", "cursor",
"data"}` puts the row in `data` in the place of the signal that `replaces` names, and
`{"event": "signal.retracted", "id", "cursor", "data"}` takes one back, with its row as it
was. Frames with an `event` have no `score` of their own.

Heartbeats are WebSocket pings. Closing codes: 4400 the query cannot be read, 4401 no valid
key, 4403 the plan has no stream, 4408 the client was too slow, 4429 too many clients or
requests, 1001 the server stops. A plain GET is answered as `/v1/stream/sse` is."""
_EVENTS: Final = """Scored flow as it happens, as server-sent events.

The same rows as on the WebSocket `/v1/stream`, one in the `data` of each event, whose `id`
is the row's cursor: browsers send it back as `Last-Event-ID` when they reconnect, and the
stream goes on there. Lines that begin with a colon are heartbeats."""


def stream_paths() -> Json:
    """Return what is told of the streams."""
    events = {
        "description": "Events; the `data` of each is one frame.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    socket = {
        "description": "The connection is a WebSocket from here on; frames are as this.",
        "content": {JSON: {"schema": ref(FRAME_SCHEMA), "example": FRAME}},
    }
    return {
        "/v1/stream": {"get": _stream("stream", _SOCKET, {"101": socket, "200": events})},
        "/v1/stream/sse": {"get": _stream("stream_sse", _EVENTS, {"200": events})},
    }


def frame_schema() -> Json:
    """Return the schema of one frame."""
    cursor = {"type": "string", "description": "Resume with it to go on after this row."}
    return {
        "description": "One flow row, and where it stands in the stream.",
        "allOf": [
            ref("FlowRow"),
            {"type": "object", "properties": {"cursor": cursor}, "required": ["cursor"]},
        ],
    }


def house_paths() -> Json:
    """Return what is told of the server's own pages."""
    return {
        "/ready": {"get": _ready()},
        "/metrics": {"get": _page("metrics", "What it has counted", "text/plain", _TEXT)},
        "/openapi.json": {"get": _page("openapi_json", "This document", JSON, _OBJECT)},
        "/docs": {"get": _page("docs", "An explorer", "text/html", _TEXT)},
    }


def _stream(name: str, text: str, answers: Json) -> Json:
    return {
        "operationId": name,
        "tags": ["stream"],
        "summary": text.partition(".")[0],
        "description": plain(text),
        "parameters": parameters.in_query(StreamQuery, {"minScore": 85}),
        "responses": {
            **answers,
            **failures.of_statuses(iter((400, 401, 403, 429, 500))),
        },
    }


def _ready() -> Json:
    told = _page("ready", "Whether the server can answer", JSON, {})
    told["description"] = (
        "200 once the engine has published and as long as it runs, else 503."
    )
    told["responses"]["200"]["content"][JSON]["schema"] = {
        "allOf": [ref("Readiness"), ref("Envelope")]
    }
    told["responses"] |= failures.of_statuses(iter((503,)))
    return told


def _page(name: str, summary: str, media: str, schema: Json) -> Json:
    return {
        "operationId": name,
        "tags": ["server"],
        "summary": summary,
        "description": f"{summary}.",
        "security": [],
        "responses": {
            "200": {"description": f"{summary}.", "content": {media: {"schema": schema}}},
            **failures.of_statuses(iter((500,))),
        },
    }
