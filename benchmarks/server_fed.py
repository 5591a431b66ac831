"""A server whose tape, or whose pushed rows, are made here to a schedule.

A process of its own, told on standard input when to begin, and answering on standard output
in lines of JSON. It is the product's server on its own sockets; only the feed is made up.
"""

import argparse
import asyncio
import datetime as dt
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from made_prints import interest, listed, made
from opentape.desk.clock import SystemClock
from opentape.desk.engine.record import new_frame
from opentape.desk.engine.rows import FlowRow
from opentape.desk.ports import NOTHING_YET, Delivered, Fact, Tick
from opentape.desk.state.beside import Beside
from opentape.market.calendar import EPOCH, trade_date
from opentape.store.options import StoreOptions
from opentape.wiring.logs import configure
from opentape.wiring.server import Server, run, server
from opentape.wiring.settings import Settings

LEAD_NS = 500_000_000
wall_ns = SystemClock().wall_ns
LOOK_S = 0.00025
"""How often the feed looks whether a print is due."""
TAIL_S = 2.0
"""Time goes on for so long after the last print, so that every window closes."""


class Fed:
    """Prints as they are due, moved to begin when it is told to; fills `ports.Feed`."""

    def __init__(self, seconds: float) -> None:
        today = trade_date(wall_ns())
        self.contracts, places = listed((today - EPOCH).days)
        self.made = made(seconds, places)
        self.begun_ns = 0
        self._stopped = threading.Event()
        self.over = threading.Event()

    @property
    def name(self) -> str:
        return "prints made to measure by"

    @property
    def stocks(self) -> Sequence[str]:
        return ()

    def begin(self) -> None:
        self.begun_ns = wall_ns() + LEAD_NS

    def stop(self) -> None:
        self._stopped.set()

    @property
    def identity(self) -> str:
        return "made"

    @property
    def date(self) -> dt.date:
        return trade_date(wall_ns())

    def facts(self, after: Delivered = NOTHING_YET) -> Iterator[Fact]:
        del after
        yield interest(self.contracts)
        # something to publish, long before anything is measured
        first = self.made.prints.take(slice(0, 1))
        yield first._replace(ts_event=np.array([wall_ns()]))
        while not (self.begun_ns or self._stopped.is_set()):
            time.sleep(0.01)
            yield Tick(wall_ns())
        yield from self._due()
        self.over.set()
        while not self._stopped.is_set():
            time.sleep(0.01)

    def _due(self) -> Iterator[Fact]:
        prints = self.made.prints.take(slice(1, None))
        prints = prints._replace(ts_event=prints.ts_event + self.begun_ns)
        came, ends = 0, int(prints.ts_event[-1]) + int(TAIL_S * 1e9)
        while not self._stopped.is_set():
            now = wall_ns()
            due = int(np.searchsorted(prints.ts_event, now, side="right"))
            if due > came:
                yield prints.take(slice(came, due))
                came = due
            elif now < ends:
                time.sleep(LOOK_S)
                yield Tick(wall_ns())
            else:
                return


def row(number: int) -> FlowRow:
    """Return a row as long as they are."""
    expiry = dt.date(2026, 7, 17)
    return FlowRow(
        id=f"ZAAA-17823990920000{number:05d}-20260717-200000-C-buy-2400-XCBO-{number}",
        ticker="ZAAA", type="CALL", strike=200.0, expiry=expiry, expiry_date=expiry,
        dte=14, volume=2400, open_interest=800, oi=800, vol_oi=3.0, premium=1128000.0,
        side="ASK", kind="SWEEP", otm_percent=4.2, spot=191.94, iv=0.41, score=91,
        flag="EXTREME", bias="BULL", sector="Information Technology",
        timestamp=1782399092000,
    )  # fmt: skip


class Pushing:
    """Pushes rows to every stream, as the engine does."""

    def __init__(self, log: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._log, self._loop = log, loop
        self._rows = [row(number) for number in range(100)]

    def _push(self, number: int) -> None:
        one = self._rows[number % len(self._rows)]
        self._log.append([new_frame(one, self._log.cursor(self._log.end))])

    def alone(self, rows: int) -> None:
        """Push each row when the one before was written to everybody."""
        for number in range(rows):
            self._push(number)
            asyncio.run_coroutine_threadsafe(_nothing(), self._loop).result()

    def together(self, rows: int) -> None:
        """Push all rows at once."""
        for number in range(rows):
            self._push(number)

    def paced(self, rows: int, per_second: float, begun_ns: int) -> None:
        """Push each row at its own instant."""
        for number in range(rows):
            due = begun_ns + int(number / per_second * 1e9)
            while (wait := due - wall_ns()) > 0:
                time.sleep(wait / 1e9)
            self._push(number)


async def _nothing() -> None:
    await asyncio.sleep(0)


def say(**told: object) -> None:
    print(json.dumps(told), flush=True)


def play(fed: Fed, made_server: Server) -> None:
    fed.begin()
    say(begun_ns=fed.begun_ns, bursts=fed.made.bursts.tolist(), blocks=fed.made.blocks)
    fed.over.wait()
    meters = made_server.engine.meters
    say(
        prints=fed.made.prints.rows, folded=meters.prints, signals=meters.signals,
        batches=meters.batches, views=meters.views,
        failure=str(made_server.engine.failure or ""),
    )  # fmt: skip


def push(pushing: Pushing, made_server: Server, asked: list[str]) -> None:
    way, rows, per_second = asked[0], int(asked[1]), float(asked[2])
    begun_ns = wall_ns() + (LEAD_NS if way == "paced" else 0)
    say(begun_ns=begun_ns, first=made_server.engine.log.end)
    if way == "paced":
        pushing.paced(rows, per_second, begun_ns)
    else:
        getattr(pushing, way)(rows)


def obey(fed: Fed, made_server: Server, loop: asyncio.AbstractEventLoop) -> None:
    """Do what is asked on standard input until it ends."""
    pushing = Pushing(made_server.engine.log, loop)
    for line in sys.stdin:
        if line.strip() == "play":
            play(fed, made_server)
        else:
            push(pushing, made_server, line.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=1.0, help="of prints")
    asked = parser.parse_args()
    configure(quiet=True)
    settings = Settings(store=StoreOptions(folder=str(asked.store)))
    settings = _at(settings, asked.port)
    fed = Fed(asked.seconds)
    made_server = server(settings, fed, Beside(), SystemClock())

    def listening(_port: int) -> None:
        loop = asyncio.get_running_loop()
        told = (fed, made_server, loop)
        threading.Thread(target=obey, args=told, daemon=True).start()

    run(made_server, listening)


def _at(settings: Settings, port: int) -> Settings:
    there = msgspec.structs.replace(settings.server, port=port)
    return msgspec.structs.replace(settings, server=there)


if __name__ == "__main__":
    main()
