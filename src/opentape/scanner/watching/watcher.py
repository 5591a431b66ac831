"""Holds a server's answers against rules, as long as it runs, and sums the day."""

import asyncio
import datetime as dt
from typing import Final

from opentape.client import AsyncClient, ClientError
from opentape.client.wire import asks
from opentape.client.wire.replies import FlowSummaryReply, SignalsReply
from opentape.scanner import day
from opentape.scanner.asking import answers
from opentape.scanner.following import Around, Follower, Pace, Question
from opentape.scanner.rules.rule import NEW_YORK
from opentape.scanner.watching.chooser import Chooser
from opentape.scanner.watching.memory import Memory
from opentape.scanner.watching.teller import DIGEST, Teller

CURSOR: Final = "cursor"
_SATURDAY: Final = 5
_MOST: Final = 500
_AGAIN_NS: Final = 120 * 10**9
"""After a day that could not be told everywhere."""


class Watcher:
    """Writes down what is new in answers, and has it told."""

    def __init__(
        self,
        client: AsyncClient,
        asked: list[Question],
        told: tuple[Memory, Chooser, Teller],
        around: Around,
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._memory, self._chooser, self._teller = told
        self._around = around
        self._follower = Follower(client, asked, self._take, self._looked, around, pace)
        self._tell = True
        self._day_ns = 0
        """The day is not summed again before this."""

    async def run(self, *, new_only: bool = False, top: bool = True) -> None:
        """Watch until it is cancelled.

        Parameters
        ----------
        new_only
            Remember what is there at first, and tell nothing of it.
        top
            Tell the strongest tickers after the close.
        """
        self._follower.cursor = self._memory.noted(CURSOR)
        await self.look(tell=not new_only)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._teller.run())
            group.create_task(self._follower.run())
            if top:
                group.create_task(self._close_days())

    async def look(self, *, tell: bool = True) -> None:
        """Ask about everything once and write down what is new."""
        self._tell = tell
        await self._follower.look(self._follower.symbols)
        self._tell = True

    async def close_day(self) -> None:
        """Tell the strongest tickers of today, if it is time, where it was not done."""
        now, now_ns = self._around.new_york(), self._around.now_ns()
        done = self._memory.noted(DIGEST) == f"{now:%Y-%m-%d}" or now_ns < self._day_ns
        if done or now.weekday() >= _SATURDAY or not day.AT <= now.time() < day.UNTIL:
            return
        self._day_ns = now_ns + _AGAIN_NS
        try:
            digest = await self._digest(now.date())
        except ClientError as error:
            self._around.say(f"the day cannot be summed: {error}")
            return
        if not digest.tickers or await self._teller.digest(digest):
            self._memory.note(DIGEST, f"{now:%Y-%m-%d}")

    def _take(
        self, one: Question, reply: SignalsReply, flow: FlowSummaryReply | None
    ) -> None:
        self._chooser.take(one, reply, flow, tell=self._tell)

    def _looked(self, whole: bool) -> None:  # noqa: FBT001 - one thing is told
        """Note how far the stream was read, once its rows were looked at."""
        cursor = self._follower.cursor
        if whole and cursor is not None:
            self._memory.note(CURSOR, cursor)
        self._memory.prune(self._around.now_ns())
        self._teller.wake()

    async def _close_days(self) -> None:
        while True:
            await self.close_day()
            await asyncio.sleep(min(self._follower.pace.poll_s, 20.0))

    async def _digest(self, today: dt.date) -> day.Digest:
        symbols = self._follower.symbols
        asked = [
            asks.flow_signals(symbol, window_minutes=day.MINUTES, limit=_MOST)
            for symbol in symbols
        ]
        told = await answers(self._client, asked, self._follower.pace.at_once)
        signals = (
            (symbol, signal)
            for symbol, reply in zip(symbols, told, strict=True)
            for signal in reply.signals
            if signal.ts and _date(signal.ts) == today
        )
        return day.digest(today, signals)


def _date(ts: str) -> dt.date:
    return dt.datetime.fromisoformat(ts).astimezone(NEW_YORK).date()
