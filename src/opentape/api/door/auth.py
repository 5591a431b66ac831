"""Who asks: the key of a request, from any place that clients put it.

A key is taken out of the query before anything else sees it, so that no log and no cache
ever holds one.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from opentape.api.asgi import App, Receive, Scope, Send, header, state
from opentape.api.problems import refuse
from opentape.desk.keys.access import Access
from opentape.desk.keys.key import Key
from opentape.market.errors import BadKey

PUBLIC: Final = (
    "/health",
    "/ready",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/v1/universe",
    "/favicon.ico",
)
"""Paths, and all below them, that nobody needs a key for."""
_IN_QUERY: Final = b"apiKey="
_BEARER: Final = "bearer "
_FORWARDED: Final = (b"x-forwarded-for", b"forwarded", b"x-real-ip")


class Callers:
    """Tells whose a request is."""

    def __init__(self, access: Access, public: Sequence[str] = PUBLIC) -> None:
        self._access = access
        self._public = frozenset(public)
        self._below = tuple(f"{path}/" for path in public)

    def key_of(self, scope: Scope) -> Key | None:
        """Return the key of a request, None for a public path; none is left in its query.

        Raises
        ------
        BadKey
            If it needs a key and has none that is valid.
        """
        text = credential(scope)
        path = scope["path"]
        if path in self._public or path.startswith(self._below):
            return None
        return self.admitted(scope, text)

    def admitted(self, scope: Scope, text: str | None) -> Key:
        """Return the key that a text is, the owner's where there are none yet.

        Raises
        ------
        BadKey
            As `key_of`.
        """
        # where there are keys, everybody needs one
        local = self._access.open and is_local(scope)
        return self._access.admit(text, local=local)


class Authentication:
    """A layer that finds out whose request it is.

    It puts the `Key` into the request's state as ``key``: None for a public path. A
    WebSocket is never refused here, because its key may come with the first message: it
    has ``key`` None then, and ``key_error`` if what it gave is no valid key.
    """

    def __init__(self, app: App, access: Access, public: Sequence[str] = PUBLIC) -> None:
        self._app = app
        self._callers = Callers(access, public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        kind = scope["type"]
        if kind not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        found = state(scope)
        found["key"] = found["key_error"] = None
        if kind == "websocket":
            self._look_at(scope)
        else:
            try:
                found["key"] = self._callers.key_of(scope)
            except BadKey as error:
                await refuse(scope, send, error)
                return
        await self._app(scope, receive, send)

    def _look_at(self, scope: Scope) -> None:
        text, found = credential(scope), state(scope)
        try:
            found["key"] = self._callers.admitted(scope, text)
        except BadKey as error:
            found["key_error"] = error if text else None


def caller(scope: Scope) -> Key | None:
    """Return whose request it is, None on a public path."""
    return state(scope).get("key")


def credential(scope: Scope) -> str | None:
    """Return what a request gave as its key, and take it out of its query.

    The header ``X-Api-Key`` goes before ``Authorization: Bearer``, that before ``apiKey``
    in the query.
    """
    asked = _from_query(scope)
    given = (header(scope, b"x-api-key") or "").strip()
    bearer = (header(scope, b"authorization") or "").strip()
    if not given and bearer[: len(_BEARER)].lower() == _BEARER:
        given = bearer[len(_BEARER) :].strip()
    return given or asked or None


def is_local(scope: Scope) -> bool:
    """Return whether a request was made on this machine, by its owner's own program.

    Not so if it came through a proxy, or from a page of somewhere else that runs in the
    owner's browser, be it under a name that was made to lead here.
    """
    client = scope.get("client")
    return (
        client is not None
        and _is_loopback(client[0])
        and not any(header(scope, name) is not None for name in _FORWARDED)
        and _is_loopback(_host(f"//{header(scope, b'host') or 'localhost'}"))
        and _is_loopback(_host(header(scope, b"origin") or "//localhost"))
    )


def _from_query(scope: Scope) -> str | None:
    query: bytes = scope.get("query_string", b"")
    if _IN_QUERY not in query:
        return None
    parts = query.split(b"&")
    mine = [part for part in parts if part.startswith(_IN_QUERY)]
    scope["query_string"] = b"&".join(part for part in parts if part not in mine)
    if not mine:
        return None
    text = mine[0][len(_IN_QUERY) :].decode("ascii", "replace")
    return unquote_plus(text).strip()


@lru_cache(1 << 10)
def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@lru_cache(1 << 10)
def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
