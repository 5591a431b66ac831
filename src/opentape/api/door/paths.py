"""Paths as they were sent: a slash that belongs to a symbol does not split one.

Servers decode the whole path before it is routed, so that ``BRK%2FB`` becomes two parts.
Here ``%2F``, and ``%25`` with it, stay encoded until a part is looked at by itself.
"""

import re
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from opentape.api.asgi import App, Receive, Scope, Send
from opentape.api.door.auth import credential
from opentape.api.problems import refuse

_KEPT: Final = re.compile(rb"%(?=25|2[fF])")


class Paths:
    """A layer that takes the path from what was sent."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        raw: bytes | None = scope.get("raw_path")
        if raw and b"%" in raw:
            try:
                scope["path"] = routable(raw)
            except UnicodeDecodeError as error:
                scope["path"] = "/"
                credential(scope)  # not left in the query, which servers log
                if scope["type"] == "http":
                    await refuse(scope, send, error)
                    return
        await self._app(scope, receive, send)


def routable(raw: bytes) -> str:
    """Return a path decoded but for slashes and percent signs within its parts.

    Raises
    ------
    UnicodeDecodeError
        If it is no UTF-8.

    Examples
    --------
    >>> routable(b"/v1/maxpain/BRK%2FB"), routable(b"/v1/maxpain/%5ESPX")
    ('/v1/maxpain/BRK%2FB', '/v1/maxpain/^SPX')
    """
    path = raw.partition(b"?")[0]
    return unquote_to_bytes(_KEPT.sub(b"%25", path)).decode()


def symbol_of(part: str) -> str:
    """Return the symbol that a part of a routed path names.

    Examples
    --------
    >>> symbol_of("brk%2Fb"), symbol_of(" es=f "), symbol_of("%252F")
    ('BRK/B', 'ES=F', '%2F')
    """
    return unquote(part).strip().upper()
