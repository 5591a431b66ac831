"""Live: prints as they come, and the signals of what has closed since."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.clock import Clock
from opentape.desk.ports import Tape
from opentape.desk.replay import Settled, beside
from opentape.flow.day import Day
from opentape.flow.fold import Fold, Watch
from opentape.flow.judge import judge
from opentape.flow.judge.enrich import ChainMarks
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions
from opentape.flow.records import Clock as Fact
from opentape.flow.signal import Kind, Signal, Signals
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

_PAUSE_S: Final = 0.02
_MS: Final = 1_000_000


class Live:
    """The fold of a tape that is not over.

    What it tells of a parent is judged on the state of that moment, as it was emitted; a
    question asked later is answered on the state of then.
    """

    def __init__(
        self,
        contracts: Contracts,
        settled: Settled,
        options: FlowOptions,
        watch: Watch | None = None,
    ) -> None:
        self._contracts = contracts
        self._marks = settled.chain
        self._options = options
        self._fold = Fold(contracts, settled.open_interest, options.gather, watch=watch)
        self._closed = 0
        """Parents of the date that have been looked at."""
        self._told: set[str] = set()
        """Signals of the date, by id: a cancel folds its contract's parents again."""
        self._newest: dict[tuple[int, int], int] = {}
        """When the newest parent ended, by contract and side."""
        self._begins_ns = 0
        """Of the trade date under way."""

    @property
    def day(self) -> Day:
        """The trade date under way."""
        return self._fold.day

    def settle(self, open_interest: OpenInterest, date: dt.date) -> None:
        """Take the open interest of a morning before the first print of its date."""
        self._fold.settle(open_interest, date)

    def mark(self, marks: ChainMarks) -> None:
        """Take newer vols and greeks of contracts."""
        self._marks = marks

    def take(self, batch: PrintBatch) -> Iterator[Signal]:
        """Fold prints and yield the signals of the parents that closed, oldest first."""
        self._fold.push(batch)
        yield from self._news()

    def tick(self, now_ns: int) -> Iterator[Signal]:
        """Close what has been silent for too long at an instant, and yield its signals."""
        self._fold.day.tick(now_ns)
        yield from self._news()

    def finish(self) -> Iterator[Signal]:
        """Close what is open at the end of the tape, and yield its signals."""
        self._fold.day.close()
        yield from self._news()

    def _news(self) -> Iterator[Signal]:
        self._fold.settle_cancels()
        day = self._fold.day
        if day.span.start_ns != self._begins_ns:
            self._begins_ns, self._closed = day.span.start_ns, 0
            self._told.clear()
            self._newest.clear()
        closed = int(day.clock[Fact.PARENTS])
        if closed == self._closed:
            return
        news = day.book(self._closed)
        self._closed = closed
        found = judge([news], self._contracts, self._options, self._marks)
        found = found.take(np.argsort(found.parents["last_ts"], kind="stable"))
        found = found._replace(kind=self._kinds(found))
        for signal in signal_rows(found, self._contracts, self._options):
            if signal.id not in self._told:
                self._told.add(signal.id)
                yield signal

    def _kinds(self, found: Signals) -> NDArray[np.int8]:
        """Return the kinds of parents whose forerunners were told of before."""
        within = self._options.radar.split_within_ms * _MS
        parents, kinds = found.parents, found.kind.copy()
        names = ("contract", "side", "first_ts", "last_ts")
        rows = zip(*(parents[name].tolist() for name in names), strict=True)
        for at, (contract, side, first, last) in enumerate(rows):
            before = self._newest.get((contract, side))
            soon = before is not None and first - before <= within
            if kinds[at] == Kind.BLOCK and soon:
                kinds[at] = Kind.SPLIT
            self._newest[contract, side] = max(last, before or last)
        return kinds


def play(
    tape: Tape, settled: Settled, options: FlowOptions, clock: Clock, speed: float
) -> Iterator[Signal]:
    """Play a tape at its own pace, or so many times faster, and yield signals as they come.

    Whatever is due by now is folded as one batch; where nothing is, time alone passes.
    """
    live = Live(tape.contracts, beside(tape, settled), options)
    began, first = clock.now_ns(), None
    for batch in tape.batches():
        first = int(batch.ts_event[0]) if first is None else first
        came = 0
        while came < batch.rows:
            now = first + int((clock.now_ns() - began) * speed)
            due = int(np.searchsorted(batch.ts_event, now, side="right"))
            if due > came:
                yield from live.take(batch.take(slice(came, due)))
                came = due
            else:
                yield from live.tick(now)
            clock.wait_s(_PAUSE_S)
    yield from live.finish()
