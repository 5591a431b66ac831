"""What is sent, what is understood, and when a question is asked again."""

import httpx
import pytest

from both_clients import SIGNALS, Server, not_waiting, waiting
from opentape.client import AsyncClient, Client, errors
from opentape.client.retries import Retries
from opentape.client.wire import asks

pytestmark = pytest.mark.parametrize("asked", [waiting, not_waiting])

EMPTY = httpx.Response(200, json={"symbol": "SPY", "signals": []})


def signals(client):
    return client.flow_signals("SPY")


def test_a_question_is_spelled_as_the_wire_wants_it(asked) -> None:
    server = Server(httpx.Response(200, json={}))
    asked(
        server,
        lambda c: c.flow_signals("BRK/B", min_score=70, intent="bullish", limit=0),
        [],
        api_key="secret",
    )
    (request,) = server.requests
    assert request.url.raw_path == (
        b"/v1/flow/signals/BRK%2FB?minScore=70&intent=bullish&limit=0"
    )
    assert request.headers["X-Api-Key"] == "secret"


def test_flags_and_lists_are_spelled(asked) -> None:
    server = Server(httpx.Response(200, json={}))
    asked(server, lambda c: c.flow_top(unknown_oi=True, ticker=["SPY", "QQQ"]), [])
    assert server.requests[0].url.query == b"ticker=SPY%2CQQQ&unknownOI=true"
    assert "X-Api-Key" not in server.requests[0].headers


def test_an_answer_of_another_server_is_understood(asked) -> None:
    """Fields are missing, null or not known here, whole numbers come as floats."""
    signal = {
        "ts": "2026-05-21T15:58:12.1234567Z", "expiry": "2026-05-29", "strike": 950,
        "right": "C", "size": 1500.0, "tags": None, "score_breakdown": {"premium": 22},
        "surprise": {"x": [1]},
    }  # fmt: skip
    body = {"symbol": "NVDA", "underlying_price": None, "signals": [signal], "new": 1}
    reply = asked(Server(httpx.Response(200, json=body)), signals, [])
    (told,) = reply.signals
    assert (told.strike, told.size, told.tags) == (950, 1500, ())
    assert (told.score_breakdown.premium, told.score_breakdown.tenor) == (22, None)
    assert (told.id, told.enrichment.iv, reply.chain.call_wall) == (None, None, None)
    assert reply.underlying_price is None
    assert reply.data_as_of.node is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "says"),
    [
        (400, {"status": "ERROR", "error": {"code": "invalid_expiry", "message": "m"},
               "message": "expiry must be a date"},
         errors.BadQuestion, "invalid_expiry", "expiry must be a date"),
        (400, {"error": "invalid_expiry", "message": "no date"},
         errors.BadQuestion, "invalid_expiry", "no date"),
        (401, {"title": "Unauthorized", "status": 401, "detail": "no such key"},
         errors.KeyRefused, None, "no such key"),
        (403, {"error": "tier_restricted", "message": "needs Growth",
               "current_plan": "Basic", "required_plan": "Growth"},
         errors.PlanTooLow, "tier_restricted", "needs Growth"),
        (404, {"error": "symbol_not_found", "message": "NOPE"},
         errors.NotFound, "symbol_not_found", "NOPE"),
        (409, {}, errors.Refused, None, "{}"),
        (422, {"error": {"code": "below_bound", "message": "too cheap"}},
         errors.BadQuestion, "below_bound", "too cheap"),
        (500, b"<html>\n oh  no", errors.ServerFailed, None, "<html> oh no"),
        (500, b"", errors.ServerFailed, None, "no reason was given"),
        (404, ["a list"], errors.NotFound, None, '["a list"]'),
    ],
)  # fmt: skip
def test_a_refusal_is_an_error_of_its_own(asked, status, body, kind, code, says) -> None:
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    server = Server(httpx.Response(status, **content))
    with pytest.raises(kind) as raised:
        asked(server, signals, [])
    error = raised.value
    assert (type(error), error.status, error.code) == (kind, status, code)
    assert says in str(error)
    assert SIGNALS in str(error)
    assert len(server.requests) == 1
    if kind is errors.PlanTooLow:
        assert (error.current_plan, error.required_plan) == ("Basic", "Growth")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_asked_again_after_2_4_and_8_seconds(asked, status) -> None:
    waits: list[float] = []
    server = Server(*[httpx.Response(status)] * 3, EMPTY)
    assert asked(server, signals, waits).symbol == "SPY"
    assert waits == [2.0, 4.0, 8.0]
    assert len(server.requests) == 4


def test_it_is_given_up_after_that(asked) -> None:
    waits: list[float] = []
    server = Server(httpx.Response(429, json={"message": "slow down"}))
    with pytest.raises(errors.TooMany, match="slow down"):
        asked(server, signals, waits)
    assert waits == [2.0, 4.0, 8.0]


def test_a_server_that_asks_for_longer_is_given_longer(asked) -> None:
    waits: list[float] = []
    hold = httpx.Response(429, headers={"Retry-After": "7"})
    asked(Server(hold, hold, EMPTY), signals, waits)
    assert waits == [7.0, 7.0]


def test_a_server_that_asks_for_an_hour_is_not_waited_for(asked) -> None:
    waits: list[float] = []
    server = Server(httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(errors.TooMany) as raised:
        asked(server, signals, waits)
    assert raised.value.retry_after_s == 3600
    assert waits == []


def test_where_no_answer_comes_it_is_asked_again(asked) -> None:
    waits: list[float] = []
    server = Server(httpx.ConnectError("refused"), httpx.ReadTimeout("late"), EMPTY)
    assert asked(server, signals, waits).symbol == "SPY"
    assert waits == [2.0, 4.0]


def test_where_none_ever_comes_it_says_so(asked) -> None:
    server = Server(httpx.ConnectError("refused"))
    with pytest.raises(errors.Unreachable, match="http://host: refused"):
        asked(server, signals, [])


def test_patience_can_be_chosen(asked) -> None:
    waits: list[float] = []
    server = Server(httpx.ConnectError("refused"))
    with pytest.raises(errors.Unreachable):
        asked(server, signals, waits, retries=Retries(delays_s=(0.5,)))
    assert waits == [0.5]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, json={"signals": 5}),
        httpx.Response(200, json=[1]),
        httpx.Response(302, headers={"Location": "http://elsewhere"}),
    ],
)
def test_what_cannot_be_read_says_so(asked, answer) -> None:
    with pytest.raises(errors.BadReply, match=SIGNALS):
        asked(Server(answer), signals, [])


def test_pages_follow_each_other(asked) -> None:
    pages = [
        httpx.Response(200, json={"data": [{"id": "a"}], "next_cursor": "c1"}),
        httpx.Response(200, json={"data": [{"id": "b"}], "next_cursor": None}),
    ]
    server = Server(*pages)

    def every(client: Client | AsyncClient):
        ask = asks.flow(min_score=50)
        if isinstance(client, Client):
            return list(client.pages(ask))

        async def collected():
            return [page async for page in client.pages(ask)]

        return collected()

    told = asked(server, every, [])
    assert [row.id for page in told for row in page.data] == ["a", "b"]
    queries = [request.url.query for request in server.requests]
    assert queries == [b"minScore=50", b"minScore=50&cursor=c1"]


@pytest.mark.parametrize("url", ["", "localhost:8321", "ftp://host", "http://"])
def test_an_address_that_is_none(asked, url) -> None:
    kind = Client if asked is waiting else AsyncClient
    with pytest.raises(errors.ClientError, match="a server is named as"):
        kind(url)
