"""The daemon: told by the stream, polling without it, once a signal through restarts."""

import asyncio
import contextlib
import datetime as dt
import random
from collections.abc import Callable, Sequence

import pytest

import wire_signals
from opentape.client import AsyncClient, Retries
from opentape.scanner.following import Around, Pace, questions
from opentape.scanner.rules.rule import NEW_YORK, Query, made
from opentape.scanner.sinks.alert import Alert, SinkFailed
from opentape.scanner.watching.chooser import Chooser
from opentape.scanner.watching.memory import IN_MEMORY, Memory
from opentape.scanner.watching.teller import Teller
from opentape.scanner.watching.watcher import Watcher
from stub_server import StubServer

NOW = 1_779_393_570 * 10**9
QUICK = Retries(delays_s=(0.02, 0.04, 0.08))
RNG = random.Random(3)


class Told:
    most = 10

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.days = []

    async def send(self, alerts: Sequence[Alert]) -> None:
        self.keys += [alert.key for alert in alerts]

    async def send_digest(self, day) -> None:
        self.days.append(day)


class Rig:
    """A watcher of one symbol and what it tells."""

    def __init__(self, server: StubServer, memory: Memory, more=None, **pace) -> None:
        self.now = NOW
        self.told = Told()
        self.said: list[str] = []
        self.memory = memory
        rules = [made("r", Query(), "score >= 0")]
        self.client = AsyncClient(server.url, retries=QUICK)
        sinks = {"t": self.told, **(more or {})}
        teller = Teller(memory, sinks, lambda: self.now, self.said.append)
        chooser = Chooser(memory, ["t"], lambda: self.now)
        self.watcher = Watcher(
            self.client,
            questions(rules, ["SPY"]),
            (memory, chooser, teller),
            Around(lambda: self.now, self.said.append),
            Pace(**({"poll_s": 60.0, "settle_s": 0.01} | pace)),
        )


@pytest.fixture
def memory():
    opened = Memory(IN_MEMORY)
    yield opened
    opened.close()


@contextlib.contextmanager
def served(**given):
    server = StubServer(**given)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def fresh(count: int) -> list[dict]:
    return [wire_signals.signal(RNG) for _ in range(count)]


def ids(signals: list[dict]) -> list[str]:
    return sorted(signal["id"] for signal in signals)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - whatever it is
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def watching(rig: Rig, **given):
    task = asyncio.create_task(rig.watcher.run(top=False, **given))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await rig.client.close()


def test_the_stream_tells_it_when_to_look(memory) -> None:
    first, second = fresh(3), fresh(2)

    async def run(server: StubServer) -> Rig:
        server.add("SPY", *first)
        rig = Rig(server, memory)
        async with watching(rig):
            await until(lambda: len(rig.told.keys) == 3 and bool(server.cursors))
            server.add("SPY", *second)
            await until(lambda: len(rig.told.keys) == 5)
            await until(lambda: memory.noted("cursor") == "run.4")
        return rig

    with served() as server:
        rig = asyncio.run(run(server))
    assert sorted(rig.told.keys) == ids(first + second)
    assert rig.said == []


def test_without_a_stream_it_polls_and_says_so(memory) -> None:
    async def run(server: StubServer) -> Rig:
        rig = Rig(server, memory, poll_s=0.05)
        async with watching(rig):
            await until(lambda: len(server.asked) > 2)
            server.add("SPY", *signals)
            await until(lambda: len(rig.told.keys) == 4)
        return rig

    signals = fresh(4)
    with served(stream=False) as server:
        rig = asyncio.run(run(server))
    assert sorted(rig.told.keys) == ids(signals)
    assert rig.said[0].startswith(
        "without the stream, asking every 0.05 s: WS /v1/stream: 404"
    )


def test_a_server_that_goes_and_comes_back_costs_nothing(memory) -> None:
    """The stream is resumed after its last row, and each signal is told once."""
    batches = [fresh(2) for _ in range(3)]

    async def run(server: StubServer) -> Rig:
        rig = Rig(server, memory, poll_s=0.3)
        async with watching(rig):
            await until(lambda: bool(server.cursors))
            for number, batch in enumerate(batches):
                server.add("SPY", *batch)
                await until(lambda so_far=2 * number + 2: len(rig.told.keys) == so_far)
                await until(
                    lambda last=2 * number + 1: memory.noted("cursor") == f"run.{last}"
                )
                await asyncio.to_thread(server.stop)
                await asyncio.sleep(0.05)
                server.start()
                seen = len(server.cursors)
                await until(lambda seen=seen: len(server.cursors) > seen)
        return rig

    with served() as server:
        rig = asyncio.run(run(server))
    assert sorted(rig.told.keys) == ids([signal for batch in batches for signal in batch])
    assert server.cursors[-1] == "run.5"


