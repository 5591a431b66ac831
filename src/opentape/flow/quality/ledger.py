"""The ledger: told of every row as it is folded, it notes what is wrong with the feed."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np

from opentape.flow.day import Day, Folded
from opentape.flow.quality import scan
from opentape.flow.quality.cancels import Cancels
from opentape.flow.quality.mornings import Mornings
from opentape.flow.quality.numbers import WAIT, Numbers
from opentape.flow.quality.order import of_rows
from opentape.flow.quality.records import FLAW, NUMBERED, Kind, flaws
from opentape.flow.quality.views import Quality
from opentape.flow.raw.shelf import Shelf, plain
from opentape.flow.records import Records
from opentape.market.calendar import Span
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

MOST: Final = 1 << 20
"""Flaws of a date that are kept; more are counted, and the oldest forgotten."""
_ROWS_AT_ONCE: Final = 1 << 14


class Ledger:
    """What is wrong with a feed on the trade date under way; fills `fold.Watch`.

    A pure function of the facts it is told, in their order: batches of one print or of a
    million give the same.

    Parameters
    ----------
    stocks
        Stock symbols by the places that batches name; the list may grow.
    late_after_ns
        A stock print further behind the newest one is late.
    oi_date
        The trade date of open interest that another ledger was told before.
    wait
        Rows that are judged by their numbers at a time; half of what is waited for.
    """

    def __init__(
        self,
        contracts: Contracts,
        stocks: Sequence[str] = (),
        *,
        late_after_ns: int,
        oi_date: dt.date | None = None,
        wait: int = WAIT,
    ) -> None:
        self._contracts, self._stocks, self._wait = contracts, stocks, wait
        self._late_ns = late_after_ns
        self._mornings = Mornings(contracts, oi_date)
        self._span = Span(0, 0)
        self._room = flaws(0)
        self._clear()

    def settle(self, interest: OpenInterest) -> None:
        """Take the open interest of a morning before the first print of its date.

        When the date before is under way still, its volume says what may have changed.
        """
        holes = self._numbers.standing().now().holes
        last_gap_ns = int(holes["after"].max(initial=0))
        self._keep(self._mornings.settle(interest, last_gap_ns))

    def chain(self, chain: Chain) -> None:
        """Take a chain: what it lists should have open interest."""
        self._keep(self._mornings.chain(chain))

    def folded(self, rows: Folded, rules: Records) -> None:
        """Note what is wrong with rows that were folded."""
        batch, verdicts = rows
        if not batch.rows:
            return
        self._turn(Span(int(rules["date_from"][0]), int(rules["date_to"][0])))
        self._keep(self._mornings.began(int(batch.ts_event[0])))
        self._mornings.admit()
        self._rows += batch.rows
        for first in range(0, batch.rows, _ROWS_AT_ONCE):
            part = slice(first, first + _ROWS_AT_ONCE)
            whole = batch.rows <= _ROWS_AT_ONCE
            self._scan(rows if whole else Folded(batch.take(part), verdicts[part]))

    def taken_back(self, prints: PrintBatch, day: Day) -> None:
        """Note prints that a cancel took back."""
        if day.span.start_ns >= self._span.start_ns:
            self._mornings.taken_back(prints)
            self._keep(self._cancels.taken_back(prints))

    def earlier(self, prints: PrintBatch) -> None:
        """Note rows of a trade date that was over when they came."""
        rows: Records = np.zeros(prints.rows, NUMBERED)
        rows["sequence"], rows["row"] = prints.sequence, prints.row
        rows["ts"], rows["place"] = prints.ts_event, prints.contract
        rows["venue"] = prints.venue
        self._keep(of_rows(rows, Kind.EARLIER_DATE))

    def stock(self, batch: StockBatch) -> None:
        """Note what is wrong with prints of stocks."""
        room = self._scratch(batch.rows)
        count = scan.stocks(batch, self._stock_rows, self._late_ns, self._stock_now, room)
        self._stock_rows += batch.rows
        self._keep(room[:count])

    def view(self) -> Quality:
        """Return the ledger as it is now."""
        return Quality(
            contracts=self._contracts,
            stocks=self._stocks,
            rows=self._rows,
            stock_rows=self._stock_rows,
            noted=self._shelf.records,
            unmatched=self._cancels.standing(),
            standing=self._numbers.standing(),
            forgotten=self._forgotten,
        )

    def _scan(self, rows: Folded) -> None:
        batch, verdicts = rows
        known = self._mornings
        room = self._scratch(scan.MOST * batch.rows)
        count, odd = scan.options(
            batch, verdicts, known.interest, known.noted, known.volume, self._now,
            self._cancels.numbers, room,
        )  # fmt: skip
        self._keep(room[:count])
        self._cancels.folded(batch, verdicts, odd)
        for found in self._numbers.add(batch, verdicts):
            self._keep(found)

    def _scratch(self, length: int) -> Records:
        if self._room.size < length:
            self._room = flaws(length)
        return self._room

    def _keep(self, found: Records) -> None:
        if not found.size:
            return
        held = self._shelf.records
        over = held.size + found.size - MOST
        if over > 0:
            gone = np.concatenate([held, found])[:over]
            lost = np.bincount(gone["kind"], gone["count"], len(Kind)).astype(np.int64)
            self._forgotten = self._forgotten + lost
        self._shelf.put(plain(found))

    def _turn(self, span: Span) -> None:
        """Begin a date unless it is under way."""
        if span.start_ns <= self._span.start_ns:
            return
        if self._span.start_ns > 0:
            self._clear()
        self._span = span
        self._mornings.turn(span)

    def _clear(self) -> None:
        """Forget the date before."""
        self._shelf = Shelf(FLAW, MOST)
        self._numbers, self._cancels = Numbers(self._wait), Cancels()
        self._now, self._stock_now = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self._rows = self._stock_rows = 0
        self._forgotten = np.zeros(len(Kind), np.int64)
