"""The client for programs that do other things while they wait."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

import httpx
from websockets.asyncio.client import connect

from opentape.client.ask import Ask, Reply
from opentape.client.core import DEFAULT_URL, Core, Wait
from opentape.client.event import StreamEvent
from opentape.client.pages import Cursored, following
from opentape.client.retries import Retries
from opentape.client.stream import FAILURES, MOST_BYTES, Tail
from opentape.client.wire.awaiting import AsyncRoutes
from opentape.client.wire.replies import StreamFrame


class AsyncClient(AsyncRoutes):
    """Asks a server from `asyncio`; takes what `Client` takes."""

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.core = Core(base_url, api_key, retries or Retries())
        self._http = httpx.AsyncClient(timeout=timeout_s, transport=transport)
        self._sleep = sleep

    async def send(self, ask: Ask[Reply]) -> Reply:
        """Return what a server answers to a question.

        Raises
        ------
        ClientError
            If it does not answer, or says no.
        """
        steps = self.core.steps(ask)
        step = next(steps)
        try:
            while True:
                step = steps.send(await self._did(step))
        except StopIteration as done:
            return done.value

    async def pages(self, ask: Ask[Cursored]) -> AsyncIterator[Cursored]:
        """Yield the page that a question asks for, and all that follow it."""
        then: Ask[Cursored] | None = ask
        while then is not None:
            page = await self.send(then)
            yield page
            then = following(then, page)

    async def listen(
        self, ask: Ask[StreamFrame]
    ) -> AsyncGenerator[StreamFrame | StreamEvent]:
        """Yield the frames of a stream, connecting again where it ends.

        Raises
        ------
        ClientError
            If it cannot be had, or not again.
        """
        tail = Tail(self.core, ask)
        while True:
            ended: Exception | None = None
            try:
                async with connect(
                    tail.url, additional_headers=tail.headers, max_size=MOST_BYTES
                ) as socket:
                    tail.opened()
                    async for text in socket:
                        yield tail.frame(text)
            except FAILURES as error:
                ended = error
            await self._sleep(tail.ended(ended))

    async def close(self) -> None:
        """Close what is open to the server."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _did(self, step: httpx.Request | Wait) -> httpx.Response | Exception | None:
        if isinstance(step, Wait):
            return await self._sleep(step.seconds)
        try:
            return await self._http.send(step)
        except httpx.HTTPError as error:
            return error
