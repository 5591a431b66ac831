"""Intake: facts become entries of a session, which are kept before anything shows them.

An entry gets the tape's clock: whole microseconds, each later than the one before, so that
an instant names one state of the market. A session ends when the first fact of a later
trade date comes.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from opentape.desk.engine.places import Places
from opentape.desk.journal.ports import Entry, Journal, Recorded, Sessions, Settled, Solved
from opentape.desk.journal.unkept import Unkept
from opentape.desk.ports import NOTHING_YET, Delivered, Fact, Feed, Tick
from opentape.market.calendar import day_of, trade_date
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch

_US: Final = 1_000


class Intake:
    """Takes what a feed delivers.

    Parameters
    ----------
    sessions
        Where entries are kept; without it they are forgotten.

    Raises
    ------
    BadFile
        If another process takes the same session, or it was taken from another feed.
    Damaged
        If what was kept of it is.
    """

    def __init__(self, feed: Feed, sessions: Sessions | None) -> None:
        self._feed, self._sessions = feed, sessions
        self.journal = self._found(feed.date)
        self._delivered, self._ticked_ns = NOTHING_YET, 0
        self._begin()

    def _found(self, first: dt.date) -> Journal:
        """Return the newest session of the feed, one that was begun whole."""
        dates = () if self._sessions is None else self._sessions.dates()
        *before, newest = [one for one in dates if one >= first] or [first]
        journal = self._opened(newest)
        if self._sessions is None or not before or _begun_whole(journal):
            return journal
        # nothing was taken of it, and the session before it has all that it was handed
        journal.close()
        self._sessions.forget(newest)
        return self._opened(before[-1])

    def _opened(self, date: dt.date) -> Journal:
        identity = self._feed.identity
        if self._sessions is None:
            return Unkept(date, identity)
        return self._sessions.journal(date, identity)

    def _begin(self) -> None:
        journal, feed = self.journal, self._feed
        self.instant_ns, self.ends_ns = day_of(journal.date)
        self._places = Places(feed.contracts, feed.stocks, journal)

    def kept(self) -> Iterator[Entry]:
        """Yield what an earlier run took, to go on behind it."""
        for entry in self.journal.entries():
            self.instant_ns, self._delivered = entry.instant_ns, entry.delivered
            self._ticked_ns = max(self._ticked_ns, entry.ticked_ns)
            yield entry

    def facts(self) -> Iterator[Fact]:
        """Yield what the feed delivers from here on, cut where a session ends."""
        for fact in self._feed.facts(self._delivered):
            yield from _cut(fact)

    def tick(self, now_ns: int) -> None:
        """Take it that time has passed."""
        self._ticked_ns = max(self._ticked_ns, now_ns)
        self.instant_ns = max(self.instant_ns, now_ns - now_ns % _US)

    def ends_before(self, fact: Fact) -> bool:
        """Return whether a fact belongs to a later session."""
        at_ns = _begins_ns(fact)
        return at_ns is not None and at_ns >= self.ends_ns

    def turn(self, recorded: Sequence[Recorded], fact: Fact) -> Places:
        """End the session and begin that of a fact; return the way between their places."""
        before = self.journal
        before.close(recorded)
        self.journal = self._opened(trade_date(_begins_ns(fact) or self.ends_ns))
        self._begin()
        return Places(before.contracts, before.stocks, self.journal)

    def keep(self, fact: Fact | Solved | Settled, recorded: Sequence[Recorded]) -> Entry:
        """Keep a fact of the feed, or of the engine's own, and return it as an entry.

        Raises
        ------
        StoreFailed
            If it could not be kept: it does not count.
        """
        delivered = self._delivered
        if not isinstance(fact, Solved | Settled):
            delivered = delivered.plus(fact)
            fact = self._places.put(fact)
        return self._append(fact, delivered, recorded)

    def hand_on(self, fact: Fact | Solved | Settled) -> Entry:
        """Keep what a session before knew, in this one's places."""
        return self._append(fact, self._delivered, ())

    def _append(
        self,
        fact: Fact | Solved | Settled,
        delivered: Delivered,
        recorded: Sequence[Recorded],
    ) -> Entry:
        instant_ns = max(self.instant_ns + _US, _instant_ns(fact))
        entry = Entry(self.journal.end, instant_ns, self._ticked_ns, delivered, fact)
        self.journal.append(entry, recorded)
        self.instant_ns, self._delivered = instant_ns, delivered
        return entry


def _begins_ns(fact: Fact) -> int | None:
    """Return when a fact begins; None for what has no time, or makes none."""
    match fact:
        case PrintBatch() | StockBatch():
            return int(fact.ts_event[0]) if fact.rows else None
        case Chain():
            return fact.as_of
        case _:
            return None


def _instant_ns(fact: Fact | Solved | Settled) -> int:
    """Return the last instant of a fact, whole microseconds; 0 where it has none."""
    match fact:
        case PrintBatch() | StockBatch():
            last = int(fact.ts_event.max()) if fact.rows else 0
        case Chain():
            last = fact.as_of
        case Tick():
            last = fact.now_ns
        case _:
            last = 0
    return last - last % _US


def _cut(fact: Fact) -> Iterator[Fact]:
    """Yield a fact in pieces that are of one session each."""
    while isinstance(fact, PrintBatch | StockBatch) and fact.rows:
        ends_ns = day_of(trade_date(int(fact.ts_event[0]))).end_ns
        later = np.flatnonzero(fact.ts_event >= ends_ns)
        if not later.size:
            break
        yield fact.take(slice(0, int(later[0])))
        fact = fact.take(slice(int(later[0]), fact.rows))
    yield fact


def _begun_whole(journal: Journal) -> bool:
    """Return whether a session has all that one before it handed on."""
    first = next(journal.entries(), None)
    return (
        first is not None
        and isinstance(first.fact, Settled)
        and journal.end > first.number + first.fact.handed
    )
