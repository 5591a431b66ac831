"""The two clients behind one face, so that each test holds for both."""

import asyncio
from collections.abc import Callable

import httpx

from opentape.client import AsyncClient, Client

SIGNALS = "/v1/flow/signals/SPY"


class Server:
    """Answers in turn what it was given, the last of it again and again."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        # a response is of one client, once
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content
        )

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


def waiting(server: Server, ask: Callable, waits: list[float], **given) -> object:
    """Ask with the client that waits."""
    with Client(
        "http://host", transport=server.transport, sleep=waits.append, **given
    ) as client:
        return ask(client)


def not_waiting(server: Server, ask: Callable, waits: list[float], **given) -> object:
    """Ask with the client that does not."""

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def asking() -> object:
        async with AsyncClient(
            "http://host", transport=server.transport, sleep=sleep, **given
        ) as client:
            return await ask(client)

    return asyncio.run(asking())
