"""What was wrong with the feed of a session, from the entries that are kept of it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from opentape.desk.fold.again import fold_again
from opentape.desk.journal.ports import Entry, Session, Settled, Solved
from opentape.desk.journal.spelling import read_method
from opentape.desk.ports import Fact
from opentape.flow.fold import Fold
from opentape.flow.quality.ledger import Ledger
from opentape.flow.quality.views import Quality
from opentape.market.calendar import is_session
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import NoCoverage
from opentape.market.open_interest import OpenInterest

_MS: Final = 1_000_000
_DAY: Final = dt.timedelta(days=1)


class Gaps(NamedTuple):
    """Numbers of a feed that never came."""

    runs: int
    numbers: int


class Ledgered(NamedTuple):
    """The ledger of a session, and the instant of the last entry that it was told of."""

    quality: Quality
    as_of_ns: int


def gaps_of(session: Session) -> Gaps | None:
    """Return how many numbers never came; None where the entries do not tell.

    Raises
    ------
    Damaged
        If one of them is not as it was written.
    """
    try:
        holes = quality_of(session).quality.found.holes
    except (NoCoverage, msgspec.MsgspecError):
        # what was kept under settings that cannot be read can still be compacted
        return None
    return Gaps(holes.size, int((holes["last"] - holes["first"] + 1).sum()))


def not_kept(dates: Sequence[dt.date]) -> list[dt.date]:
    """Return the trade dates between the first and the last of some that are not there."""
    if not dates:
        return []
    first, last = min(dates), max(dates)
    between = (first + at * _DAY for at in range((last - first).days))
    return [date for date in between if date not in dates and is_session(date)]


def quality_of(session: Session, until_ns: int | None = None) -> Ledgered:
    """Return the ledger of a session, up to and with an instant or at its end.

    The same that a market of that instant carries, without folding all the rest of it.

    Raises
    ------
    NoCoverage
        If the session has no entry.
    Damaged
        If one of them is not as it was written.
    """
    entries = session.entries(until_ns=until_ns)
    first = next(entries, None)
    if first is None or not isinstance(first.fact, Settled):
        raise NoCoverage(f"nothing was kept of the session of {session.date}")
    looking = _Looking(session, first.fact, first.instant_ns)
    fold_again(looking, looking.timed(entries))
    return Ledgered(looking.ledger.view(), looking.as_of_ns)


class _Looking:
    """Tells a ledger what is in entries; fills `fold.again.Folds`."""

    def __init__(self, session: Session, settled: Settled, as_of_ns: int) -> None:
        gather = read_method(settled.method).flow.gather
        self.as_of_ns = as_of_ns
        self.ledger = Ledger(
            session.contracts,
            session.stocks,
            late_after_ns=gather.late_after_ms * _MS,
            oi_date=settled.oi_date,
        )
        self._fold = Fold(session.contracts, options=gather, watch=self.ledger)
        self._begun = False

    def timed(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries, and note when the last of them was taken."""
        for entry in entries:
            self.as_of_ns = entry.instant_ns
            yield entry

    def tick(self, now_ns: int) -> None:
        """Let time pass."""
        if self._begun:
            self._fold.day.tick(now_ns)

    def take(self, fact: Fact | Solved | Settled) -> None:
        """Take a fact."""
        match fact:
            case PrintBatch():
                self._fold.push(fact)
                _ = self._fold.settle_cancels()
                self._begun = self._begun or fact.rows > 0
            case StockBatch():
                self.ledger.stock(fact)
            case Chain():
                self.ledger.chain(fact)
            case OpenInterest():
                self.ledger.settle(fact)
            case _:
                pass
