"""Kills what delivers, anywhere, and starts it again. Run as a program it is what forks.

The program imports everything once and has one thread, so that a process that can be
killed costs no more than a fork. In such a process every statement and every commit, every
request before it goes out and after it was answered, is a place where SIGKILL may come.
"""

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
import structlog

import opentape
from couriers import BEGAN, SECOND, Post, post_office, told
from opentape.alerts.wall.answer import Answer
from opentape.alerts.wall.post import Poster
from opentape.alerts.way import NEVER
from opentape.desk.announce.ports import News, Position
from opentape.desk.rules.pairs import nothing
from opentape.store.appdb.ledger import SqlLedger

NAMES = tuple(f"n{at}" for at in range(8))
BATCH = 2
DAY_NS = 86_400 * SECOND
SURVIVED, KILLED = 0, -signal.SIGKILL


class Run(NamedTuple):
    """One start of what delivers."""

    folder: Path
    day: int
    """Time goes on from one run to the next."""
    kill_at: int
    """Number of the place, 0 for none."""


class Places:
    """Counts places and kills at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self._kill_at = kill_at

    def here(self, *_: object) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalPoster(Poster):
    """May die just before it asks and just after it was answered."""

    places: Places

    async def post(self, text: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.places.here()
        answer = await super().post(text, headers, body)
        self.places.here()
        return answer


def tell_all(post: Post) -> Iterator[None]:
    """Announce everything from where it was; some of it is told once more."""
    ledger = SqlLedger(post.engine, post.outbox)
    done = ledger.position() or Position("day", -1)
    for number, at in enumerate(range(0, len(NAMES), BATCH)):
        events = [told(name) for name in NAMES[at : at + BATCH]]
        if number > done.number:
            ledger.announce(News(events, nothing(), Position("day", number)))
        elif number % 2:
            post.outbox.tell(events)
        yield


async def deliver_all(post: Post, places: Places) -> None:
    courier = post.courier()
    courier._sender._poster.__class__ = MortalPoster
    courier._sender._poster.places = places
    post.bell.listen(courier.poke)
    try:
        for _ in tell_all(post):
            await courier.step()
        while True:
            await courier.step()
            await courier.settle()
            next_ns = courier.wakes_ns()
            if next_ns >= NEVER:
                return
            post.clock.go_to(max(post.clock.wall_ns(), next_ns))
    finally:
        courier.close()


def run(one: Run) -> int:
    """Tell and deliver everything; return how many places there were, if it lives on."""
    places = Places(one.kill_at)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, name, places.here)
    with post_office(one.folder, breaker_failures=1_000_000, failing_days=365.0) as post:
        post.clock.go_to(BEGAN + one.day * DAY_NS)
        asyncio.run(deliver_all(post, places))
    return places.count


def main() -> None:
    """Fork for each line of the input, and say how it ended."""
    # what is printed is read by whoever kills
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for line in sys.stdin:
        folder, day, kill_at = line.split()
        if not int(kill_at) and not int(day):
            # nobody dies: what it makes ready, those that are forked have
            print(SURVIVED, run(Run(Path(folder), 0, 0)), flush=True)  # noqa: T201
            gc.freeze()
            continue
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            count = run(Run(Path(folder), int(day), int(kill_at)))
            os.write(writer, str(count).encode())
            os._exit(SURVIVED)
        os.close(writer)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reader) as told_count:
            count = told_count.read() or "0"
        print(os.waitstatus_to_exitcode(status), count, flush=True)  # noqa: T201


class Killer:
    """Starts what delivers, and lets it die."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program
        self.places = 0
        """Places in the last run that was not killed."""

    def run(self, one: Run) -> int:
        """Return the exit code of one run."""
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.write(f"{one.folder} {one.day} {one.kill_at}\n")
        self._program.stdin.flush()
        code, count = self._program.stdout.readline().split()
        self.places = int(count)
        return int(code)


@contextmanager
def killer() -> Generator[Killer]:
    source, tests = Path(opentape.__file__).parents[1], Path(__file__).parent
    paths = os.pathsep.join([str(source), str(tests), *filter(None, sys.path)])
    program = subprocess.Popen(  # noqa: S603
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": paths},
    )
    with program:
        yield Killer(program)


if __name__ == "__main__":
    main()
