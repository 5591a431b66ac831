"""Metrics: what Prometheus reads is what was counted, under names it takes."""

import asyncio
from typing import Any, cast

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from opentape.api.watch.served import STEPS_MS, UNROUTED, Served, Timed
from running import Running


class Ticking:
    """A clock that moves a millisecond each time it is looked at."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        self.ns += 1_000_000
        return self.ns

    wall_ns = now_ns

    def wait_s(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)


def families(live: Running) -> dict:
    found = requests.get(f"{live.url}/metrics", timeout=10)
    assert found.headers["Content-Type"].startswith("text/plain; version=")
    assert found.headers["Content-Type"].count("charset") == 1
    return {one.name: one for one in text_string_to_metric_families(found.text)}


def value(family, suffix: str = "", **labels: str) -> float:
    found = [
        sample.value
        for sample in family.samples
        if sample.name == family.name + suffix and labels.items() <= sample.labels.items()
    ]
    return sum(found)


@pytest.mark.slow
def test_the_page_tells_what_the_engine_counted(live: Running) -> None:
    told = families(live)
    meters = live.made.engine.meters
    assert 0 < value(told["opentape_prints"], "_total") <= meters.prints
    assert value(told["opentape_signals"], "_total") > 0
    assert value(told["opentape_chains_solved"], "_total") > 0
    assert value(told["opentape_chains_failed"], "_total") == 0
    assert value(told["opentape_engine_up"]) == 1
    assert value(told["opentape_engine_failed"]) == 0
    assert value(told["opentape_underlyings"]) == 5
    for name in ("opentape_push_delay_seconds", "opentape_view_delay_seconds"):
        steps = [one for one in told[name].samples if one.name.endswith("_bucket")]
        counts = [one.value for one in steps]
        assert counts == sorted(counts)
        assert counts[-1] == value(told[name], "_count") > 0
        assert steps[-1].labels["le"] == "+Inf"
    assert all(one.documentation and one.type != "unknown" for one in told.values())


@pytest.mark.slow
def test_requests_are_counted_by_template_never_by_path(live: Running) -> None:
    route = "/v1/flow/signals/{symbol}"
    first = families(live)
    before = value(first["opentape_requests"], "_total", route=route, status="200")
    timed = value(first["opentape_request_seconds"], "_count", route=route)
    for symbol in ("SPY", "a-secret", "NVDA"):
        url = f"{live.url}/v1/flow/signals/{symbol}?tag=private"
        assert requests.get(url, headers=live.headers, timeout=10).status_code == 200
    assert requests.get(f"{live.url}/v1/flow/signals/x", timeout=10).status_code == 401
    assert requests.get(f"{live.url}/nothing/here", timeout=10).status_code == 401
    told = families(live)
    requests_ = told["opentape_requests"]
    assert value(requests_, "_total", route=route, status="200") == before + 3
    assert value(requests_, "_total", route=UNROUTED, status="401") >= 2
    took = told["opentape_request_seconds"]
    assert value(took, "_count", route=route) == timed + 3
    labels = {
        text for one in told.values() for s in one.samples for text in s.labels.values()
    }
    assert not any("secret" in text or "private" in text for text in labels)


def test_an_answer_is_timed_to_its_beginning() -> None:
    served = Served()

    async def app(scope, _receive, send) -> None:
        scope["path_template"] = "/a/{b}"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    sent = []

    async def send(message) -> None:
        sent.append(message["type"])

    timed = Timed(app, served, Ticking())
    asyncio.run(timed({"type": "http"}, cast("Any", None), send))
    assert sent == ["http.response.start", "http.response.body"]
    assert served.requests == {("/a/{b}", 200): 1}
    took = served.took["/a/{b}"]
    assert took.total_ns == 1_000_000
    assert took.counts == [1] + [0] * len(STEPS_MS)
