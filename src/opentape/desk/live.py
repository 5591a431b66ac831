"""Live: prints as they come, and the signals of what has closed since."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.clock import Clock
from opentape.desk.members import rows_of
from opentape.desk.ports import Tape
from opentape.desk.replay import Settled, beside
from opentape.flow.day import Day
from opentape.flow.fold import Fold, Watch
from opentape.flow.judge import judge
from opentape.flow.judge.enrich import ChainMarks
from opentape.flow.judge.spell import identities, parent_identities, signal_rows
from opentape.flow.options import FlowOptions
from opentape.flow.records import Clock as Fact
from opentape.flow.signal import SIDES, Kind, Signal, Signals
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

_PAUSE_S: Final = 0.02
_MS: Final = 1_000_000
Marks = Callable[[NDArray[np.int32]], ChainMarks]
"""Gives what chains say of contracts."""


class Event(StrEnum):
    """What is told of a signal."""

    NEW = "signal.new"
    AMENDED = "signal.amended"
    """A cancel took back a part of it: another signal stands in its place."""
    RETRACTED = "signal.retracted"
    """A cancel took it back."""


class State(NamedTuple):
    """What a signal was judged against."""

    bought: int
    """Contracts of its series so far today that buyers crossed for."""
    sold: int
    unsigned: int
    proven: int
    """Contracts that must have opened."""
    open_interest: int
    """Of the morning; negative where not known."""
    prints: tuple[int, ...] | None
    """Rows of the tape that it is made of, as they came; None where that is not clear."""


class News(NamedTuple):
    """One thing told of a signal."""

    event: Event
    signal: Signal | None
    """As it stands now; None where it was retracted."""
    replaces: str | None = None
    """Id of the signal that was amended or retracted."""
    state: State | None = None
    """None where it was retracted."""


class _Told(NamedTuple):
    """Where a signal that was told of stood."""

    side: int
    first_ts: int
    last_ts: int


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
        oi_date: dt.date | None = None,
    ) -> None:
        self._contracts = contracts
        self._marks = settled.chain
        self._options = options
        self._fold = Fold(
            contracts, settled.open_interest, options.gather, watch=watch, oi_date=oi_date
        )
        self._closed = 0
        """Parents of the date that have been looked at."""
        self._told: dict[int, dict[str, _Told]] = {}
        """Signals of the date, by contract and id."""
        self._again: set[int] = set()
        """Contracts that cancels took prints of, and that were not looked at since."""
        self._undone = 0
        """Parents of the date that cancels undid, and that have been looked at."""
        self._newest: dict[tuple[int, int], int] = {}
        """When the newest parent ended, by contract and side."""
        self._begins_ns: int = 0
        """Of the trade date under way."""

    @property
    def day(self) -> Day:
        """The trade date under way."""
        return self._fold.day

    def settle(self, open_interest: OpenInterest, date: dt.date) -> None:
        """Take the open interest of a morning before the first print of its date."""
        self._fold.settle(open_interest, date)

    def push(self, batch: PrintBatch) -> None:
        """Fold prints; `news` says what came of them."""
        self._fold.push(batch)
        taken_back = self._fold.settle_cancels()
        if taken_back is not None:
            self._again.update(taken_back.contract.tolist())

    def tick(self, now_ns: int) -> bool:
        """Close what has been silent for too long; return whether anything was."""
        before = int(self.day.clock[Fact.PARENTS])
        self.day.tick(now_ns)
        return int(self.day.clock[Fact.PARENTS]) != before

    def close(self) -> None:
        """Close what is open at the end of the tape."""
        self.day.close()

    def catch_up(self, told: Collection[str]) -> None:
        """Take it that all there is to tell so far was told, by an earlier run.

        Parameters
        ----------
        told
            Ids of the signals of the date that stand as they were told.
        """
        self._begin_date()
        day = self.day
        book = day.book(self._closed)
        self._closed = int(day.clock[Fact.PARENTS])
        self._undone = len(day.dropped)
        self._again.clear()
        found = judge([book], self._contracts, self._options, None)
        found = found.take(np.argsort(found.parents["last_ts"], kind="stable"))
        self._kinds(found, {})
        for signal_id, (contract, stood) in self._standing(found):
            if signal_id in told:
                self._told.setdefault(contract, {})[signal_id] = stood

    def news(self, marks: Marks | None = None) -> Iterator[News]:
        """Yield what is to be told of parents that closed or changed, oldest first.

        Parameters
        ----------
        marks
            Gives vols and greeks of their contracts; without it those that were settled
            count.
        """
        self._begin_date()
        day = self.day
        closed = int(day.clock[Fact.PARENTS])
        if closed == self._closed and not self._again:
            return
        news = day.book(self._closed)
        self._closed = closed
        chain = marks(news.parents["contract"]) if marks else self._marks
        found = judge([news], self._contracts, self._options, chain)
        if found.rows > 1:
            found = found.take(np.argsort(found.parents["last_ts"], kind="stable"))
        standing = list(self._standing(found))
        gone = self._gone({signal_id for signal_id, _ in standing})
        found = found._replace(kind=self._kinds(found, self._standing_again()))
        rows = signal_rows(found, self._contracts, self._options)
        for at, (signal, (_, (contract, stood))) in enumerate(
            zip(rows, standing, strict=True)
        ):
            mine = self._told.setdefault(contract, {})
            if signal.id not in mine:
                mine[signal.id] = stood
                old = _overlapped(gone.get(contract, {}), stood)
                event = Event.AMENDED if old else Event.NEW
                state = self._state(contract, found.parents[at])
                yield News(event, signal, old, state)
        for one in (old for left in gone.values() for old in left):
            yield News(Event.RETRACTED, None, one)

    def _state(self, contract: int, parent: np.void) -> State:
        """Return what a parent is judged against."""
        day = self.day
        standing = day.states[contract]
        bought, sold, unsigned = standing["volume"].tolist()
        return State(
            bought,
            sold,
            unsigned,
            int(day.series["proven"][contract]),
            int(standing["oi"]),
            rows_of(day, parent),
        )

    def _begin_date(self) -> None:
        begins_ns = int(self.day.span.start_ns)
        if begins_ns != self._begins_ns:
            self._begins_ns = begins_ns
            self._closed = self._undone = 0
            self._told.clear()
            self._newest.clear()
            self._again.clear()

    def _gone(self, standing: Collection[str]) -> dict[int, dict[str, _Told]]:
        """Return, and forget, what was told of and stands no more, by contract."""
        gone: dict[int, dict[str, _Told]] = {}
        undone = self.day.parents[self.day.dropped[self._undone :]]
        self._undone += undone.size
        undone = undone[np.argsort(undone["contract"], kind="stable")]
        names = parent_identities(undone, self._contracts)
        for signal_id, contract in zip(names, undone["contract"].tolist(), strict=True):
            told = self._told.get(contract, {})
            if signal_id in told and signal_id not in standing:
                gone.setdefault(contract, {})[signal_id] = told.pop(signal_id)
        return gone

    def _standing_again(self) -> dict[int, list[_Told]]:
        """Return what still stands of contracts that cancels took prints of, once."""
        again, self._again = self._again, set()
        stand = {one: [*self._told.get(one, {}).values()] for one in again}
        for contract, told in stand.items():
            for side in range(len(SIDES)):
                self._newest.pop((contract, side), None)
            for one in told:
                self._note_newest(contract, one)
        return stand

    def _standing(self, found: Signals) -> Iterator[tuple[str, tuple[int, _Told]]]:
        parents = found.parents
        names = ("contract", "side", "first_ts", "last_ts")
        rows = zip(*(parents[name].tolist() for name in names), strict=True)
        for signal_id, (contract, *stood) in zip(
            identities(found, self._contracts), rows, strict=True
        ):
            yield signal_id, (contract, _Told(*stood))

    def _kinds(self, found: Signals, again: Mapping[int, list[_Told]]) -> NDArray[np.int8]:
        """Return the kinds of parents whose forerunners were told of before.

        Parameters
        ----------
        again
            What stands of contracts whose parents may come anywhere in the day.
        """
        within = self._options.radar.split_within_ms * _MS
        parents, kinds = found.parents, found.kind.copy()
        names = ("contract", "side", "first_ts", "last_ts")
        rows = zip(*(parents[name].tolist() for name in names), strict=True)
        for at, (contract, *facts) in enumerate(rows):
            stood = _Told(*facts)
            before = self._newest.get((contract, stood.side))
            if contract in again:
                before = _newest_before(stood, again[contract])
                again[contract].append(stood)
            soon = before is not None and stood.first_ts - before <= within
            if kinds[at] == Kind.BLOCK and soon:
                kinds[at] = Kind.SPLIT
            self._note_newest(contract, stood)
        return kinds

    def _note_newest(self, contract: int, stood: _Told) -> None:
        key = contract, stood.side
        self._newest[key] = max(stood.last_ts, self._newest.get(key, stood.last_ts))


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
                live.push(batch.take(slice(came, due)))
                came = due
            else:
                live.tick(now)
            yield from signals_of(live)
            clock.wait_s(_PAUSE_S)
    live.close()
    yield from signals_of(live)


def signals_of(live: Live) -> Iterator[Signal]:
    """Yield the signals among the news, those that replace another one too."""
    return (one.signal for one in live.news() if one.signal is not None)


def _newest_before(stood: _Told, others: Iterable[_Told]) -> int | None:
    """Return when the newest forerunner of a signal ended, if it has any."""
    return max(
        (
            one.last_ts
            for one in others
            if one.side == stood.side
            and (one.last_ts <= stood.last_ts or one.first_ts <= stood.first_ts)
        ),
        default=None,
    )


def _overlapped(gone: dict[str, _Told], stood: _Told) -> str | None:
    """Return, and forget, what a signal stands in the place of, if there is such a one."""
    for signal_id, old in gone.items():
        apart = old.last_ts < stood.first_ts or stood.last_ts < old.first_ts
        if old.side == stood.side and not apart:
            del gone[signal_id]
            return signal_id
    return None
