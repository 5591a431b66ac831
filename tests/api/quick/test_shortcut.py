"""What is answered at once is what the framework answers."""

import json
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from opentape.desk.clock import SystemClock
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.options import Plan
from opentape.wiring.keys import key_store
from running import Running

GREEKS = "/v1/pricing/greeks?spot=580&strike=580&dte=30&sigma=0.18"


class Told(NamedTuple):
    """An answer without what moves from one to the next."""

    status: int
    headers: frozenset[tuple[str, str]]
    body: object


def told(got: httpx.Response) -> Told:
    moving = {"date", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit"}
    moving |= {"content-length", "x-data-as-of"}
    headers = frozenset((k, "" if k in moving else v) for k, v in got.headers.items())
    body = json.loads(got.content)
    parts = body if isinstance(body, list) else [body]
    return Told(got.status_code, headers, [{**part, "data_as_of": None} for part in parts])


def new_key(live: Running, **wish) -> str:
    settings = live.made.settings
    now_ns = SystemClock().wall_ns()
    return make_key(key_store(settings), Wish(**wish), settings.plans, now_ns).text


def asked(
    live: Running, path: str, *, key: str | None = None, times: int = 3
) -> list[Told]:
    headers = {} if key == "" else {"X-Api-Key": key or live.key}
    with httpx.Client(base_url=live.url, headers=headers) as client:
        return [told(client.get(path)) for _ in range(times)]


def counted(live: Running, route: str, status: int) -> int:
    start = f'opentape_requests_total{{route="{route}",status="{status}"}} '
    lines = httpx.get(f"{live.url}/metrics").text.splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith(start))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (GREEKS, 200),
        ("/health", 200),
        ("/v1/methodology", 200),
        ("/v1/maxpain/spy", 200),
        # an array, whose envelope is in its headers
        ("/optionquote/SPY?expiry=2026-06-18", 200),
        ("/v1/pricing/greeks?spot=580", 400),
        ("/v1/maxpain/SPY?expiration=friday", 400),
        ("/v1/maxpain/SPY?expiration=2031-01-02", 404),
        ("/v1/maxpain/NONE", 404),
        ("/v1/nothing", 404),
        ("/v1/maxpain/S%50Y", 200),
    ],
)
def test_the_second_answer_is_the_first_one_again(
    live: Running, path: str, status: int
) -> None:
    first, *others = asked(live, path)
    assert first.status == status
    assert others == [first, first]


def test_a_bad_query_is_refused_where_a_good_one_was_answered(live: Running) -> None:
    [good] = asked(live, GREEKS, times=1)
    [bad] = asked(live, "/v1/pricing/greeks?spot=x", times=1)
    assert (good.status, bad.status) == (200, 400)


def test_keys_plans_and_limits_hold_on_the_shortcut(live: Running) -> None:
    path = "/v1/flow/signals/SPY"
    assert asked(live, path, times=1)[0].status == 200
    assert asked(live, path, key="", times=1)[0].status == 401
    assert asked(live, path, key="ot_aaaaaaaaaa_b", times=1)[0].status == 401
    basic = new_key(live, plan=Plan.BASIC)
    assert asked(live, path, key=basic, times=1)[0].status == 403
    slow = new_key(live, rate=2)
    found = asked(live, path, key=slow, times=4)
    assert [one.status for one in found] == [200, 200, 429, 429]
    names = {name for name, _ in found[-1].headers}
    assert {"retry-after", "ratelimit-policy", "access-control-allow-origin"} <= names
    got = httpx.get(f"{live.url}{path}?apiKey={live.key}")
    assert got.status_code == 200


def test_every_answer_is_counted_once(live: Running) -> None:
    before = counted(live, "/v1/pricing/greeks", 200)
    asked(live, GREEKS, times=5)
    assert counted(live, "/v1/pricing/greeks", 200) == before + 5
    refused = counted(live, "unrouted", 401)
    asked(live, GREEKS, key="", times=3)
    assert counted(live, "unrouted", 401) == refused + 3


def test_other_methods_go_to_the_framework(live: Running) -> None:
    asked(live, GREEKS, times=2)
    headers = {"X-Api-Key": live.key}
    assert httpx.post(live.url + GREEKS, headers=headers).status_code == 405
    head = httpx.head(live.url + GREEKS, headers=headers)
    assert (head.status_code, head.content) == (200, b"")


def sent(live: Running, requests: bytes) -> bytes:
    """Send bytes and return all that comes back until the server closes."""
    where = urlsplit(live.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(requests)
        parts = []
        while part := line.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def request(live: Running, version: str = "1.1", *more: str) -> bytes:
    host = urlsplit(live.url).netloc
    lines = (f"GET /health HTTP/{version}", f"Host: {host}", *more, "", "")
    return "\r\n".join(lines).encode()


def test_what_is_asked_in_one_go_is_answered_in_order(live: Running) -> None:
    asked(live, "/health", times=2)
    last = request(live, "1.1", "Connection: close")
    got = sent(live, request(live) * 50 + last)
    assert got.count(b"HTTP/1.1 200 OK\r\n") == 51
    assert got.count(b"connection: close\r\n") == 1


def test_a_connection_is_closed_for_who_asks_for_it(live: Running) -> None:
    asked(live, "/health", times=2)
    head, _, body = sent(live, request(live, "1.0")).partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"content-length: %d" % len(body) in head
    assert json.loads(body)["status"]
