"""Alerts over HTTP, against a running server."""

import httpx
import pytest

from opentape.client import Client
from running import Running

ALL = "/v1/alerts"


def test_the_whole_life_of_one(live: Running) -> None:
    with httpx.Client(base_url=live.url, headers=live.headers, timeout=30) as asking:
        wish = {"kind": "level", "symbols": ["SPY"], "level": "call_wall", "name": "wall"}
        made = asking.post(ALL, json=wish)
        assert made.status_code == 200, made.text
        body = made.json()
        assert (body["level"], body["crossing"], body["enabled"]) == (
            "call_wall",
            "any",
            True,
        )
        mine = f"{ALL}/{body['id']}"
        assert asking.get(mine).json()["name"] == "wall"
        assert body["id"] in {one["id"] for one in asking.get(ALL).json()["data"]}
        changed = asking.patch(mine, json={"crossing": "up"}).json()
        assert changed["crossing"] == "up"
        assert asking.get(f"{mine}/firings").json()["data"] == []
        assert asking.delete(mine).json()["removed"] is True
        gone = asking.get(mine)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "price", "symbols": ["SPY"]}, "price"),
        ({"kind": "signal", "when": "import os"}, "when"),
    ],
)
def test_what_cannot_be_watched_is_told_in_one_shape(
    live: Running, body: dict, field: str
) -> None:
    answer = httpx.post(f"{live.url}{ALL}", json=body, headers=live.headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"
    assert answer.json()["error"]["details"] == {"field": field}


def test_our_own_client_does_it_too(live: Running) -> None:
    with Client(live.url, api_key=live.key) as client:
        made = client.alert_create({"kind": "price", "symbols": ["SPY"], "price": 1.0})
        assert client.alert(made.id).price == 1.0
        assert client.alert_change(made.id, {"enabled": False}).enabled is False
        assert client.alert_firings(made.id, limit=5).data == ()
        assert client.alert_remove(made.id).removed
