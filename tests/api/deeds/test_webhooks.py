"""Webhooks over HTTP, as the documents' own clients ask, against a server that delivers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import httpx
import pytest

from couriers import told
from opentape.client import Client
from opentape.desk.clock import SystemClock
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.options import Plan
from opentape.wiring.keys import key_store
from places import Place, place, replying
from server import Running, until

ALL = "/v1/webhooks"


def verify_webhook(payload_bytes, signature_header, secret):
    """As the radar family's documents tell its users to, word by word."""
    expected = hmac.new(secret.encode(), payload_bytes, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}", signature_header)


@pytest.fixture
def asking(live: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, headers=live.headers, timeout=30) as client:
        yield client


@pytest.fixture
def there() -> Iterator[Place]:
    with place(replying(200, b"thanks")) as found:
        yield found


@pytest.fixture(scope="module", autouse=True)
def _delivering(live: Running) -> Iterator[None]:
    with live.made.post.courier:
        yield


def made(asking: httpx.Client, there: Place, **more) -> dict:
    asked = {"url": f"http://127.0.0.1:{there.port}/hook", "events": ["signal.new"]} | more
    answer = asking.post(ALL, json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def tell(live: Running, name: str) -> str:
    event = told(name, SystemClock().wall_ns(), score=80)
    live.made.post.stores.outbox.tell([event])
    return event.id


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "https://your-server.com/webhook",
         "events": ["order.filled", "alert.triggered"]},
        {"url": "https://your-server.com/flow-hook", "minScore": 75,
         "events": ["flow.extreme", "flow.elevated"]},
    ],
)  # fmt: skip
def test_bodies_of_both_documents_are_taken(asking: httpx.Client, asked: dict) -> None:
    answer = asking.post(ALL, json=asked)
    assert answer.status_code == 200
    found = answer.json()
    assert found["id"].startswith("wh_")
    assert found["secret"].startswith("whsec_")
    assert found["endpoint_version"]
    listed = asking.get(ALL).json()
    assert listed["count"] == len(listed["data"])
    assert asked["url"] in {one["url"] for one in listed["data"]}


def test_an_event_is_posted_signed(live: Running, asking, there: Place) -> None:
    hook = made(asking, there, minScore=70)
    event_id = tell(live, "posted")
    until(lambda: there.requests, 5)
    (request,) = there.requests
    assert request.headers["webhook-id"] == event_id
    body = json.loads(request.body)
    assert (body["event"], body["data"]) == ("signal.new", {"id": "posted"})
    content = f"{event_id}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    signature = request.headers["x-signature"]
    assert verify_webhook(request.body, signature, hook["secret"])
    assert not verify_webhook(request.body + b" ", signature, hook["secret"])


def test_the_whole_life_of_one(asking, there: Place) -> None:
    hook = made(asking, there)
    mine = f"{ALL}/{hook['id']}"
    tested = asking.post(f"{mine}/test").json()["id"]

    def row() -> dict:
        return asking.get(f"{mine}/deliveries").json()["data"][0]

    until(lambda: row()["state"] == "delivered", 5)
    assert row()["id"] == tested
    (attempt,) = row()["attempts"]
    assert (attempt["number"], attempt["status"], attempt["answer"]) == (1, 200, "thanks")
    assert attempt["latency_ms"] > 0
    assert asking.post(f"{mine}/replay", json={"id": tested}).json()["count"] == 1
    until(lambda: len(row()["attempts"]) == 2, 5)
    changed = asking.patch(mine, json={"minScore": 99, "description": "x"}).json()
    assert (changed["minScore"], changed["description"]) == (99, "x")
    rotated = asking.post(f"{mine}/rotate").json()
    assert rotated["secret"] != hook["secret"]
    assert asking.patch(mine, json={"enabled": False}).json()["state"] == "disabled"
    assert asking.get(mine).json()["reason"] == "owner"
    assert asking.delete(mine).json()["removed"] is True
    gone = asking.get(mine)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "INVALID_REQUEST", "url"),
        ({"url": "https://127.1/", "events": ["flow.extreme"]}, "INVALID_URL", "url"),
        ({"url": "http://10.0.0.1/", "events": ["flow.extreme"]}, "INVALID_URL", "url"),
        ({"url": "https://8.8.8.8/", "events": []}, "INVALID_REQUEST", "events"),
    ],
)
def test_what_cannot_be_is_told_in_one_shape(asking, body, code, field) -> None:
    answer = asking.post(ALL, json=body)
    assert answer.status_code == 400
    told_back = answer.json()
    assert told_back["status"] == "ERROR"
    assert told_back["error"]["code"] == code
    assert told_back["error"]["details"] == {"field": field}
    assert told_back["message"] == told_back["error"]["message"]


def test_large_bodies_and_other_methods_are_refused(asking: httpx.Client) -> None:
    large = asking.post(ALL, content=b'{"url":"' + b"x" * 70_000 + b'"}')
    assert (large.status_code, large.json()["error"]["code"]) == (413, "TOO_LARGE")
    other = asking.put(ALL, json={})
    assert other.status_code == 405
    assert {"GET", "POST"} <= {one.strip() for one in other.headers["allow"].split(",")}


def test_who_may(live: Running, asking, there: Place) -> None:
    hook = made(asking, there)
    settings = live.made.settings
    store, now_ns = key_store(settings), SystemClock().wall_ns()
    keys = {
        plan: make_key(store, Wish(plan=plan), settings.plans, now_ns).text
        for plan in (Plan.GROWTH, Plan.ELITE, Plan.ALPHA)
    }
    live.made.access.ring.sync()

    def status(plan: Plan, path: str = ALL) -> int:
        return asking.get(path, headers={"X-Api-Key": keys[plan]}).status_code

    assert [status(plan) for plan in keys] == [403, 200, 200]
    assert status(Plan.ALPHA, f"{ALL}/{hook['id']}") == 404
    signals = {"url": "https://8.8.8.8/", "events": ["signal.new"]}
    refused = asking.post(ALL, json=signals, headers={"X-Api-Key": keys[Plan.ELITE]})
    assert refused.status_code == 403
    assert refused.json()["required_plan"] == "Alpha"
    assert httpx.post(f"{live.url}{ALL}", json=signals).status_code == 401


def test_our_own_client_does_it_too(live: Running, there: Place) -> None:
    url = f"http://127.0.0.1:{there.port}/client"
    with Client(live.url, api_key=live.key) as client:
        hook = client.webhook_create({"url": url, "events": ["webhook.disabled"]})
        assert client.webhook(hook.id).url == url
        client.webhook_test(hook.id)
        until(lambda: there.requests, 5)
        page = client.webhook_deliveries(hook.id, limit=5)
        assert [one.event for one in page.data] == ["webhook.test"]
        assert client.webhook_remove(hook.id).removed
