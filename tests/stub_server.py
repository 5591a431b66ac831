"""A server of the wire in miniature: signals and a stream, on a port that it keeps.

It can be stopped and started again, and it can have no stream at all.
"""

import contextlib
import json
import socket
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve


class StubServer:
    """Answers about the signals it holds; counts what it was asked."""

    def __init__(self, *, stream: bool = True) -> None:
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.port: int = held.getsockname()[1]
        self.signals: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.cursors: list[str | None] = []
        self._stream = stream
        self._frames: list[dict[str, Any]] = []
        self._more = threading.Condition()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = serve(
            self._follow, "127.0.0.1", self.port, process_request=self._answer
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        assert self._server is not None
        server, self._server = self._server, None
        server.shutdown()
        with self._more:
            self._more.notify_all()

    def add(self, symbol: str, *signals: dict[str, Any]) -> None:
        """Find signals, and tell the stream."""
        with self._more:
            self.signals.setdefault(symbol, []).extend(signals)
            for one in signals:
                cursor = f"run.{len(self._frames)}"
                frame = {"id": one["id"], "ticker": symbol, "score": 80, "cursor": cursor}
                self._frames.append(frame)
            self._more.notify_all()

    def _answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path)
        if path.path == "/v1/stream":
            if self._stream:
                self.cursors.append(parse_qs(path.query).get("cursor", [None])[0])
                return None
            return reply(404, {"message": "no stream"})
        self.asked.append(request.path)
        symbol = path.path.rpartition("/")[2]
        found = list(self.signals.get(symbol, ()))
        body = {"symbol": symbol, "count": len(found), "signals": found, "chain": {}}
        return reply(200, body)

    def _follow(self, connection: ServerConnection) -> None:
        query = parse_qs(urlsplit(connection.request.path).query)
        cursor = query.get("cursor", ["run.-1"])[0]
        at = int(cursor.partition(".")[2]) + 1 if cursor else len(self._frames)
        server = self._server
        while self._server is server is not None:
            with self._more:
                self._more.wait(0.05)
                frames = self._frames[at:]
            with contextlib.suppress(ConnectionClosed):
                for frame in frames:
                    connection.send(json.dumps(frame))
            at += len(frames)


def reply(status: int, body: object) -> Response:
    raw = json.dumps(body).encode()
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(raw))})
    headers["Connection"] = "close"
    return Response(status, "", headers, raw)
