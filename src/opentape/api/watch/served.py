"""What was served: requests by route and status, and how long their answers took."""

from bisect import bisect_left
from collections import Counter
from typing import Final

from opentape.api.asgi import App, Message, Receive, Scope, Send
from opentape.desk.clock import Clock

STEPS_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
UNROUTED: Final = "unrouted"
"""Stands for whatever no route was found for, refused callers among it."""
_MS: Final = 1_000_000


class Took:
    """How long the answers of one route took, counted by step."""

    def __init__(self) -> None:
        self.counts = [0] * (len(STEPS_MS) + 1)
        """At most each step, not the one before; the last is longer than all."""
        self.total_ns = 0


class Served:
    """Counts since the server began; written and read on its event loop only."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        """By route and status."""
        self.took: dict[str, Took] = {}
        """By route."""

    def add(self, route: str, status: int, took_ns: int) -> None:
        """Count one answer."""
        self.requests[route, status] += 1
        took = self.took.get(route)
        if took is None:
            took = self.took[route] = Took()
        took.counts[bisect_left(STEPS_MS, took_ns / _MS)] += 1
        took.total_ns += took_ns


class Timed:
    """A layer that counts answers, each when it begins to be sent.

    Routes are told by their templates: what clients put into a path never becomes a label.
    """

    def __init__(self, app: App, served: Served, clock: Clock) -> None:
        self._app = app
        self._served = served
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = self._clock.now_ns()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = self._clock.now_ns() - came
                route = scope.get("path_template") or UNROUTED
                self._served.add(route, message["status"], took)
            await send(message)

        await self._app(scope, receive, counted)
