"""Failures: which errors a route can answer with, and the one body that they all have."""

from collections.abc import Iterator, Mapping
from typing import Final

from opentape.api.deeds.deed import Deed
from opentape.api.document.schemas import Json, ref
from opentape.api.route import Route

RATE_HEADERS: Final[Mapping[str, Json]] = {
    "X-RateLimit-Limit": {
        "description": "Requests in the span that is used up first, or `unlimited`.",
        "schema": {"type": "string", "pattern": "^([0-9]+|unlimited)$"},
    },
    "X-RateLimit-Remaining": {
        "description": "Requests left in it, or `unlimited`.",
        "schema": {"type": "string", "pattern": "^([0-9]+|unlimited)$"},
    },
    "X-RateLimit-Reset": {
        "description": "When all of it is there again, seconds since 1970 UTC.",
        "schema": {"type": "integer"},
    },
    "RateLimit": {
        "description": "What is left of each limit, as the IETF's draft spells it.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "Each limit, as the IETF's draft spells it.",
        "schema": {"type": "string"},
    },
}
_RETRY: Final[Json] = {
    "description": "Whole seconds until a request is taken again.",
    "schema": {"type": "integer", "minimum": 1},
}
_CHALLENGE: Final[Json] = {
    "description": "How to say who asks.",
    "schema": {"type": "string"},
}
_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("BadRequest", "A parameter is missing or cannot be read: `invalid_<name>`."),
    401: ("Unauthorized", "No key where one is needed, or one that is not valid."),
    403: ("PlanTooLow", "The plan of the key does not have what was asked for."),
    404: ("NotFound", "Nothing is known by that name or of that time."),
    413: ("TooLarge", "The body is too large."),
    422: ("Unpriceable", "A price that no vol gives; the message names the bound."),
    429: ("RateLimited", "More requests than the plan has."),
    500: ("Failed", "The server failed; its log says why."),
    503: ("Unavailable", "The server is not ready to answer."),
}
_PRICED: Final = frozenset({"/v1/pricing/iv"})


def responses() -> dict[str, Json]:
    """Return every error as a component."""
    return {name: _response(status, text) for status, (name, text) in _WORDS.items()}


def of_route(route: Route, *, public: bool) -> dict[str, Json]:
    """Return the errors of a route, by status."""
    return of_statuses(_statuses(route, public=public))


def of_deed(deed: Deed) -> dict[str, Json]:
    """Return the errors of a deed, by status."""
    missing = (404,) if "{" in deed.path else ()
    large = (413,) if deed.body is not None else ()
    return of_statuses(iter((400, 401, 403, *missing, *large, 429, 500, 503)))


def of_statuses(statuses: Iterator[int]) -> dict[str, Json]:
    """Return references to errors, by status."""
    return {
        str(status): {"$ref": f"#/components/responses/{_WORDS[status][0]}"}
        for status in sorted(statuses)
    }


def _statuses(route: Route, *, public: bool) -> Iterator[int]:
    if not public:
        yield from (400, 401, 403, 429)
    elif route.query is not None or "{symbol}" in route.path:
        yield 400
    if route.past or "{" in route.path:
        yield 404
    if route.path in _PRICED:
        yield 422
    if "market" in route.takes:
        yield 503
    yield 500


def _response(status: int, text: str) -> Json:
    told: Json = {
        "description": text,
        "content": {"application/json": {"schema": ref("Problem")}},
    }
    if status == 401:  # noqa: PLR2004
        told["headers"] = {"WWW-Authenticate": _CHALLENGE}
    if status == 429:  # noqa: PLR2004
        told["headers"] = {"Retry-After": {**_RETRY, "required": True}} | {
            name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS
        }
    return told
