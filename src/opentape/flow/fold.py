"""The fold: prints in, parents and the state of their contracts out, date by date."""

import datetime as dt
from collections import Counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from opentape.flow.cancels import take_back
from opentape.flow.day import Book, Day
from opentape.flow.options import GatherOptions
from opentape.flow.past.rows import Folded
from opentape.flow.records import REJECTS, Clock, Records, Verdict
from opentape.flow.ring import DEPTH, Ring
from opentape.market.calendar import trade_date
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import NANOS, UNKNOWN
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import SHOWN, Skips

_ODD = int(Clock.ODD)


class Watch(Protocol):
    """Whoever follows what becomes of every row."""

    def folded(self, rows: Folded, rules: Records) -> None:
        """Take note of rows of one date, in the order they were folded."""
        ...

    def taken_back(self, prints: PrintBatch, day: Day) -> None:
        """Take note that prints of the date no longer count; the verdicts say so too."""
        ...

    def earlier(self, prints: PrintBatch) -> None:
        """Take note of rows that were left out, as their trade date was over."""
        ...


class Fold:
    """A tape folded as it comes: any batches, one print or a million, give the same bytes.

    Parameters
    ----------
    contracts
        The table that the batches are decoded with; it may grow between batches.
    open_interest
        What was settled before the first trade date. Later dates keep it, marked stale.
    recent
        Prints to keep at hand, a power of two; enough for all of them lets the members of
        every parent be read back.
    oi_date
        The trade date that the open interest is of, where it is not the first one folded.
    ring
        Parents of each underlying that are found without reading the log.
    watch
        Told of every row as it is folded.
    """

    def __init__(
        self,
        contracts: Contracts,
        open_interest: OpenInterest | None = None,
        options: GatherOptions | None = None,
        *,
        recent: int = 1 << 14,
        oi_date: dt.date | None = None,
        ring: int = DEPTH,
        watch: Watch | None = None,
    ) -> None:
        self.skips = Skips()
        self.conditions: Counter[Condition] = Counter()
        """Prints folded, by class."""
        self.taken_back = 0
        self.cancels_unmatched = 0
        self.late = 0
        """Prints too far behind the tape to be gathered."""
        self._oi_date = oi_date
        self._known_oi = open_interest is not None
        interest = open_interest or OpenInterest.none()
        self.day = Day(contracts, interest, options or GatherOptions(), recent)
        self._closed: list[Book] = []
        self._cancels: list[PrintBatch] = []
        """Those that came since the last were settled."""
        self._begun = False
        self._ring = Ring(ring)
        self._ringed = 0
        self._contracts = contracts
        self._watch = watch

    def push(self, batch: PrintBatch) -> None:
        """Fold prints, in the order (ts_event, sequence, row) or as they came live.

        The columns of the batch are kept and must not be written to afterwards. A print of
        an earlier trade date than the one under way is counted and skipped.
        """
        came = self._fold(batch) if self._begun else 0
        while came < batch.rows:
            batch = self._turn(batch.take(slice(came, batch.rows)))
            came = self._fold(batch)

    def settle(self, open_interest: OpenInterest, date: dt.date) -> None:
        """Take the open interest of a morning before the first print of its date."""
        self._known_oi, self._oi_date = True, date
        self.day.open_interest = open_interest

    def settle_cancels(self) -> PrintBatch | None:
        """Take back what the cancels met so far name; questions come after this.

        Returns
        -------
        PrintBatch or None
            What was taken back; every parent of its contracts was gathered anew.
        """
        if not self._cancels:
            return None
        cancels, self._cancels = PrintBatch.joined(self._cancels), []
        outcome = take_back.take_back(self.day, cancels)
        self._note_taken_back(outcome.prints)
        self.cancels_unmatched += outcome.unmatched
        return outcome.prints

    def window(self, symbol: str, after: int, until: int) -> NDArray[np.int64]:
        """Return where in ``day.parents`` those of an underlying stand, oldest first.

        Those of the date under way with ``after < ts <= until``: from the ring where it
        reaches back so far, else from the whole log. Open windows are not among them.
        """
        self.settle_cancels()
        day, closed = self.day, int(self.day.clock[Clock.PARENTS])
        if closed > self._ringed:
            places = day.parents["contract"][self._ringed : closed]
            self._ring.keep(day.parents, self._ringed, self._contracts.underlyings(places))
            self._ringed = closed
        names = self._contracts.underlying_names()
        if symbol not in names:
            return np.empty(0, np.int64)
        code = names.index(symbol)
        window = self._ring.window(day.parents, code, after, until)
        if not window.truncated:
            return window.places
        log = day.parents[:closed]
        mine = self._contracts.underlyings(log["contract"]) == code
        mine &= (log["first_ts"] > after) & (log["first_ts"] <= until) & ~log["dropped"]
        places = np.flatnonzero(mine)
        return places[np.argsort(log["first_ts"][places], kind="stable")]

    def finish(self, *, whole: bool = True) -> list[Book]:
        """Close what is open and return a book for each trade date, oldest first.

        Parameters
        ----------
        whole
            Whether the tape was folded to its end: then prints that it marks as cancelled
            later are taken back although no cancel was met.
        """
        if self._begun:
            self._end_date(whole=whole)
            self._begun = False
        return self._closed

    def _turn(self, batch: PrintBatch) -> PrintBatch:
        """Begin the date of the batch's first row, or leave out earlier dates."""
        first, span = int(batch.ts_event[0]), self.day.span
        if self._begun and first < span.start_ns:
            early = batch.ts_event < span.start_ns
            shown = ((row, "behind by a day or more") for row in batch.row[early].tolist())
            self.skips.add("earlier_date", int(early.sum()), shown)
            if self._watch is not None:
                self._watch.earlier(batch.take(early))
            return batch.take(~early)
        if self._begun:
            self._end_date(whole=True)
        self._start(trade_date(first))
        return batch

    def _start(self, date: dt.date) -> None:
        self._oi_date = self._oi_date or date
        self.day.start(date, oi_stale=self._known_oi and date > self._oi_date)
        self._ring.clear()
        self._ringed = 0
        self._begun = True

    def _fold(self, batch: PrintBatch) -> int:
        """Fold what belongs to the date under way; return how many rows that were."""
        clock = self.day.clock
        odd = clock[_ODD]
        verdicts = self.day.fold(batch)
        if clock[_ODD] != odd:
            self._note_rejects(batch, verdicts)
            cancels = np.flatnonzero(verdicts == Verdict.CANCEL)
            if cancels.size:
                self._cancels.append(batch.take(cancels))
        if self._watch is not None:
            rows = (
                batch if verdicts.size == batch.rows else batch.take(slice(verdicts.size))
            )
            self._watch.folded(Folded(rows, verdicts), self.day.rules)
        return verdicts.size

    def _note_taken_back(self, prints: PrintBatch) -> None:
        self.taken_back += prints.rows
        if self._watch is not None and prints.rows:
            self._watch.taken_back(prints, self.day)

    def _note_rejects(self, batch: PrintBatch, verdicts: NDArray[np.uint8]) -> None:
        for verdict in REJECTS:
            at = np.flatnonzero(verdicts == verdict)
            shown = [(int(batch.row[i]), _detail(batch, i)) for i in at[:SHOWN].tolist()]
            self.skips.add(verdict.name.lower(), at.size, shown)

    def _end_date(self, *, whole: bool) -> None:
        self.settle_cancels()
        if whole:
            self._note_taken_back(take_back.take_back_withdrawn(self.day))
        self.day.close()
        self.late += int(self.day.counts[Verdict.LATE])
        self.conditions.update({kind: int(self.day.classes[kind]) for kind in Condition})
        self._closed.append(self.day.book())


def _detail(batch: PrintBatch, at: int) -> str:
    price, bid, ask = (
        "unknown" if column[at] == UNKNOWN else f"{int(column[at]) / NANOS:g}"
        for column in (batch.price, batch.bid, batch.ask)
    )
    return f"price {price}, size {batch.size[at]}, bid {bid}, ask {ask}"
