"""Every error as an answer: one table, one body.

The body serves all clients at once: some read ``message`` first, some ``error.code``, some
``title`` and ``detail``, and those who ask with ``at=`` compare ``error`` as a text.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from opentape.api.asgi import JSON, Headers, Scope, Send, answer
from opentape.market import errors
from opentape.market.calendar import iso

Detail = str | int | float | bool | None
_encode: Final = msgspec.json.Encoder().encode


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, for programs."""

    code: str
    """A word that stays the same while messages may change."""
    message: str
    """One sentence."""
    details: dict[str, Detail] = {}
    """What the code leaves open, as the name of the field."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error."""

    status: Literal["ERROR"] = "ERROR"
    """Always this word; the number is the answer's status."""
    error: Fault | str
    """What is wrong; the code alone where the question carried ``at``."""
    message: str
    """One sentence."""
    title: str | UnsetType = UNSET
    """With 401: ``Unauthorized``."""
    detail: str | UnsetType = UNSET
    """With 401: the message."""
    current_plan: str | UnsetType = UNSET
    """With 403 and 429: the plan of the key."""
    required_plan: str | UnsetType = UNSET
    """With 403: the least plan that has it."""
    limit: int | UnsetType = UNSET
    """With 429: requests in the span that is used up."""
    reset_at: str | UnsetType = UNSET
    """With 429: when the whole limit is there again, UTC."""
    upgrade_to: str | UnsetType | None = UNSET
    """With 429: the next plan that has more; null where none has."""


class Refusal(NamedTuple):
    """An error as it is sent."""

    status: int
    problem: Problem
    headers: Headers

    @property
    def body(self) -> bytes:
        """Return the body as JSON."""
        return _encode(self.problem)


class _Row(NamedTuple):
    status: HTTPStatus
    code: str


_TABLE: Final[Mapping[type[BaseException], _Row]] = {
    errors.BadKey: _Row(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED"),
    errors.PlanTooLow: _Row(HTTPStatus.FORBIDDEN, "tier_restricted"),
    errors.RateExceeded: _Row(HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED"),
    errors.SymbolNotFound: _Row(HTTPStatus.NOT_FOUND, "symbol_not_found"),
    errors.NoCoverage: _Row(HTTPStatus.NOT_FOUND, "no_coverage"),
    errors.NoData: _Row(HTTPStatus.NOT_FOUND, "no_data"),
    errors.NotFound: _Row(HTTPStatus.NOT_FOUND, "not_found"),
    errors.BadExpiry: _Row(HTTPStatus.BAD_REQUEST, "invalid_expiry"),
    errors.BadSymbol: _Row(HTTPStatus.BAD_REQUEST, "invalid_symbol"),
    errors.BadUrl: _Row(HTTPStatus.BAD_REQUEST, "invalid_url"),
    errors.BadPrice: _Row(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_price"),
    errors.NotReady: _Row(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    errors.StoreFailed: _Row(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    errors.InputError: _Row(HTTPStatus.BAD_REQUEST, "invalid_request"),
    UnicodeDecodeError: _Row(HTTPStatus.BAD_REQUEST, "invalid_request"),
}
_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("invalid_request", "the request cannot be read"),
    404: ("not_found", "there is nothing at this path"),
    405: ("method_not_allowed", "this path does not take this method"),
    413: ("too_large", "the request is too large"),
    415: ("unsupported_media_type", "the body must be JSON"),
    500: ("internal_error", "the server failed; its log says why"),
    503: ("unavailable", "the server is not ready yet"),
}
"""What is said of errors that are not ours: their own texts may repeat the request."""
_SHOUTING: Final = (
    "/v1/webhooks",
    "/v1/alerts",
    "/v1/quotes/",
    "/v1/analysis/",
    "/v1/options/",
)
"""Where codes are in capitals, as the clients of these routes expect."""
_CHAIN: Final = "/chain"


def refusal(error: BaseException, scope: Scope | None = None) -> Refusal:
    """Return how an error is answered.

    Parameters
    ----------
    error
        Any; one of a framework is told by its ``status_code``.
    scope
        The request, whose path and query decide on how codes are spelled.
    """
    status, code, message = _told(error)
    path, query = _asked(scope)
    if path.startswith(_SHOUTING[:-1]) or (
        path.startswith(_SHOUTING[-1]) and path.endswith(_CHAIN)
    ):
        code = code.upper()
    fault = Fault(code=code, message=message, details=_details(error))
    problem = Problem(
        error=code if _has_at(query) else fault, message=message, **_extras(error, status)
    )
    return Refusal(status, problem, _headers(error, status))


async def refuse(scope: Scope, send: Send, error: BaseException) -> None:
    """Answer a request with an error."""
    made = refusal(error, scope)
    await answer(send, made.status, made.body, made.headers)


def _told(error: BaseException) -> tuple[int, str, str]:
    row = next((_TABLE[kind] for kind in type(error).__mro__ if kind in _TABLE), None)
    if row is None:
        status: int = getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
        code, message = _BY_STATUS.get(status) or _other(status)
        return status, code, message
    if isinstance(error, UnicodeDecodeError):
        return row.status, row.code, "the request must be UTF-8"
    return row.status, getattr(error, "code", row.code), str(error)


def _other(status: int) -> tuple[str, str]:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        return _BY_STATUS[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
    return phrase.lower().replace(" ", "_").replace("-", "_"), phrase.lower()


def _asked(scope: Scope | None) -> tuple[str, bytes]:
    return ("", b"") if scope is None else (scope["path"], scope.get("query_string", b""))


def _has_at(query: bytes) -> bool:
    return any(part.startswith(b"at=") for part in query.split(b"&"))


def _details(error: BaseException) -> dict[str, Detail]:
    if isinstance(error, errors.RateExceeded):
        return {"retry_after": error.retry_s}
    field: str | None = getattr(error, "field", None)
    return {} if field is None else {"field": field}


def _extras(error: BaseException, status: int) -> dict[str, Any]:
    if isinstance(error, errors.PlanTooLow):
        return {"current_plan": error.plan, "required_plan": error.needed}
    if isinstance(error, errors.RateExceeded):
        return {
            "limit": error.limit,
            "reset_at": iso(error.reset_ns),
            "current_plan": error.plan,
            "upgrade_to": error.better,
        }
    if status == HTTPStatus.UNAUTHORIZED:
        return {"title": "Unauthorized", "detail": _told(error)[2]}
    return {}


def _headers(error: BaseException, status: int) -> Headers:
    headers: Headers = [JSON]
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, errors.RateExceeded):
        headers.append((b"retry-after", b"%d" % error.retry_s))
    told: Mapping[str, str] = getattr(error, "headers", None) or {}
    for name, value in told.items():
        if name.lower() == "allow":
            headers.append((b"allow", value.encode("latin-1")))
    return headers
