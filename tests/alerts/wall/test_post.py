"""POST: what goes out, what comes back, and everything that goes wrong on the way."""

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from opentape.alerts.wall.options import WallOptions
from opentape.alerts.wall.post import Poster
from opentape.alerts.wall.wall import Wall
from opentape.market.errors import Unreachable
from places import PUBLIC, PUBLIC_6, Names, Network, Place, Request, canary, place, replying

HOST = "a.example.com"


def posting(to: Place, times: int = 1, path: str = "/hook", **options):
    """The last of some answers of a place, asked over plain HTTP."""
    options = {"ports": (to.port,), "plain_http": True} | options
    wall = Wall(WallOptions(**options), Names({HOST: [PUBLIC]}))

    async def run():
        poster = Poster(
            wall, Network({PUBLIC: to.port}), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        try:
            for _ in range(times):
                found = await poster.post(
                    f"http://{HOST}:{to.port}{path}", {"X-A": "b"}, b'{"a":1}'
                )
        finally:
            poster.close()
        return found

    return asyncio.run(run())


def refused(to: Place, **options) -> str:
    with pytest.raises(Unreachable) as caught:
        posting(to, **options)
    return caught.value.why


def test_what_goes_out_and_what_comes_back() -> None:
    with place(replying(202, b"taken", X_Told="yes")) as there:
        answer = posting(there)
        assert (answer.status, answer.body, answer.headers["x-told"]) == (
            202,
            b"taken",
            "yes",
        )
        assert there.requests == [
            Request(
                "POST /hook HTTP/1.1",
                {"host": f"{HOST}:{there.port}", "content-length": "7", "x-a": "b"},
                b'{"a":1}',
            )
        ]


def test_connections_are_used_again() -> None:
    with place() as there:
        posting(there, times=5)
        assert there.connections == [5]


def test_connections_that_end_are_not() -> None:
    with place(replying(204, Connection="close")) as there:
        assert posting(there, times=3).status == 204
        assert there.connections == [1, 1, 1]


def test_a_connection_that_ended_in_between_is_opened_anew() -> None:
    answers = iter([replying(), b"", replying()])
    with place(lambda _: next(answers)) as there:
        assert posting(there, times=2).status == 204
        assert there.connections == [2, 1]


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), 200, b"abc"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 X\r\nContent-Length: 1\r\n\r\na",
         201, b"a"),
        (b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP garbage", 200, b"a"),
        (b"HTTP/1.0 500 X\r\nContent-Length: 0\r\n\r\n", 500, b""),
        (b"HTTP/1.1 204 No\r\n\r\nHTTP/1.1 500 X\r\nContent-Length: 1\r\n\r\nx", 204, b""),
    ],
)  # fmt: skip
def test_answers_of_every_shape(raw: bytes, status: int, body: bytes) -> None:
    with place(raw) as there:
        answer = posting(there, times=2)
        assert (answer.status, answer.body) == (status, body)


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    answers = iter([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"])
    with place(lambda _: next(answers)) as there:
        assert posting(there).body == b"abc"


def test_a_long_body_is_not_read() -> None:
    told = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n" + b"x" * 300_000
    with place(told) as there:
        assert posting(there, most_body_bytes=1_000).body == b"x" * 1_000


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"", "hang_up"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\na", "hang_up"),
        (b"no http at all\r\n\r\n", "garbage"),
        (b"\x16\x03\x01\x02\x00", "garbage"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "garbage"),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 2_000,
            "garbage",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\n", "timeout"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na", "timeout"),
    ],
)
def test_what_is_no_answer(told: bytes, why: str) -> None:
    with place(told) as there:
        assert refused(there, timeout_s=0.15) == why


def test_what_follows_the_chunks_is_not_read_for_ever() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    with place(head + b"X-A: b\r\n" * 40_000) as there:
        answer = posting(there, most_body_bytes=1_000)
        assert (answer.status, answer.body) == (200, b"a")
        assert len(answer.headers) < 300


def test_nobody_there() -> None:
    with canary() as bird:
        pass
    assert refused(Place(bird.port, [], [])) == "connect"


def test_a_second_address_is_dialled_where_the_first_is_dead() -> None:
    with canary() as bird:
        pass
    with place() as there:
        wall = Wall(WallOptions(plain_http=True), Names({HOST: [PUBLIC_6, PUBLIC]}))
        network = Network({PUBLIC_6: bird.port, PUBLIC: there.port})

        async def run() -> int:
            poster = Poster(wall, network, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
            answer = await poster.post(f"http://{HOST}/", {}, b"")
            poster.close()
            return answer.status

        assert asyncio.run(run()) == 204
        assert network.dialled == [(PUBLIC_6, 80), (PUBLIC, 80)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for `HOST` and `PUBLIC_6`, and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = f"subjectAltName=DNS:{HOST},IP:{PUBLIC_6}"
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", names,
        "-keyout", "key.pem", "-out", "cert.pem",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, cwd=path.parent)  # noqa: S603
    parts = (path.parent / name for name in ("key.pem", "cert.pem"))
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize(
    ("asked", "trusted", "found"),
    [
        (HOST, True, "204 a.example.com"),
        (f"[{PUBLIC_6}]", True, "204 None"),
        (HOST, False, "tls"),
        ("other.example.com", True, "tls"),
        (PUBLIC, True, "tls"),
    ],
)
def test_the_certificate_is_for_the_name_that_was_asked(
    certificate: Path, asked: str, found: str, *, trusted: bool
) -> None:
    """The address is dialled, but the name is what is shown and checked."""
    shown: list[str | None] = []
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    server.sni_callback = lambda _socket, name, _context: shown.append(name)
    client = ssl.create_default_context()
    if trusted:
        client.load_verify_locations(certificate)
    with place(context=server) as there:
        told = {HOST: [PUBLIC], "other.example.com": [PUBLIC]}
        network = Network({PUBLIC: there.port, PUBLIC_6: there.port})

        async def run() -> str:
            poster = Poster(Wall(WallOptions(), Names(told)), network, client)
            try:
                return str((await poster.post(f"https://{asked}/", {}, b"")).status)
            except Unreachable as error:
                return error.why
            finally:
                poster.close()

        became = asyncio.run(run())
        if became == "204":
            became = f"{became} {shown[0]}"
            assert there.requests[0].headers["host"] == asked
        assert became == found


def test_plain_http_where_tls_was_asked_for() -> None:
    with place(b"HTTP/1.1 400 Bad\r\n\r\n") as there:
        wall = Wall(WallOptions(timeout_s=0.3), Names({HOST: [PUBLIC]}))

        async def run() -> str:
            poster = Poster(wall, Network({PUBLIC: there.port}))
            with pytest.raises(Unreachable) as caught:
                await poster.post(f"https://{HOST}/", {}, b"")
            return caught.value.why

        assert asyncio.run(run()) in {"tls", "hang_up", "timeout"}