def test_its_own_restart_tells_nothing_twice(tmp_path) -> None:
    signals, told = fresh(6), []
    with served() as server:
        for number in range(3):
            server.add("SPY", *signals[2 * number : 2 * number + 2])
            memory = Memory(tmp_path / "state.db")

            async def run(memory: Memory = memory, number: int = number) -> Rig:
                rig = Rig(server, memory)
                async with watching(rig):
                    await until(lambda: len(rig.told.keys) == 2)
                    if number:
                        await until(lambda: bool(server.cursors))
                return rig

            told += asyncio.run(run()).told.keys
            memory.close()
    assert sorted(told) == ids(signals)


def test_only_what_is_new(memory) -> None:
    old, new = fresh(3), fresh(1)

    async def run(server: StubServer) -> Rig:
        server.add("SPY", *old)
        rig = Rig(server, memory)
        async with watching(rig, new_only=True):
            await until(lambda: bool(server.cursors))
            server.add("SPY", *new)
            await until(lambda: bool(rig.told.keys))
        return rig

    with served() as server:
        assert asyncio.run(run(server)).told.keys == ids(new)


def test_a_server_that_is_not_there_yet_is_waited_for(memory) -> None:
    signals = fresh(2)
    server = StubServer()

    async def run() -> Rig:
        rig = Rig(server, memory, poll_s=0.05)
        async with watching(rig):
            await until(lambda: any("no answer came" in said for said in rig.said))
            server.add("SPY", *signals)
            server.start()
            await until(lambda: len(rig.told.keys) == 2)
        return rig

    try:
        assert sorted(asyncio.run(run()).told.keys) == ids(signals)
    finally:
        server.stop()


def at(hour: int, minute: int, day: int = 21) -> int:
    moment = dt.datetime(2026, 5, day, hour, minute, tzinfo=NEW_YORK)
    return round(moment.timestamp()) * 10**9


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(16, 4), 0),
        (at(16, 5), 1),
        (at(19, 59), 1),
        (at(20, 0), 0),
        (at(9, 31), 0),
        (at(16, 5, day=23), 0),
    ],
    ids=["before", "at", "late", "too late", "morning", "Saturday"],
)
def test_the_day_is_summed_after_the_close_once(memory, now: int, told: int) -> None:
    async def run(server: StubServer) -> Rig:
        server.add("SPY", *fresh(5))
        rig = Rig(server, memory)
        rig.now = now
        await rig.watcher.close_day()
        await rig.watcher.close_day()
        await rig.client.close()
        return rig

    with served() as server:
        rig = asyncio.run(run(server))
    assert len(rig.told.days) == told
    for day in rig.told.days:
        assert (day.date, [one.symbol for one in day.tickers]) == (
            dt.date(2026, 5, 21),
            ["SPY"],
        )
        assert day.tickers[0].signals == 5
        assert "windowMinutes=395" in server.asked[0]


def test_a_day_that_could_not_be_told_is_told_later_and_only_there(memory) -> None:
    class Busy(Told):
        """Takes nothing at first."""

        failures = 2

        async def send_digest(self, day) -> None:
            if self.failures:
                self.failures -= 1
                raise SinkFailed("busy")
            self.days.append(day)

    class Gone(Told):
        async def send_digest(self, day) -> None:
            self.days.append(day)
            raise SinkFailed("there is no such webhook", lasting=True)

    busy, gone = Busy(), Gone()

    async def run(server: StubServer) -> Rig:
        server.add("SPY", *fresh(2))
        rig = Rig(server, memory, more={"busy": busy, "gone": gone})
        for minute in (5, 6, 7, 9, 11, 13):
            rig.now = at(16, minute)
            await rig.watcher.close_day()
        await rig.client.close()
        return rig

    with served() as server:
        rig = asyncio.run(run(server))
    assert [len(one.days) for one in (rig.told, busy, gone)] == [1, 1, 1]
    assert rig.said == ["busy: busy", "gone: there is no such webhook", "busy: busy"]


def test_a_day_without_signals_is_not_told(memory) -> None:
    async def run(server: StubServer) -> Rig:
        rig = Rig(server, memory)
        rig.now = at(16, 5)
        await rig.watcher.close_day()
        await rig.client.close()
        return rig

    with served() as server:
        assert asyncio.run(run(server)).told.days == []
