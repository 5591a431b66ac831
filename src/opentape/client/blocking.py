"""The client that waits for its answers."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import httpx
from websockets.sync.client import connect

from opentape.client.ask import Ask, Reply
from opentape.client.core import DEFAULT_URL, Core, Wait
from opentape.client.event import StreamEvent
from opentape.client.pages import Cursored, following
from opentape.client.retries import Retries
from opentape.client.stream import FAILURES, MOST_BYTES, Tail
from opentape.client.wire.blocking import Routes
from opentape.client.wire.replies import StreamFrame


class Client(Routes):
    """Asks a server, and waits for each answer.

    Parameters
    ----------
    base_url
        Of opentape, or of any server that speaks the same wire.
    api_key
        Sent as ``X-Api-Key``.
    timeout_s
        Seconds until an answer is given up.
    retries
        When a question is asked again.
    transport, sleep
        What sends, and what waits; for tests.

    Examples
    --------
    ::

        with Client(api_key="...") as client:
            for signal in client.flow_signals("SPY", min_score=70).signals:
                print(signal.ts, signal.strike, signal.score)
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.core = Core(base_url, api_key, retries or Retries())
        self._http = httpx.Client(timeout=timeout_s, transport=transport)
        self._sleep = sleep

    def send(self, ask: Ask[Reply]) -> Reply:
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
                step = steps.send(self._did(step))
        except StopIteration as done:
            return done.value

    def pages(self, ask: Ask[Cursored]) -> Iterator[Cursored]:
        """Yield the page that a question asks for, and all that follow it."""
        then: Ask[Cursored] | None = ask
        while then is not None:
            page = self.send(then)
            yield page
            then = following(then, page)

    def listen(self, ask: Ask[StreamFrame]) -> Iterator[StreamFrame | StreamEvent]:
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
                with connect(
                    tail.url, additional_headers=tail.headers, max_size=MOST_BYTES
                ) as socket:
                    tail.opened()
                    for text in socket:
                        yield tail.frame(text)
            except FAILURES as error:
                ended = error
            self._sleep(tail.ended(ended))

    def close(self) -> None:
        """Close what is open to the server."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _did(self, step: httpx.Request | Wait) -> httpx.Response | Exception | None:
        if isinstance(step, Wait):
            return self._sleep(step.seconds)
        try:
            return self._http.send(step)
        except httpx.HTTPError as error:
            return error
