"""One trade date under way: its contracts, its recent prints and the parents gathered."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow import clean, line
from opentape.flow.options import Coalesce, GatherOptions
from opentape.flow.past import seek
from opentape.flow.past.rows import Folded, Rows
from opentape.flow.records import (
    CONTRACT,
    EXPIRED_OI,
    PARENT,
    PRINT,
    RULES,
    SERIES,
    Clock,
    Records,
    Verdict,
    aligned,
    taken,
)
from opentape.market.calendar import EPOCH, SECOND_NS, Span, day_of, session_of
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.roots import underlying_of

_MS: Final = 1_000_000
_NEVER: Final = -(1 << 62)
_AFTER_ALL: Final = 1 << 62
_CHUNK: Final = 1 << 18
"""Rows folded at a time: room for their parents is made before."""
_RECENT: Final = 1 << 14
"""Recent prints kept at first; more where the tape is busier."""
_BLOCK: Final = 1 << 10
"""Prints that are read at a time, before any state is touched."""

_ROWS, _PASSED = int(Clock.ROWS), int(Clock.PASSED)
_PARENTS, _TRACKING = int(Clock.PARENTS), int(Clock.TRACKING)


class Book(NamedTuple):
    """The parents of one trade date beside what their contracts came to."""

    trade_date: dt.date
    parents: Records
    """`records.PARENT`, in the order they closed."""
    volume: NDArray[np.int64]
    """Contracts bought, sold and unsigned in each parent's contract: three columns."""
    proven: NDArray[np.int64]
    """Contracts of it that must have opened."""
    oi: NDArray[np.int64]
    """Its open interest that morning, -1 where unknown."""
    oi_stale: bool
    """Whether that is an earlier morning's."""


