"""Listen to a server's stream with many clients and say how many rows came, and how late.

A process of its own beside the server. A client's frames are walked by their lengths; of
those whose delay is asked for, the number in the cursor is read too. It ends when all that
it waits for has come, or after so many seconds.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from typing import Any

import uvloop

from opentape.desk.clock import SystemClock

HOST = "127.0.0.1"
wall_ns = SystemClock().wall_ns
CURSOR = b'"cursor":"'
LONG, LONGER = 126, 127
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Heard:
    """What all clients have heard."""

    def __init__(self, wanted: int) -> None:
        self.rows = 0
        self.wanted = wanted
        self.last_ns = 0
        self.open = 0
        self.lost = 0
        self.over = asyncio.Event()
        self.ready = asyncio.Event()

    def add(self, rows: int) -> None:
        self.rows += rows
        self.last_ns = wall_ns()
        if self.rows >= self.wanted:
            self.over.set()


class Client(asyncio.BufferedProtocol):
    """One WebSocket; `told` reads what a row is known by, if its coming is timed."""

    def __init__(self, heard: Heard, request: bytes, *, told: Any) -> None:
        self._heard = heard
        self._request = request
        self._room = bytearray(1 << 16)
        self._view = memoryview(self._room)
        self._kept = b""
        self._upgraded = False
        self._told = told
        self.came: list[tuple[int, int]] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        self._heard.lost += 1

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self._view

    def buffer_updated(self, count: int) -> None:
        data = self._kept + self._view[:count]
        at = 0
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._kept = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(f"refused: {data[:300]!r}")
            at, self._upgraded = end + 4, True
            self._heard.open += 1
            self._heard.ready.set()
        self._kept = data[self._walk(data, at) :]

    def _walk(self, data: bytes, at: int) -> int:
        """Count whole frames and return where the first that is not whole begins."""
        rows, size = 0, len(data)
        while at + 4 <= size:
            length, begin = data[at + 1], at + 2
            if length == LONG:
                length, begin = data[at + 2] << 8 | data[at + 3], at + 4
            elif length == LONGER:
                length, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            end = begin + length
            if end > size:
                break
            if data[at] == 0x81:  # noqa: PLR2004 - a whole text message
                rows += 1
                if self._told is not None:
                    self.came.append((self._told(data, begin, end), wall_ns()))
            at = end
        if rows:
            self._heard.add(rows)
        return at


def instant_of(data: bytes, begin: int, end: int) -> int:
    """Return the nanoseconds in the id of a row: of its first print."""
    at = data.index(b"-", begin, end) + 1
    return int(data[at : data.index(b"-", at, end)])


def number_of(data: bytes, begin: int, end: int) -> int:
    """Return the number in the cursor of a row."""
    at = data.rindex(CURSOR, begin, end)
    return int(data[data.index(b".", at) + 1 : data.index(b'"', at + len(CURSOR))])


TOLD = {"not": None, "cursor": number_of, "id": instant_of}
"""What is read of a row whose coming is timed."""


async def listen(asked: argparse.Namespace) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    heard = Heard(asked.rows * asked.clients)
    request = "\r\n".join((
        "GET /v1/stream?unknownOI=true HTTP/1.1", f"Host: {HOST}:{asked.port}",
        f"X-Api-Key: {asked.key}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}", "", "",
    )).encode()  # fmt: skip
    clients = [
        Client(heard, request, told=None if at % asked.every else TOLD[asked.timed])
        for at in range(asked.clients)
    ]
    for client in clients:
        await loop.create_connection(lambda client=client: client, HOST, asked.port)
    while heard.open < asked.clients:
        heard.ready.clear()
        await asyncio.wait_for(heard.ready.wait(), asked.seconds)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    spent = time.process_time()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(heard.over.wait(), asked.seconds)
    return {
        "rows": heard.rows, "wanted": heard.wanted, "last_ns": heard.last_ns,
        "lost": heard.lost, "load_cpu_s": time.process_time() - spent,
        "came": [client.came for client in clients if client.came],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True, help="that each client gets")
    parser.add_argument("--timed", choices=TOLD, default="not")
    parser.add_argument("--every", type=int, default=1, help="only so few are timed")
    parser.add_argument("--seconds", type=float, default=20.0)
    print(json.dumps(uvloop.run(listen(parser.parse_args()))))


if __name__ == "__main__":
    main()
