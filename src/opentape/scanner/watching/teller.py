"""Tells what is due, each destination by itself, so that a dead one delays no other."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from opentape.scanner.day import Digest
from opentape.scanner.sinks.alert import Sink, SinkFailed
from opentape.scanner.watching.memory import Due, Memory

DELAYS_S: Final = (2.0, 4.0, 8.0, 30.0, 120.0, 600.0)
"""Before each further try; the last goes on until the alert is too old."""
DIGEST: Final = "digest"
"""Under this name the memory knows the last day that was told, with a name where."""
_NS: Final = 10**9


class Teller:
    """Tells alerts to one destination after the other.

    Parameters
    ----------
    say
        Takes a line about what could not be done.
    """

    def __init__(
        self,
        memory: Memory,
        sinks: Mapping[str, Sink],
        now_ns: Callable[[], int],
        say: Callable[[str], None],
    ) -> None:
        self._memory = memory
        self._sinks = sinks
        self._now_ns = now_ns
        self._say = say
        self._woken = {name: asyncio.Event() for name in sinks}

    def wake(self) -> None:
        """Tell it that there may be something to tell."""
        for event in self._woken.values():
            event.set()

    async def run(self) -> None:
        """Tell what is due, as long as it runs."""
        async with asyncio.TaskGroup() as group:
            for name in self._sinks:
                group.create_task(self._serve(name))

    async def flush(self) -> None:
        """Tell what is due now, each alert once."""
        async with asyncio.TaskGroup() as group:
            for name in self._sinks:
                group.create_task(self._tell_due(name))

    async def digest(self, digest: Digest) -> bool:
        """Tell the strongest tickers of a day to each destination that was not told yet.

        Returns
        -------
        Whether none is left that may take it another time.
        """
        day, all_told = f"{digest.date}", True
        for name, sink in self._sinks.items():
            if self._memory.noted(f"{DIGEST} {name}") == day:
                continue
            try:
                await sink.send_digest(digest)
            except SinkFailed as error:
                self._say(f"{name}: {error}")
                if not error.lasting:
                    all_told = False
                    continue
            self._memory.note(f"{DIGEST} {name}", day)
        return all_told

    async def _serve(self, name: str) -> None:
        event = self._woken[name]
        while True:
            await self._tell_due(name)
            due_ns = self._memory.next_ns(name)
            wait_s = None if due_ns is None else max((due_ns - self._now_ns()) / _NS, 0.01)
            try:
                async with asyncio.timeout(wait_s):
                    await event.wait()
            except TimeoutError:
                pass
            event.clear()

    async def _tell_due(self, name: str) -> None:
        most = self._sinks[name].most
        while due := self._memory.due(name, self._now_ns(), most):
            if not await self._tell(name, due):
                return

    async def _tell(self, name: str, due: Sequence[Due]) -> bool:
        keys = [one.alert.key for one in due]
        try:
            await self._sinks[name].send([one.alert for one in due])
        except SinkFailed as error:
            if error.lasting and len(due) > 1:
                return await self._one_by_one(name, due)
            self._say(f"{name}: {error}")
            if error.lasting:
                self._memory.settle(keys, name, "failed")
                return True
            self._postpone(name, due, error)
            return False
        self._memory.settle(keys, name, "sent")
        return True

    async def _one_by_one(self, name: str, due: Sequence[Due]) -> bool:
        """Find out which of several is not taken."""
        return all([await self._tell(name, [one]) for one in due])

    def _postpone(self, name: str, due: Sequence[Due], error: SinkFailed) -> None:
        failures = max(one.failures for one in due)
        delay_s = DELAYS_S[min(failures, len(DELAYS_S) - 1)]
        wait_s = max(delay_s, error.retry_after_s or 0.0)
        until_ns = self._now_ns() + round(wait_s * _NS)
        self._memory.postpone([one.alert.key for one in due], name, until_ns)
