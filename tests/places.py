"""Places on this machine that requests may reach, or must not: canaries and receivers."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from ipaddress import ip_address
from typing import NamedTuple

from opentape.alerts.wall.dial import SystemDialler
from opentape.alerts.wall.ranges import Address

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"


class Names:
    """Names with the addresses that a test says; fills `Resolver`."""

    def __init__(self, told: Mapping[str, Sequence[str]]) -> None:
        self.told = dict(told)
        self.asked: list[str] = []

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.told:
            raise OSError("no such name")
        return self.told[host]


class Flipping:
    """Answers in turn, as a name server does that lets its answers expire at once."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = answers
        self.asked = 0

    async def resolve(self, host: str) -> Sequence[str]:
        del host
        self.asked += 1
        return self._answers[(self.asked - 1) % len(self._answers)]


class Network:
    """A network in which public addresses lead to places on this machine.

    Whatever it does not know is dialled for real. Fills `Dialler`.
    """

    def __init__(self, places: Mapping[str, int]) -> None:
        self._places = {ip_address(name): port for name, port in places.items()}
        self._real = SystemDialler()
        self.dialled: list[tuple[str, int]] = []

    async def open(self, address: Address, port: int) -> socket.socket:
        self.dialled.append((str(address), port))
        if address in self._places:
            address, port = ip_address("127.0.0.1"), self._places[address]
        return await self._real.open(address, port)


class Canary(NamedTuple):
    """Listens on every address of this machine; nobody should come."""

    port: int
    visits: list[str]


@contextmanager
def canary() -> Generator[Canary]:
    listening = socket.create_server(
        ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512
    )
    listening.settimeout(0.02)
    found = Canary(listening.getsockname()[1], [])
    over = threading.Event()

    def listen() -> None:
        # once more after the end: who came last may still wait
        while True:
            ends = over.is_set()
            try:
                came, _ = listening.accept()
            except TimeoutError:
                if ends:
                    return
                continue
            found.visits.append(came.getsockname()[0])
            came.close()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
        listening.close()


class Request(NamedTuple):
    """What a place was asked."""

    line: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[Request], bytes | Awaitable[bytes]]


def replying(status: int = 204, body: bytes = b"", **headers: str) -> bytes:
    """An answer in full."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def taken(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection, None at its end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    line, *rest = head.strip().split("\r\n")
    pairs = (one.partition(":") for one in rest)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(line, headers, body)


class Place(NamedTuple):
    """Answers as it was told, and keeps what it was asked."""

    port: int
    requests: list[Request]
    connections: list[int]
    """One entry a connection: requests that came over it."""


class _Serving:
    """One receiver on an event loop."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._writers: list[asyncio.StreamWriter] = []
        self.requests: list[Request] = []
        self.connections: list[int] = []
        self.started: Future[tuple[int, Callable[[], object]]] = Future()

    async def run(self, context: ssl.SSLContext | None) -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=context, backlog=512
        )
        port = server.sockets[0].getsockname()[1]
        self.started.set_result((port, lambda: loop.call_soon_threadsafe(over.set)))
        await over.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.append(writer)
        mine = len(self.connections)
        self.connections.append(0)
        while (request := await taken(reader)) is not None:
            self.requests.append(request)
            self.connections[mine] += 1
            told = self._reply(request)
            if not isinstance(told, bytes):
                told = await told
            writer.write(told)
            if not told or b"onnection: close" in told:
                break
        writer.close()


@contextmanager
def place(
    reply: Reply | bytes | None = None, context: ssl.SSLContext | None = None
) -> Generator[Place]:
    """Run a receiver on 127.0.0.1 on a thread of its own.

    `reply` gives the bytes that are sent back; after none at all the connection ends.
    """
    told = replying() if reply is None else reply
    serving = _Serving(told if callable(told) else lambda _: told)
    thread = threading.Thread(target=lambda: asyncio.run(serving.run(context)))
    thread.start()
    port, stop = serving.started.result(5)
    try:
        yield Place(port, serving.requests, serving.connections)
    finally:
        stop()
        thread.join()
