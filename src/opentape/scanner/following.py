"""Asks a server again and again about symbols, told by its stream when."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from opentape.client import AsyncClient, ClientError, StreamEvent
from opentape.client.wire.replies import FlowSummaryReply, SignalsReply
from opentape.scanner.asking import flow_of
from opentape.scanner.rules.rule import NEW_YORK, Query, Rule


class Pace(NamedTuple):
    """How often a server is asked."""

    poll_s: float = 60.0
    """About everything, whatever the stream says."""
    settle_s: float = 0.3
    """After a row of the stream: others come with it, and answers follow rows."""
    at_once: int = 8
    """Questions that are open at the same time."""


class Around(NamedTuple):
    """What comes from whoever runs it."""

    now_ns: Callable[[], int]
    """Nanoseconds since 1970 UTC."""
    say: Callable[[str], None]
    """Takes a line about what could not be done."""

    def new_york(self) -> dt.datetime:
        """Return what time it is in New York, to the second."""
        return dt.datetime.fromtimestamp(self.now_ns() // 10**9, NEW_YORK)


class Question(NamedTuple):
    """One query about one symbol, for all the rules that share it."""

    symbol: str
    query: Query
    rules: tuple[Rule, ...]

    @property
    def needs_flow(self) -> bool:
        """Whether a rule looks at what flow does to dealers."""
        return any(rule.needs_flow for rule in self.rules)


Take = Callable[[Question, SignalsReply, FlowSummaryReply | None], object]
"""Takes an answer; the last is None where no rule looks at it."""


def questions(rules: Sequence[Rule], symbols: Sequence[str]) -> list[Question]:
    """Return what is to be asked so that every rule can be held against the answers."""
    found = dict[tuple[str, Query], list[Rule]]()
    for rule in rules:
        for symbol in rule.symbols or symbols:
            found.setdefault((symbol, rule.query), []).append(rule)
    return [Question(symbol, query, tuple(some)) for (symbol, query), some in found.items()]


class Follower:
    """Asks, and hands over the answers, as long as it runs.

    Parameters
    ----------
    take
        Takes each answer.
    looked
        Called after each round; takes whether all was answered.
    """

    def __init__(
        self,
        client: AsyncClient,
        asked: Sequence[Question],
        take: Take,
        looked: Callable[[bool], object],
        around: Around,
        pace: Pace | None = None,
    ) -> None:
        self._client = client
        self._asked = asked
        self._take, self._looked = take, looked
        self._around = around
        self.pace = pace or Pace()
        self.symbols = tuple(dict.fromkeys(one.symbol for one in asked))
        self.cursor: str | None = None
        """Of the last row of the stream; set it to begin after an earlier one."""
        self.streaming = False
        """Whether the stream says when to ask."""
        self._moved = set[str]()
        self._woken = asyncio.Event()
        self._free = asyncio.Semaphore(self.pace.at_once)

    async def run(self) -> None:
        """Follow until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._look_on())

    async def look(self, symbols: Iterable[str]) -> None:
        """Ask about symbols."""
        wanted = set(symbols)
        asked = [one for one in self._asked if one.symbol in wanted]
        self._looked(all(await asyncio.gather(*map(self._answered, asked))))

    def wake(self) -> None:
        """Ask about everything at once."""
        self._moved |= set(self.symbols)
        self._woken.set()

    async def _answered(self, one: Question) -> bool:
        async with self._free:
            try:
                ask = one.query.ask(one.symbol, self._around.new_york().date())
                reply = await self._client.send(ask)
                flow = await flow_of(self._client, one.symbol) if one.needs_flow else None
            except ClientError as error:
                self._around.say(str(error))
                return False
        self._take(one, reply, flow)
        return True

    async def _listen(self) -> None:
        """Note which symbols move, by the stream as long as there is one."""
        while True:
            try:
                stream = self._client.stream(
                    ticker=self.symbols, unknown_oi=True, cursor=self.cursor
                )
                self.streaming = True
                async for frame in stream:
                    self.cursor = frame.cursor or self.cursor
                    anew = isinstance(frame, StreamEvent)
                    self._moved |= set(self.symbols) if anew else {frame.ticker}
                    self._woken.set()
            except ClientError as error:
                self.streaming = False
                poll = f"{self.pace.poll_s:g}"
                self._around.say(f"without the stream, asking every {poll} s: {error}")
            await asyncio.sleep(self.pace.poll_s)

    async def _look_on(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self.pace.poll_s):
                    await self._woken.wait()
                await asyncio.sleep(self.pace.settle_s)
            except TimeoutError:
                self._moved |= set(self.symbols)
            self._woken.clear()
            moved, self._moved = self._moved, set[str]()
            await self.look(moved)
