"""Time travel: the same fold over the same entries, up to an instant."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Final

from opentape.desk.fold.again import fold_again
from opentape.desk.fold.begun import fold_of
from opentape.desk.fold.market_fold import MarketFold
from opentape.desk.journal.ports import Entry, Session, Sessions
from opentape.desk.options import EngineOptions
from opentape.desk.outcomes.record import Record
from opentape.desk.state.market import Market
from opentape.market.calendar import (
    day_of,
    is_session,
    session_before,
    session_of,
    trade_date,
)
from opentape.market.errors import NoCoverage, NoData

_FOLDS: Final = 4
"""Folds that are kept where a question left them: a later instant goes on from there."""
_MARKETS: Final = 32
"""Markets that are kept as they were asked for."""
_US: Final = 1_000


class Past:
    """Answers for instants of the past; any thread may ask.

    Parameters
    ----------
    sessions
        What is kept.
    name
        What the tape is called in answers.
    """

    def __init__(self, sessions: Sessions, options: EngineOptions, name: str) -> None:
        self._sessions, self._options, self._name = sessions, options, name
        self._markets: OrderedDict[int, Market] = OrderedDict()
        self._folds: list[_Standing] = []
        self._asking = Lock()
        self.record = Record(sessions)
        """What came after the signals of sessions that are over."""

    def until(self, at_ns: int) -> Market:
        """Return the market as it stood at an instant, to the microsecond.

        Raises
        ------
        NoCoverage
            If the session was not kept, or nothing of it before the instant.
        NoData
            If there was no session, or none is kept that early or late.
        Damaged
            If what was kept is.
        """
        at_ns -= at_ns % _US
        with self._asking:
            market = self._markets.get(at_ns)
            if market is None:
                market = self._markets[at_ns] = self._made(at_ns)
                if len(self._markets) > _MARKETS:
                    self._markets.popitem(last=False)
            self._markets.move_to_end(at_ns)
            return market

    def dates(self) -> Sequence[dt.date]:
        """Return the trade dates that are kept, oldest first."""
        return self._sessions.dates()

    def closing(self, date: dt.date) -> Market:
        """Return the market as a session left it.

        Raises
        ------
        NoCoverage
            If nothing of it was kept.
        """
        market = self.until(day_of(date).end_ns - 1)
        if all(name.trade_date != date for name in market.names.values()):
            raise NoCoverage(f"nothing of the session of {date} was kept")
        return market

    def _made(self, at_ns: int) -> Market:
        date = trade_date(at_ns)
        for one in self._standing(date, at_ns):
            fold = self._taken(one, at_ns)
            fold.advance(at_ns)
            # the one that was asked longest ago makes room
            self._folds = [*self._folds, fold][-_FOLDS:]
            if fold.begun:
                return fold.cut(at_ns)
        dates = self._sessions.dates()
        if date in dates:
            raise NoCoverage("nothing of the session had been taken by that instant")
        if dates and dates[0] <= date <= dates[-1] and is_session(date):
            raise NoCoverage(f"the session of {date} was not kept")
        raise NoData(f"no session of {date} is kept")

    def _standing(self, date: dt.date, at_ns: int) -> Iterator[dt.date]:
        """Yield the sessions that may have been shown on a date, the newest first.

        Until the first print of a date the session before it is.
        """
        dates = self._sessions.dates()
        if date in dates:
            yield date
        hours, before = session_of(date), session_before(date)
        begun = date not in dates and hours is not None and at_ns >= hours.start_ns
        if before is not None and not begun and trade_date(before.start_ns) in dates:
            yield trade_date(before.start_ns)

    def _taken(self, date: dt.date, at_ns: int) -> "_Standing":
        """Return the fold that is nearest before an instant, a new one if none is."""
        mine = [one for one in self._folds if one.date == date and one.at_ns <= at_ns]
        found = max(mine, key=lambda one: one.at_ns, default=None)
        if found is None:
            return _Standing(self._sessions.stored(date), self._options, self._name)
        self._folds.remove(found)
        return found


class _Standing:
    """A session folded up to an instant."""

    def __init__(self, session: Session, options: EngineOptions, name: str) -> None:
        self.date = session.date
        self.at_ns = 0
        self._session, self._options, self._name = session, options, name
        self._next = 0
        self._fold: MarketFold | None = None

    @property
    def begun(self) -> bool:
        """Whether a print came."""
        return self._fold is not None and self._fold.begun

    def advance(self, at_ns: int) -> None:
        """Fold on, up to and with an instant."""
        self.at_ns = at_ns
        entries = self._passed(at_ns)
        if self._fold is None:
            first = next(entries, None)
            if first is None:
                return
            self._fold = fold_of(self._session, first.fact, self._options, self._name)
        fold_again(self._fold, entries)

    def _passed(self, at_ns: int) -> Iterator[Entry]:
        for entry in self._session.entries(self._next, at_ns):
            self._next = entry.number + 1
            yield entry

    def cut(self, at_ns: int) -> Market:
        """Return the market as it stands."""
        assert self._fold is not None  # noqa: S101 - it has begun
        return self._fold.cut(at_ns, step_ns=0)
