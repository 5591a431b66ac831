"""One body for every error, and one table that says which."""

import json

import msgspec
import pytest
from litestar.exceptions import MethodNotAllowedException, NotFoundException

from asgi_calls import scope_of, send_to
from opentape.api.problems import Problem, refusal, refuse
from opentape.api.query import BadParameter
from opentape.market import errors

BASE = {"status", "error", "message"}
RATE = errors.RateExceeded("slowly", limit=5, retry_s=12, reset_ns=1_464_788_908 * 10**9)
RATE.plan, RATE.better = "Free", "Basic"
PLAN = errors.PlanTooLow("no", plan="Basic", needed="Growth")


@pytest.mark.parametrize(
    ("error", "status", "code", "extra"),
    [
        (errors.BadKey("no key"), 401, "UNAUTHORIZED", {"title", "detail"}),
        (PLAN, 403, "tier_restricted", {"current_plan", "required_plan"}),
        (
            RATE,
            429,
            "RATE_LIMITED",
            {"limit", "reset_at", "current_plan", "upgrade_to"},
        ),
        (errors.SymbolNotFound("x"), 404, "symbol_not_found", set()),
        (errors.NoData("x"), 404, "no_data", set()),
        (errors.NotFound("x"), 404, "not_found", set()),
        (errors.BadExpiry("x"), 400, "invalid_expiry", set()),
        (errors.BadSymbol("x"), 400, "invalid_symbol", set()),
        (errors.BadPrice("x"), 422, "invalid_price", set()),
        (errors.BadSetting("x"), 400, "invalid_request", set()),
        (errors.InputError("x"), 400, "invalid_request", set()),
        (BadParameter("missing_n", "n", "n is required"), 400, "missing_n", set()),
        (NotFoundException(), 404, "not_found", set()),
        (MethodNotAllowedException(), 405, "method_not_allowed", set()),
        (RuntimeError("secret"), 500, "internal_error", set()),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_error_has_its_status_and_body(
    error: Exception, status: int, code: str, extra: set[str]
) -> None:
    made = refusal(error, scope_of("/v1/flow/top?limit=1"))
    body = json.loads(made.body)
    assert made.status == status
    assert set(body) == BASE | extra
    assert body["status"] == "ERROR"
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == code
    assert body["error"]["message"] == body["message"] != ""
    assert msgspec.json.decode(made.body, type=Problem) == made.problem


def test_what_stands_beside_the_error() -> None:
    body = json.loads(refusal(errors.BadKey("no key")).body)
    assert (body["title"], body["detail"]) == ("Unauthorized", "no key")
    body = json.loads(refusal(PLAN).body)
    assert (body["current_plan"], body["required_plan"]) == ("Basic", "Growth")
    body = json.loads(refusal(RATE).body)
    assert body["limit"] == 5
    assert body["reset_at"] == "2016-06-01T13:48:28.000000Z"
    assert (body["current_plan"], body["upgrade_to"]) == ("Free", "Basic")
    assert body["error"]["details"] == {"retry_after": 12}
    body = json.loads(refusal(BadParameter("invalid_n", "n", "bad")).body)
    assert body["error"]["details"] == {"field": "n"}


def test_headers_of_an_error() -> None:
    assert dict(refusal(RATE).headers)[b"retry-after"] == b"12"
    assert dict(refusal(errors.BadKey("x")).headers)[b"www-authenticate"] == b"Bearer"
    for name in ("Allow", "allow"):
        wrong = MethodNotAllowedException(headers={name: "GET"})
        assert dict(refusal(wrong).headers)[b"allow"] == b"GET"
    assert {dict(refusal(e).headers)[b"content-type"] for e in (RATE, PLAN, wrong)} == {
        b"application/json; charset=utf-8"
    }


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/v1/x?at=2026-05-21", "no_data"),
        ("/v1/x?limit=1&at=", "no_data"),
        ("/v1/x?that=1", {"code": "no_data", "message": "x", "details": {}}),
    ],
)
def test_who_asks_with_at_gets_a_plain_word(target: str, told: object) -> None:
    body = json.loads(refusal(errors.NoData("x"), scope_of(target)).body)
    assert body["error"] == told
    assert body["message"] == "x"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/quotes/XX", "SYMBOL_NOT_FOUND"),
        ("/v1/options/XX/chain", "SYMBOL_NOT_FOUND"),
        ("/v1/analysis/greeks", "SYMBOL_NOT_FOUND"),
        ("/v1/options/XX", "symbol_not_found"),
        ("/v1/flow/top", "symbol_not_found"),
    ],
)
def test_some_routes_shout(path: str, code: str) -> None:
    body = json.loads(refusal(errors.SymbolNotFound("x"), scope_of(path)).body)
    assert body["error"]["code"] == code


@pytest.mark.parametrize("status", [400, 402, 413, 418, 499, 503, 505, 599])
def test_errors_of_a_framework_never_repeat_the_request(status: int) -> None:
    class FromFramework(Exception):
        status_code = status

    made = refusal(FromFramework("/v1/x?apiKey=secret"))
    assert made.status == status
    assert b"secret" not in made.body
    assert msgspec.json.decode(made.body, type=Problem).message


def test_a_refusal_is_a_whole_answer() -> None:
    async def app(scope, _receive, send) -> None:
        await refuse(scope, send, errors.NoData("nothing yet"))

    got = send_to(app, scope_of("/x"))
    assert (got.status, got.json["message"]) == (404, "nothing yet")
    assert got.headers["content-length"] == str(len(got.body))
