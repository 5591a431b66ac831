"""The rules: what the usual wall and others let through."""

import asyncio
import re

import pytest
from structlog.testing import capture_logs

from opentape.alerts.wall.names import SystemResolver
from opentape.alerts.wall.options import WallOptions
from opentape.alerts.wall.wall import Wall
from opentape.market.errors import BadUrl, Unreachable
from places import PUBLIC, PUBLIC_6, Names

NAMES = Names(
    {
        "a.example.com": [PUBLIC, PUBLIC_6],
        "empty.example.com": [],
        "odd.example.com": [PUBLIC, "elsewhere"],
        "localhost": ["127.0.0.1", "::1"],
    }
)


def wall(**options) -> Wall:
    return Wall(WallOptions(**options), NAMES)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://a.example.com/", "a URL must begin with https://"),
        ("https://a.example.com:8443/", "a port must be 80 or 443, was 8443"),
        ("https://localhost/", "must be a public name"),
        ("https://intranet/", "must be a public name"),
        ("https://x.localhost/", "must be a public name"),
        ("https://127.0.0.1/", "public addresses only, one is loopback"),
        ("https://odd.example.com/", "addresses that can be read"),
    ],
)
def test_the_usual_wall(url: str, rule: str) -> None:
    with pytest.raises(BadUrl, match=re.escape(rule)):
        wall().check(url)


def test_ports_and_plain_http_can_be_allowed() -> None:
    lower = wall(ports=(8443,), plain_http=True)
    assert lower.check("http://a.example.com:8443/x") == "http://a.example.com:8443/x"
    with pytest.raises(BadUrl, match="a port must be 8443, was 443"):
        lower.check("https://a.example.com/")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9/x",
        "http://127.0.0.1:9/",
        "https://127.8.8.8/",
        "http://[::1]:9/",
    ],
)
def test_loopback_is_let_through_where_that_is_said(url: str) -> None:
    assert wall(loopback=True).check(url) == url
    with pytest.raises(BadUrl):
        wall().check(url)


def test_loopback_is_told_of_loudly() -> None:
    with capture_logs() as logs:
        wall(loopback=True).check("http://127.0.0.1:8080/hook")
        wall().check("https://a.example.com/")
    assert [(one["log_level"], one.get("port")) for one in logs] == [
        ("warning", None),
        ("warning", 8080),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example.com/", "https://10.0.0.1/", "https://[::ffff:127.0.0.1]/",
        "https://a.localhost/", "http://0.0.0.0/", "https://127.1/",
    ],
)  # fmt: skip
def test_loopback_lets_nothing_else_through(url: str) -> None:
    with pytest.raises(BadUrl):
        wall(loopback=True).check(url)


def test_another_name_may_not_lead_to_loopback_even_then() -> None:
    names = Names({"evil.example.com": ["127.0.0.1"], "localhost": ["192.168.0.1"]})
    open_wall = Wall(WallOptions(loopback=True), names)
    for url in ("https://evil.example.com/", "http://localhost/"):
        with pytest.raises(BadUrl, match="public addresses only"):
            open_wall.check(url)


@pytest.mark.parametrize("host", ["none.example.com", "empty.example.com"])
def test_a_name_without_addresses_passes_until_it_is_dialled(host: str) -> None:
    url = wall().read(wall().check(f"https://{host}/"))
    with pytest.raises(Unreachable) as caught:
        asyncio.run(wall().addresses(url))
    assert caught.value.why == "lookup"


def test_a_name_server_that_never_answers_is_not_waited_for() -> None:
    class Silent:
        async def resolve(self, host: str) -> list[str]:
            await asyncio.sleep(60)
            return [host]

    silent = Wall(WallOptions(lookup_s=0.01), Silent())
    assert silent.check("https://a.example.com/") == "https://a.example.com/"


def test_every_address_is_told_in_order() -> None:
    found = asyncio.run(wall().addresses(wall().read("https://a.example.com/")))
    assert [str(one) for one in found] == [PUBLIC, PUBLIC_6]


def test_the_machine_looks_names_up() -> None:
    resolver = SystemResolver()
    assert "127.0.0.1" in asyncio.run(resolver.resolve("localhost"))
    with pytest.raises(OSError, match=r"."):
        asyncio.run(resolver.resolve("a" * 70 + ".invalid"))
