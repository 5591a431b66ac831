"""Ask a server over keep-alive connections, as fast as it answers, and say how fast it was.

A process of its own beside the server. Each connection sends a request that was made ahead,
reads the answer into one buffer that is used again, and sends the next: nothing is parsed
but the status and the length, so that the load is not what is measured. Rounds are short
and end by themselves.
"""

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import uvloop

HOST = "127.0.0.1"
ROOM = 1 << 20
OK = b"HTTP/1.1 200"
LENGTH = b"content-length:"


class Connection(asyncio.BufferedProtocol):
    """One keep-alive connection; `answered` is told the nanoseconds of every answer."""

    def __init__(self, answered: Any) -> None:
        self.answered = answered
        self._room = memoryview(bytearray(ROOM))
        self._head = bytearray()
        self._left = 0
        self._asked = 0
        self.transport: Any = None
        self.bytes = 0
        """Of the newest answer, its head left out."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self, request: bytes) -> None:
        self._asked = time.perf_counter_ns()
        self.transport.write(request)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self._room

    def buffer_updated(self, count: int) -> None:
        if self._left:
            self._left -= count
        else:
            self._begin(count)
        if self._left < 0:
            raise RuntimeError("the server sent more than it said")
        if not (self._left or self._head):
            self.answered(self, time.perf_counter_ns() - self._asked)

    def _begin(self, count: int) -> None:
        """Read the head of an answer, which may come in parts."""
        self._head += self._room[:count]
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return
        if not self._head.startswith(OK):
            raise RuntimeError(f"refused: {bytes(self._head[:400])!r}")
        head = bytes(self._head[:end]).lower()
        at = head.index(LENGTH) + len(LENGTH)
        self.bytes = int(head[at:].split(b"\r\n", 1)[0])
        self._left = self.bytes - (len(self._head) - end - 4)
        self._head.clear()


class Load:
    """Connections that are kept busy."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._next = 0
        self.took: list[int] = []
        self._over = False
        self._idle: asyncio.Future[None] | None = None
        self._busy = 0
        self._lines: list[Connection] = []

    async def open(self, port: int, connections: int) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        self._lines = [
            (await loop.create_connection(lambda: Connection(self._answered), HOST, port))[
                1
            ]
            for _ in range(connections)
        ]

    async def round(self, seconds: float) -> dict[str, float]:
        """Keep every connection busy for so long."""
        loop = asyncio.get_running_loop()
        self.took, self._over, self._idle = [], False, loop.create_future()
        self._busy = len(self._lines)
        began = time.perf_counter()
        for line in self._lines:
            self._ask(line)
        loop.call_later(seconds, self._end)
        await self._idle
        return told(self.took, time.perf_counter() - began, self._lines[0].bytes)

    async def sweep(self) -> float:
        """Ask every request once over all connections; return the seconds for all."""
        self.took, self._over = [], True
        self._idle = asyncio.get_running_loop().create_future()
        self._waiting = deque(self._requests)
        self._busy = len(self._lines)
        began = time.perf_counter()
        for line in self._lines:
            self._answered(line, 0)
        await self._idle
        return time.perf_counter() - began

    def _answered(self, line: Connection, took_ns: int) -> None:
        if took_ns:
            self.took.append(took_ns)
        if not self._over:
            self._ask(line)
        elif getattr(self, "_waiting", None):
            line.ask(self._waiting.popleft())
        else:
            self._busy -= 1
            if not self._busy and self._idle is not None:
                self._idle.set_result(None)

    def _ask(self, line: Connection) -> None:
        line.ask(self._requests[self._next])
        self._next = (self._next + 1) % len(self._requests)

    def _end(self) -> None:
        self._over = True

    def _failed(self, _loop: object, context: dict[str, Any]) -> None:
        if self._idle is not None and not self._idle.done():
            error = context.get("exception")
            self._idle.set_exception(error or RuntimeError(context["message"]))


def told(took: list[int], seconds: float, size: int) -> dict[str, float]:
    """Return what a round came to; times in milliseconds."""
    took.sort()
    return {
        "per_second": len(took) / seconds,
        "p50_ms": took[len(took) // 2] / 1e6,
        "p99_ms": took[len(took) * 99 // 100] / 1e6,
        "worst_ms": took[-1] / 1e6,
        "bytes": size,
    }


def request(path: str, port: int, key: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", f"Host: {HOST}:{port}", f"X-Api-Key: {key}", "", "")
    return "\r\n".join(lines).encode()


async def load(asked: argparse.Namespace) -> list[Any]:
    made = Load([request(path, asked.port, asked.key) for path in asked.paths])
    await made.open(asked.port, asked.connections)
    if asked.once:
        found: list[Any] = []
        await made.sweep()
        ends = time.monotonic() + asked.rounds * asked.seconds
        while time.monotonic() < ends:
            found.append(await made.sweep())
            await asyncio.sleep(asked.pause)
        return found
    await made.round(asked.seconds / 2)
    return [await made.round(asked.seconds) for _ in range(asked.rounds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", default="")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", action="store_true", help="all paths at once, again")
    parser.add_argument("--pause", type=float, default=0.05, help="between two sweeps")
    print(json.dumps(uvloop.run(load(parser.parse_args()))))


if __name__ == "__main__":
    main()
