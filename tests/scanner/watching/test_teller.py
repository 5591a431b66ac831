"""Alerts are told in batches, again after 2, 4 and 8 seconds, none held up by another."""

import asyncio
from collections.abc import Sequence

import pytest

from alerts import alerts
from opentape.scanner.day import digest
from opentape.scanner.sinks.alert import Alert, SinkFailed
from opentape.scanner.watching.memory import IN_MEMORY, Memory
from opentape.scanner.watching.teller import Teller

NOW = 1_779_393_570 * 10**9
SECOND = 10**9


class Told:
    """A destination that fails as often as it is told to."""

    def __init__(self, *failures: SinkFailed | None, most: int = 10) -> None:
        self.most = most
        self.failures = list(failures)
        self.batches: list[list[str]] = []
        self.days = []
        self.poison: str | None = None

    async def send(self, alerts: Sequence[Alert]) -> None:
        if self.poison in {alert.key for alert in alerts}:
            raise SinkFailed("poison", lasting=True)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.batches.append([alert.key for alert in alerts])

    async def send_digest(self, day) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.days.append(day)


class Rig:
    def __init__(self, **sinks: Told) -> None:
        self.memory = Memory(IN_MEMORY)
        self.now = NOW
        self.said: list[str] = []
        self.sinks = sinks
        self.keys: list[str] = []

    def owe(self, count: int, seed: int = 1) -> None:
        for alert in alerts(seed, count):
            self.memory.owe(alert, list(self.sinks), self.now)
            self.keys.append(alert.key)

    def flush(self) -> None:
        async def run() -> None:
            await self.teller().flush()

        asyncio.run(run())

    def teller(self) -> Teller:
        return Teller(self.memory, self.sinks, lambda: self.now, self.said.append)

    def wait_s(self, name: str) -> float | None:
        next_ns = self.memory.next_ns(name)
        return None if next_ns is None else (next_ns - self.now) / SECOND


def test_all_is_told_in_batches() -> None:
    rig = Rig(a=Told(most=4), b=Told(most=100))
    rig.owe(10)
    rig.flush()
    assert [len(batch) for batch in rig.sinks["a"].batches] == [4, 4, 2]
    told = [key for batch in rig.sinks["a"].batches for key in batch]
    assert sorted(told) == sorted(rig.keys) == sorted(rig.sinks["b"].batches[0])
    rig.flush()
    assert len(rig.sinks["b"].batches) == 1
    assert rig.memory.count("sent") == 20


def test_it_is_tried_again_after_2_4_and_8_seconds() -> None:
    rig = Rig(a=Told(*[SinkFailed("down")] * 3))
    rig.owe(2)
    waits = []
    for _ in range(3):
        rig.flush()
        waits.append(rig.wait_s("a"))
        rig.now += round(waits[-1] * SECOND)
    assert waits == [2.0, 4.0, 8.0]
    rig.flush()
    assert sorted(rig.sinks["a"].batches[0]) == sorted(rig.keys)
    assert rig.said == ["a: down"] * 3


def test_a_receiver_that_asks_for_longer_is_given_longer() -> None:
    rig = Rig(a=Told(SinkFailed("busy", retry_after_s=33.5)))
    rig.owe(1)
    rig.flush()
    assert rig.wait_s("a") == 33.5


def test_a_receiver_that_never_answers_is_tried_for_days() -> None:
    rig = Rig(a=Told(*[SinkFailed("down")] * 50))
    rig.owe(1)
    for _ in range(50):
        rig.flush()
        rig.now += round(rig.wait_s("a") * SECOND)
    rig.flush()
    assert rig.sinks["a"].batches == [rig.keys]
    assert rig.now - NOW > 6 * 3_600 * SECOND


def test_a_dead_one_holds_up_no_other() -> None:
    rig = Rig(dead=Told(*[SinkFailed("down")] * 9), well=Told())
    rig.owe(3)
    rig.flush()
    assert len(rig.sinks["well"].batches[0]) == 3
    assert rig.memory.count("due") == 3


def test_what_is_refused_for_good_is_given_up_and_said() -> None:
    rig = Rig(a=Told())
    rig.owe(5)
    rig.sinks["a"].poison = rig.keys[2]
    rig.flush()
    told = [key for batch in rig.sinks["a"].batches for key in batch]
    assert sorted(told) == sorted(set(rig.keys) - {rig.keys[2]})
    assert rig.said == ["a: poison"]
    assert (rig.memory.count("failed"), rig.memory.count("due")) == (1, 0)


def test_it_runs_until_it_is_cancelled_and_wakes_when_told_to() -> None:
    rig = Rig(a=Told())

    async def run() -> None:
        teller = rig.teller()
        task = asyncio.create_task(teller.run())
        await asyncio.sleep(0)
        rig.owe(2)
        teller.wake()
        while not rig.sinks["a"].batches:  # noqa: ASYNC110 - what it waits for is a list
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(run(), 20))
    assert sorted(rig.sinks["a"].batches[0]) == sorted(rig.keys)


def test_a_day_is_told_everywhere_and_left_where_it_fails() -> None:
    rig = Rig(a=Told(SinkFailed("down")), b=Told())
    day = digest(alerts(1)[0].at.date(), [])
    asyncio.run(rig.teller().digest(day))
    assert (rig.sinks["a"].days, rig.sinks["b"].days) == ([], [day])
    assert rig.said == ["a: down"]
