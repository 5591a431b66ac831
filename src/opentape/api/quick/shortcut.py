"""A shortcut past the framework: a path that it has routed once is answered without it.

The framework finds the route, reads the path and makes objects of request and response,
which takes longer than an answer that is kept. What it found is remembered by the path and
the host that it was asked with, both of which it checks. Door, limits and answers are the
same either way.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from opentape.api.answers import Answers
from opentape.api.asgi import App, Headers, Receive, Scope, Send, answer, header, state
from opentape.api.door.auth import Callers
from opentape.api.door.cors import allowed
from opentape.api.door.limits import Counting
from opentape.api.options import ServerOptions
from opentape.api.problems import Refusal
from opentape.api.quick.found import FOUND, Found
from opentape.api.watch.served import UNROUTED, Served
from opentape.desk.clock import Clock
from opentape.desk.keys.access import Access

_MOST_KEPT: Final = 1 << 12


class Reply(NamedTuple):
    """An answer as it is sent."""

    status: int
    headers: Headers
    body: bytes


class Ways(NamedTuple):
    """What a request passes on its way to an answer."""

    access: Access
    options: ServerOptions
    clock: Clock
    answers: Answers
    served: Served
    refuse: Callable[[Scope, BaseException], Refusal]
    """Says how an error is answered."""


class Shortcut:
    """A layer before all others."""

    def __init__(self, app: App, ways: Ways) -> None:
        self._app = app
        self._callers = Callers(ways.access)
        self._counting = Counting(ways.access, ways.clock)
        self._allowed = allowed(ways.options.cors_origin)
        self._clock, self._answers = ways.clock, ways.answers
        self._served, self._refuse = ways.served, ways.refuse
        self._known: dict[tuple[str, str | None], Found] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        reply = self.at_once(scope)
        if reply is not None:
            await answer(send, reply.status, reply.body, reply.headers)
            return
        asked = _asked(scope)
        await self._app(scope, receive, send)
        found: Found | None = state(scope).get(FOUND)
        if asked is not None and found is not None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[asked] = found

    def at_once(self, scope: Scope) -> Reply | None:
        """Return the answer to a request, None where the framework has to find it."""
        asked = _asked(scope)
        known = None if asked is None else self._known.get(asked)
        if known is None:
            return None
        came = self._clock.now_ns()
        reply, label = self._reply(known, scope)
        self._served.add(label, reply.status, self._clock.now_ns() - came)
        return reply

    def _reply(self, known: Found, scope: Scope) -> tuple[Reply, str]:
        """Return an answer, and what it is counted as."""
        headers = self._allowed
        try:
            key = self._callers.key_of(scope)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            return self._refused(scope, error, headers), UNROUTED
        if key is not None:
            limits, refused = self._counting.ask(scope, key)
            headers = [*limits, *headers]
            if refused is not None:
                return self._refused(scope, refused, headers), UNROUTED
        label = known.route.path
        try:
            body = self._answers.answer(*known, scope["query_string"], key)
        except Exception as error:  # noqa: BLE001
            return self._refused(scope, error, headers), label
        return Reply(200, [*self._answers.headers_of(body), *headers], body), label

    def _refused(self, scope: Scope, error: Exception, headers: Headers) -> Reply:
        told = self._refuse(scope, error)
        return Reply(told.status, [*told.headers, *headers], told.body)


def _asked(scope: Scope) -> tuple[str, str | None] | None:
    """Return what a path is remembered by, None where it is read in every case."""
    if scope["type"] != "http" or scope["method"] != "GET" or b"%" in scope["raw_path"]:
        return None
    if b"at=" in scope["query_string"]:  # the past may have to be folded first
        return None
    return scope["path"], header(scope, b"host")