class Day:
    """The state of one trade date; a pure function of the rows folded into it.

    Parameters
    ----------
    recent
        Recent prints to keep at least, a power of two. Room for the whole date lets
        the members of every parent be read back.
    """

    def __init__(
        self,
        contracts: Contracts,
        open_interest: OpenInterest,
        options: GatherOptions,
        recent: int = _RECENT,
    ) -> None:
        self._contracts = contracts
        self.open_interest = open_interest
        """What was settled; a newer one counts from the next trade date on."""
        self._options = options
        self.date = EPOCH
        self.span = Span(0, 0)
        self.oi_stale = False
        self.recent: Records = aligned(PRINT, recent)
        """The newest prints, as a buffer that is written round and round."""
        self.parents: Records = np.empty(1024, PARENT)
        self.clock = np.zeros(Clock.LENGTH, np.int64)
        self.rules: Records = np.zeros(1, RULES)
        self.states: Records = aligned(CONTRACT, 0)
        self.series: Records = np.zeros(0, SERIES)
        self._seen = np.zeros((2, 2), np.int64)
        self._readings = np.empty(_BLOCK, np.uint16)
        self._admitted = 0
        self.rows = Rows()
        """Every row of the date so far."""
        self.dropped: list[int] = []
        """Places of parents that cancels have undone, in the order that it happened."""
        self._log = np.empty(0, np.int32)
        """The contract of each parent as far as anybody asked, one after the other."""
        self._logged = 0

    @property
    def counts(self) -> NDArray[np.int64]:
        """Rows by `records.Verdict`."""
        return self.clock[Clock.VERDICTS : Clock.VERDICTS + len(Verdict)]

    @property
    def classes(self) -> NDArray[np.int64]:
        """Prints by `conditions.Condition`."""
        return self.clock[Clock.CLASSES : Clock.CLASSES + len(Condition)]

    def start(self, date: dt.date, *, oi_stale: bool) -> None:
        """Forget everything and begin a trade date."""
        self.date, self.span, self.oi_stale = date, day_of(date), oi_stale
        self.clock[:] = 0
        self.clock[Clock.NOW] = _NEVER
        self._seen = np.zeros((2, 2), np.int64)
        self._admitted = 0
        self.rows, self.dropped, self._logged = Rows(), [], 0
        self.rules[:] = _rules(self._options, date)
        self.admit()

    def fold(self, batch: PrintBatch) -> NDArray[np.uint8]:
        """Fold rows until one of another date; return what became of each that came first.

        The day keeps the batch, whose columns must not be written to afterwards.
        """
        self.admit()
        if batch.rows <= _CHUNK:
            return self._fold_part(batch)
        verdicts: list[NDArray[np.uint8]] = []
        for start in range(0, batch.rows, _CHUNK):
            part = batch.take(slice(start, start + _CHUNK))
            verdicts.append(self._fold_part(part))
            if verdicts[-1].size < part.rows:
                break
        return np.concatenate(verdicts)

    def tick(self, now: int) -> None:
        """Close the windows that have been silent for longer than the gap at `now`."""
        self._make_room(0)
        if now > self.clock[Clock.NOW]:
            self.rows.tick(now)
        line.tick(
            now, self.recent, self.states, self.series, self.parents, self.clock, self.rules
        )

    def close(self) -> None:
        """Close every open window: the tape, or the date, is over."""
        self.tick(_AFTER_ALL)

    @property
    def folded(self) -> list[Folded]:
        """Every row of the date so far, in parts."""
        return self.rows.parts

    def book(self, since: int = 0) -> Book:
        """Return parents, from place `since` on, beside the state of their contracts."""
        closed = self.parents[since : self.clock[Clock.PARENTS]]
        parents = closed[~closed["dropped"]]
        places = parents["contract"]
        states = taken(self.states, places)
        return Book(
            self.date,
            parents,
            states["volume"].astype(np.int64),
            self.series["proven"][places].astype(np.int64),
            states["oi"].astype(np.int64),
            self.oi_stale,
        )

    def admit(self) -> None:
        """Give every contract named since the last time its record and open interest."""
        known, now = self._admitted, len(self._contracts)
        if known == now:
            return
        if now > self.states.size:
            self._grow_contracts(now)
        # whoever decodes ahead may name more meanwhile: those are for the next time
        oi = self.open_interest.of(self._contracts, known)[: now - known]
        expired = self._contracts.expiry_days[known:now] < (self.date - EPOCH).days
        self.states[known:now] = np.zeros(1, CONTRACT)
        self.states["oi"][known:now] = np.where(expired, EXPIRED_OI, oi)
        self.series["proven"][known:now] = 0
        self.series["block"][known:now] = self._block_sizes(
            self._contracts.root_codes[known:now]
        )
        self._admitted = now

    def parents_of(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the places in the log of the parents of wanted contracts that stand."""
        logged, known = int(self.clock[_PARENTS]), self._logged
        if logged > self._log.size:
            self._log = np.append(self._log[:known], np.empty(2 * logged - known, np.int32))
        self._log[known:logged] = self.parents["contract"][known:logged]
        self._logged = logged
        places = np.empty(logged, np.int64)
        named = np.flatnonzero(wanted)
        count = seek.of_contracts(
            self._log[:logged], wanted, int(named[0]), int(named[-1]), places
        )
        places = places[:count]
        return places[~self.parents["dropped"][places]]

    def undo(self, gone: NDArray[np.int64], fresh: Records) -> None:
        """Drop parents at some places in the log, and log others in their stead."""
        self.parents["dropped"][gone] = True
        self.dropped.extend(gone.tolist())
        self._make_room(fresh.size)
        first = int(self.clock[_PARENTS])
        self.parents[first : first + fresh.size] = fresh
        self.clock[_PARENTS] += fresh.size

    def _fold_part(self, part: PrintBatch) -> NDArray[np.uint8]:
        rows = part.rows
        verdicts = np.empty(rows, np.uint8)
        self._make_room(rows)
        came = 0
        while True:
            came = line.fold(
                part, came, verdicts, self._readings, self.recent, self.states,
                self.series, self.parents, self._seen, self.clock, self.rules,
            )  # fmt: skip
            if came == rows:
                break
            if not self.span.start_ns <= part.ts_event[came] < self.span.end_ns:
                part, verdicts = part.take(slice(0, came)), verdicts[:came]
                break
            if self.clock[Clock.ROWS] - self.clock[Clock.KEPT] >= self.recent.size:
                self.recent = doubled(self.recent, self.clock)
            elif self._may_repeat(part, came):
                self._track(Folded(part, verdicts), came)
        if came:
            self.rows.keep(Folded(part, verdicts))
        return verdicts

    def _may_repeat(self, part: PrintBatch, at: int) -> bool:
        if self.clock[Clock.TRACKING]:
            return False
        last = self.states["sequence"][part.contract[at]]
        last_of_venue = self.clock[Clock.SEQUENCES + part.venue[at]]
        return bool(0 < part.sequence[at] <= min(last, last_of_venue))

    def _track(self, folded: Folded, came: int) -> None:
        """Remember every row from here on, and all that were folded before.

        Most tapes never get here: while the sequences of a contract or of a venue grow, no
        row can be a repeat.
        """
        part, verdicts = folded
        rows = self.rows.count + part.rows
        self._seen = self._remembered(_power_of_two(2 * rows))
        clean.remember(part.take(slice(0, came)), verdicts[:came], self._seen)
        self.clock[Clock.TRACKING] = 1

    def _remembered(self, slots: int) -> NDArray[np.int64]:
        seen = np.zeros((slots, 2), np.int64)
        for batch, verdicts in self.rows.parts:
            clean.remember(batch, verdicts, seen)
        return seen

    def _grow_contracts(self, wanted: int) -> None:
        size = max(wanted, 2 * self.states.size)
        grown = aligned(CONTRACT, size)
        grown[: self.states.size] = self.states
        self.states = grown
        self.series = np.resize(self.series, size)

    def _block_sizes(self, root_codes: NDArray[np.int64]) -> NDArray[np.int32]:
        usual, special = (
            self._options.block_min_contracts,
            self._options.block_min_by_symbol,
        )
        codes, root = np.unique(root_codes, return_inverse=True)
        sizes = [
            special.get(underlying_of(self._contracts.roots[int(code)]), usual)
            for code in codes
        ]
        return np.array(sizes, np.int32)[root]

    def _make_room(self, rows: int) -> None:
        clock = self.clock
        parents = int(clock[_PARENTS])
        wanted = parents + int(clock[_ROWS]) - int(clock[_PASSED]) + rows
        if wanted > self.parents.size:
            grown = np.empty(max(wanted, self.parents.size * 3 // 2), PARENT)
            grown[:parents] = self.parents[:parents]
            self.parents = grown
        if clock[_TRACKING]:
            slots = 2 * (self.rows.count + rows)
            if slots > len(self._seen):
                self._seen = self._remembered(_power_of_two(slots))


def doubled(recent: Records, clock: NDArray[np.int64]) -> Records:
    """Return twice the room, with the prints that an open window may still need."""
    rows = np.arange(int(clock[Clock.KEPT]), int(clock[Clock.ROWS]), dtype=np.int64)
    grown = aligned(PRINT, 2 * recent.size)
    grown[rows & (grown.size - 1)] = recent[rows & (recent.size - 1)]
    return grown


def _power_of_two(rows: int) -> int:
    return 1 << max(rows - 1, 1).bit_length()


def _rules(options: GatherOptions, date: dt.date) -> Records:
    rules = np.zeros(1, RULES)
    rule = rules[0]
    rule["date_from"], rule["date_to"] = day_of(date)
    rule["gap_ns"] = options.gap_ms * _MS
    rule["span_ns"] = options.max_span_ms * _MS
    rule["late_ns"] = options.late_after_ms * _MS
    rule["block_floor"] = min(
        (options.block_min_contracts, *options.block_min_by_symbol.values())
    )
    rule["blocks_only"] = options.coalesce == Coalesce.BLOCKS_ONLY
    rule["strict"] = options.sweep_strict
    session = session_of(date) if options.unsigned_open_seconds else None
    if session is not None:
        rule["unsigned_from"] = session.start_ns
        rule["unsigned_to"] = session.start_ns + options.unsigned_open_seconds * SECOND_NS
    return rules
