"""Deliveries of webhooks: signed, posted to a local receiver and recorded in SQLite.

The hot path of a busy minute: events of a kilobyte, told fifty at a time, several
endpoints, a receiver that answers at once. The receiver is a process of its own, and shares
the machine. Prints one JSON line.
"""

# ruff: noqa: S603 - the receiver is our own

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from opentape.alerts.wall.options import WallOptions
from opentape.desk.clock import SystemClock
from opentape.desk.webhooks.attempt import DeliveryState
from opentape.desk.webhooks.endpoint import Endpoint, new_secret
from opentape.desk.webhooks.event import EventKind, event
from opentape.desk.webhooks.ports import Wanted
from opentape.store.options import StoreOptions
from opentape.wiring.settings import Settings
from opentape.wiring.webhooks import PostOffice, post_office

RECEIVER = """
import asyncio

class Receiver(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.left = transport, b""

    def data_received(self, data):
        self.left += data
        while (end := self.left.find(b"\\r\\n\\r\\n")) >= 0:
            head = self.left[:end].lower()
            size = int(head[head.find(b"content-length:") + 15 :].split(b"\\r\\n")[0])
            if len(self.left) < end + 4 + size:
                return
            self.left = self.left[end + 4 + size :]
            self.transport.write(b"HTTP/1.1 204 Taken\\r\\n\\r\\n")

async def main():
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
TOLD_AT_ONCE = 50
DATA = {"id": "NVDA-1779379092000000000-20260529-950000-C-buy-1500-XCBO-48213",
        "parts": {f"part_{at}": "about a kilobyte" for at in range(30)}}  # fmt: skip


@contextmanager
def receiver() -> Generator[int]:
    """Run a receiver and give its port."""
    argv = [sys.executable, "-c", RECEIVER]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def subscribe(post: PostOffice, port: int, count: int) -> None:
    """Make endpoints."""
    for at in range(count):
        endpoint = Endpoint(
            id=f"wh_{at}",
            key_id="owner",
            url=f"http://127.0.0.1:{port}/{at}",
            kinds=(EventKind.SIGNAL_NEW,),
            secret=new_secret(),
            state_ns=0,
            created_ns=0,
        )
        post.stores.endpoints.put(endpoint)


def measured(folder: Path, deliveries: int, endpoints: int) -> dict[str, float]:
    """Return deliveries a second, and milliseconds from telling one to its attempt."""
    clock = SystemClock()
    settings = Settings(
        store=StoreOptions(folder=str(folder)), wall=WallOptions(loopback=True)
    )
    with receiver() as port:
        post = post_office(settings, clock)
        subscribe(post, port, endpoints)
        every = [
            event(EventKind.SIGNAL_NEW, str(at), clock.wall_ns(), DATA)
            for at in range(deliveries // endpoints)
        ]
        began = time.perf_counter()
        for at in range(0, len(every), TOLD_AT_ONCE):
            post.stores.outbox.tell(every[at : at + TOLD_AT_ONCE])
        told_s = time.perf_counter() - began
        began = time.perf_counter()
        with post.courier:
            while any(left(post, at) for at in range(endpoints)):
                time.sleep(0.02)
            took_s = time.perf_counter() - began
            waits = latencies(post, clock)
    return {
        "told_a_second": len(every) * endpoints / told_s,
        "delivered_a_second": len(every) * endpoints / took_s,
        "first_attempt_p50_ms": waits[len(waits) // 2],
        "first_attempt_p99_ms": waits[int(len(waits) * 0.99)],
    }


def left(post: PostOffice, at: int) -> bool:
    """Return whether an endpoint has anything pending."""
    wanted = Wanted(f"wh_{at}", state=DeliveryState.PENDING)
    return bool(post.stores.deliveries.page(wanted, None, 1))


def latencies(post: PostOffice, clock: SystemClock, count: int = 300) -> list[float]:
    """Return milliseconds from an event to the beginning of its first attempt, sorted."""
    for at in range(count):
        now_ns = clock.wall_ns()
        post.stores.outbox.tell([event(EventKind.SIGNAL_NEW, f"one {at}", now_ns, DATA)])
        time.sleep(0.005)
    while left(post, 0):
        time.sleep(0.02)
    page = post.stores.deliveries.page(Wanted("wh_0"), None, count)
    return sorted((one.tried[0].at_ns - one.at_ns) / 1e6 for one in page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--endpoints", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(Path(folder), asked.deliveries, asked.endpoints)))


if __name__ == "__main__":
    main()
