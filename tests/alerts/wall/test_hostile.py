"""Hostile URLs reach nothing on this machine, and good ones are let through."""

import asyncio
import re
import socket
import ssl
from urllib.parse import urlsplit

import pytest

from hostile_urls import PRIVATE_4, PRIVATE_6, good, hostile
from opentape.alerts.wall.options import WallOptions
from opentape.alerts.wall.post import Poster
from opentape.alerts.wall.wall import Wall
from opentape.market.errors import BadUrl, Unreachable
from places import PUBLIC, Canary, Flipping, Names, Network, canary, place, replying


def open_to(port: int, **more) -> WallOptions:
    """The usual wall, but that ports and schemes stop nobody."""
    return WallOptions(ports=(80, 443, port), plain_http=True, connect_s=0.5, **more)


NO_TLS = ssl.create_default_context()
"""Slow to make; nothing here has a certificate."""


def posted(wall: Wall, network: Network, *urls: str) -> list[str]:
    """What became of requests: a status, or why there was none."""
    poster = Poster(wall, network, NO_TLS)

    async def one(url: str) -> str:
        try:
            return str((await poster.post(url, {}, b"{}")).status)
        except (BadUrl, Unreachable) as error:
            return type(error).__name__
        finally:
            poster.close()

    async def run() -> list[str]:
        return [await one(url) for url in urls]

    return asyncio.run(run())


def test_no_hostile_url_reaches_anything() -> None:
    with canary() as bird:
        urls = hostile(bird.port)
        assert len(urls) >= 500
        # names of the machine itself are looked up for real
        wall = Wall(open_to(bird.port))
        dialled = Network({})
        told = dict(zip(urls, posted(wall, dialled, *urls), strict=True))
        assert {url: one for url, one in told.items() if one != "BadUrl"} == {}
        assert dialled.dialled == []
        assert bird.visits == []


def test_many_of_them_reach_this_machine_where_there_is_no_wall() -> None:
    """The canary sings, and the URLs are as hostile as they look."""
    with canary() as bird:
        numbers = re.compile(r"https://[0-9a-fA-FxX.]+:.*")
        plain = filter(numbers.fullmatch, hostile(bird.port)[:300])
        reached = sum(_reaches(url, bird) for url in plain)
    assert reached >= 30
    assert len(bird.visits) == reached


def _reaches(url: str, bird: Canary) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        socket.create_connection((host, bird.port), timeout=0.2).close()
    except (OSError, UnicodeError):
        return False
    return True


@pytest.mark.parametrize("address", [*PRIVATE_4, *PRIVATE_6])
def test_a_name_with_one_address_that_is_not_public_is_refused(address: str) -> None:
    for answers in ([address], [PUBLIC, address], [address, PUBLIC]):
        with canary() as bird:
            names = Names({"evil.example.com": answers})
            wall, dialler = Wall(open_to(bird.port), names), Network({})
            url = f"https://evil.example.com:{bird.port}/"
            with pytest.raises(BadUrl, match="public addresses only"):
                wall.check(url)
            assert posted(wall, dialler, url) == ["BadUrl"]
            assert (dialler.dialled, bird.visits) == ([], [])


def test_an_answer_that_flips_after_the_check_changes_nothing() -> None:
    """Checked when it is made known and when it is dialled; the checked one is dialled."""
    with canary() as bird, place() as public:
        flips = Flipping([PUBLIC], ["127.0.0.1"])
        dialler = Network({PUBLIC: public.port})
        wall = Wall(open_to(bird.port), flips)
        url = f"http://flip.example.com:{bird.port}/"
        assert wall.check(url) == url
        assert posted(wall, dialler, *[url] * 20) == ["BadUrl", "204"] * 10
        assert {address for address, _ in dialler.dialled} == {PUBLIC}
        assert flips.asked == 21
        assert bird.visits == []


def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with canary() as bird:
        there = f"http://127.0.0.1:{bird.port}/"
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, there)
        with place(replying(307, Location=there)) as public:
            wall = Wall(open_to(public.port), Names({"a.example.com": [PUBLIC]}))
            network = Network({PUBLIC: public.port})
            asked = f"http://a.example.com:{public.port}/"
            assert posted(wall, network, asked) == ["307"]
        assert bird.visits == []


def test_no_good_url_is_refused() -> None:
    urls = good()
    assert len(set(urls)) >= 100

    class Anything:
        async def resolve(self, host: str) -> list[str]:
            assert host.isascii()
            return [PUBLIC]

    wall = Wall(WallOptions(plain_http=True), Anything())
    for url in urls:
        assert wall.check(url).isascii()
