"""Asks a server again and again, told by its stream when, and writes down what is new."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from opentape.client import AsyncClient, ClientError, StreamEvent
from opentape.client.wire import asks
from opentape.scanner import day
from opentape.scanner.asking import answers, flow_of
from opentape.scanner.rules.rule import NEW_YORK
from opentape.scanner.watching.chooser import Chooser, Question
from opentape.scanner.watching.memory import Memory
from opentape.scanner.watching.teller import Teller

CURSOR: Final = "cursor"
DIGEST: Final = "digest"
_SATURDAY: Final = 5
_MOST: Final = 500


class Pace(NamedTuple):
    """How often a server is asked."""

    poll_s: float = 60.0
    """About everything, whatever the stream says."""
    settle_s: float = 0.3
    """After a row of the stream: others come with it, and answers follow rows."""
    at_once: int = 8
    """Questions that are open at the same time."""


class Around(NamedTuple):
    """What a watcher gets from whoever runs it."""

    now_ns: Callable[[], int]
    """Nanoseconds since 1970 UTC."""
    say: Callable[[str], None]
    """Takes a line about what could not be done."""


class Watcher:
    """Holds a server's answers against rules, as long as it runs."""

    def __init__(
        self,
        client: AsyncClient,
        asked: Sequence[Question],
        told: tuple[Memory, Chooser, Teller],
        around: Around,
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._asked = asked
        self._memory, self._chooser, self._teller = told
        self._around = around
        self._pace = pace or Pace()
        self._symbols = tuple(dict.fromkeys(one.symbol for one in asked))
        self._moved = set[str]()
        self._cursor: str | None = None
        self._woken = asyncio.Event()
        self._free = asyncio.Semaphore(self._pace.at_once)

    async def run(self, *, new_only: bool = False, top: bool = True) -> None:
        """Watch until it is cancelled.

        Parameters
        ----------
        new_only
            Remember what is there at first, and tell nothing of it.
        top
            Tell the strongest tickers after the close.
        """
        await self.look(self._symbols, tell=not new_only)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._teller.run())
            group.create_task(self._listen())
            group.create_task(self._look_on())
            if top:
                group.create_task(self._close_days())

    async def look(self, symbols: Iterable[str], *, tell: bool = True) -> bool:
        """Ask about symbols and write down what is new; return whether all answered."""
        wanted, cursor = set(symbols), self._cursor
        asked = [one for one in self._asked if one.symbol in wanted]
        done = await asyncio.gather(*(self._answered(one, tell=tell) for one in asked))
        if all(done) and cursor is not None:
            self._memory.note(CURSOR, cursor)
        self._memory.prune(self._around.now_ns())
        self._teller.wake()
        return all(done)

    async def close_day(self) -> None:
        """Tell the strongest tickers of today, if it is time and was not done."""
        now = self._new_york()
        done = self._memory.noted(DIGEST) == f"{now:%Y-%m-%d}"
        if done or now.weekday() >= _SATURDAY or not day.AT <= now.time() < day.UNTIL:
            return
        try:
            digest = await self._digest(now.date())
        except ClientError as error:
            self._around.say(f"the day cannot be summed: {error}")
            return
        if digest.tickers:
            await self._teller.digest(digest)
        self._memory.note(DIGEST, f"{now:%Y-%m-%d}")

    async def _answered(self, one: Question, *, tell: bool) -> bool:
        async with self._free:
            try:
                ask = one.query.ask(one.symbol, self._new_york().date())
                reply = await self._client.send(ask)
                flow = await flow_of(self._client, one.symbol) if one.needs_flow else None
            except ClientError as error:
                self._around.say(str(error))
                return False
        self._chooser.take(one, reply, flow, tell=tell)
        return True

    async def _listen(self) -> None:
        """Note which symbols move, by the stream as long as there is one."""
        while True:
            cursor = self._cursor or self._memory.noted(CURSOR)
            try:
                stream = self._client.stream(
                    ticker=self._symbols, unknown_oi=True, cursor=cursor
                )
                async for frame in stream:
                    self._cursor = frame.cursor or self._cursor
                    anew = isinstance(frame, StreamEvent)
                    self._moved |= set(self._symbols) if anew else {frame.ticker}
                    self._woken.set()
            except ClientError as error:
                poll = f"{self._pace.poll_s:g}"
                self._around.say(f"without the stream, asking every {poll} s: {error}")
            await asyncio.sleep(self._pace.poll_s)

    async def _look_on(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._pace.poll_s):
                    await self._woken.wait()
                await asyncio.sleep(self._pace.settle_s)
            except TimeoutError:
                self._moved |= set(self._symbols)
            self._woken.clear()
            moved, self._moved = self._moved, set[str]()
            await self.look(moved)

    async def _close_days(self) -> None:
        while True:
            await self.close_day()
            await asyncio.sleep(min(self._pace.poll_s, 20.0))

    async def _digest(self, today: dt.date) -> day.Digest:
        questions = [
            asks.flow_signals(symbol, window_minutes=day.MINUTES, limit=_MOST)
            for symbol in self._symbols
        ]
        told = await answers(self._client, questions, self._pace.at_once)
        signals = (
            (symbol, signal)
            for symbol, reply in zip(self._symbols, told, strict=True)
            for signal in reply.signals
            if signal.ts and _date(signal.ts) == today
        )
        return day.digest(today, signals)

    def _new_york(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._around.now_ns() // 10**9, NEW_YORK)


def _date(ts: str) -> dt.date:
    return dt.datetime.fromisoformat(ts).astimezone(NEW_YORK).date()
