"""Answers that pages of other origins may read."""

from typing import Final

from opentape.api.asgi import App, Headers, Receive, Scope, Send, adding, answer, header

_EXPOSED: Final = (
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, "
    "RateLimit-Policy, Retry-After, X-Data-As-Of, X-Endpoint-Version"
)
_PREFLIGHT: Final = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"X-Api-Key, X-Source, Content-Type, Authorization"),
    (b"access-control-max-age", b"86400"),
]


class Cors:
    """A layer that says whose pages may read answers, and answers their preflights."""

    def __init__(self, app: App, origin: str) -> None:
        self._app = app
        self._headers = allowed(origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _is_preflight(scope):
            await answer(send, 204, b"", [*self._headers, *_PREFLIGHT])
        else:
            await self._app(scope, receive, adding(send, self._headers))


def allowed(origin: str) -> Headers:
    """Return what says whose pages may read an answer: nobody's, of no origin."""
    if not origin:
        return []
    headers: Headers = [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", _EXPOSED.encode()),
    ]
    return headers if origin == "*" else [*headers, (b"vary", b"Origin")]


def _is_preflight(scope: Scope) -> bool:
    asked = b"access-control-request-method"
    return scope["method"] == "OPTIONS" and header(scope, asked) is not None
