"""Calls to an ASGI application without a server, and small applications to call."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from opentape.api.asgi import JSON, App, Receive, Scope, Send, answer

HERE = ("127.0.0.1", 50_000)
AWAY = ("192.0.2.7", 50_000)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body, read."""
        return json.loads(self.body)


def scope_of(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    client: tuple[str, int] | None = HERE,
    kind: str = "http",
) -> Scope:
    """Return a request as a server makes it; the path may have a query."""
    target, _, query = path.partition("?")
    sent = {"host": "localhost:8321", **(headers or {})}
    return {
        "type": kind,
        "method": method,
        "path": target,
        "raw_path": target.encode("utf-8"),
        "query_string": query.encode("latin-1"),
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in sent.items()],
        "client": client,
    }


def send_to(app: App, scope: Scope) -> Answer:
    """Return the answer to a request without a body."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    start, *parts = sent
    names = [name.decode() for name, _ in start["headers"]]
    assert len(names) == len(set(names)), names
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part["body"] for part in parts))


class Recorder:
    """An application that answers with nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await answer(send, 200, b"{}", [JSON])
