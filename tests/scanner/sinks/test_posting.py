"""What is posted, with which headers, and what a refusal means."""

import asyncio
import hashlib
import hmac
import json

import httpx
import pytest

from alerts import alerts
from opentape.scanner.day import Digest
from opentape.scanner.sinks.alert import SinkFailed
from opentape.scanner.sinks.discord import Discord
from opentape.scanner.sinks.posting import Poster
from opentape.scanner.sinks.slack import Slack
from opentape.scanner.sinks.webhook import Webhook

URL = "https://hooks.example.com/services/T000/B000/secret"
DAY = Digest(alerts(1)[0].at.date(), ())


def poster(answer: httpx.Response | Exception, seen: list[httpx.Request]) -> Poster:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Poster(URL, httpx.MockTransport(handle))


def test_a_batch_is_one_message() -> None:
    for kind in (Slack, Discord):
        seen: list[httpx.Request] = []
        asyncio.run(kind(poster(httpx.Response(204), seen)).send(alerts(1, kind.most)))
        (request,) = seen
        assert str(request.url) == URL
        assert request.headers["Content-Type"] == "application/json"
        body = json.loads(request.content)
        assert len(body.get("attachments", body.get("embeds"))) == kind.most


def test_a_webhook_is_posted_each_with_its_key_and_signed() -> None:
    seen: list[httpx.Request] = []
    sink = Webhook(poster(httpx.Response(200), seen), "whsec", {"X-Mine": "1"})
    asyncio.run(sink.send(alerts(1, 3)))
    asyncio.run(sink.send_digest(DAY))
    keys = [request.headers["Idempotency-Key"] for request in seen]
    assert keys == [*(alert.key for alert in alerts(1, 3)), "digest-2026-05-21"]
    for request in seen:
        made = hmac.new(b"whsec", request.content, hashlib.sha256).hexdigest()
        assert request.headers["X-Signature"] == f"sha256={made}"
        assert request.headers["X-Mine"] == "1"


def test_without_a_secret_nothing_is_signed() -> None:
    seen: list[httpx.Request] = []
    asyncio.run(Webhook(poster(httpx.Response(200), seen)).send(alerts(1, 1)))
    assert "X-Signature" not in seen[0].headers


@pytest.mark.parametrize(
    ("answer", "lasting", "wait_s"),
    [
        (httpx.Response(404, text="no_service"), True, None),
        (httpx.Response(410), True, None),
        (httpx.Response(400, text="invalid_payload"), True, None),
        (httpx.Response(302, headers={"Location": "http://10.0.0.1"}), True, None),
        (httpx.Response(429, headers={"Retry-After": "7"}), False, 7.0),
        (httpx.Response(429, json={"retry_after": 0.75}), False, 0.75),
        (httpx.Response(500), False, None),
        (httpx.Response(503, headers={"Retry-After": "5"}), False, 5.0),
        (httpx.ConnectError("no route to secret"), False, None),
        (httpx.ReadTimeout("late"), False, None),
    ],
)
def test_a_refusal(answer, *, lasting: bool, wait_s: float | None) -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(SinkFailed) as raised:
        asyncio.run(Slack(poster(answer, seen)).send(alerts(1, 1)))
    error = raised.value
    assert (error.lasting, error.retry_after_s) == (lasting, wait_s)
    assert "hooks.example.com" in str(error)
    assert "secret" not in str(error)
    assert error.__cause__ is None
    assert len(seen) == 1
