"""What was wrong with the feed of a session, from the entries that are kept of it."""

from typing import Final

from opentape.desk.journal.ports import Entry, Session, Settled
from opentape.desk.journal.spelling import read_method
from opentape.flow.fold import Fold
from opentape.flow.quality.ledger import Ledger
from opentape.flow.quality.views import Quality
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import NoCoverage
from opentape.market.open_interest import OpenInterest

_MS: Final = 1_000_000


def quality_of(session: Session, until_ns: int | None = None) -> Quality:
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
    looking = _Looking(session, first.fact)
    for entry in entries:
        looking.take(entry)
    return looking.ledger.view()


class _Looking:
    """Tells a ledger what is in entries."""

    def __init__(self, session: Session, settled: Settled) -> None:
        gather = read_method(settled.method).flow.gather
        self.ledger = Ledger(
            session.contracts,
            session.stocks,
            late_after_ns=gather.late_after_ms * _MS,
            oi_date=settled.oi_date,
        )
        self._fold = Fold(session.contracts, options=gather, watch=self.ledger)
        self._begun = False

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        match entry.fact:
            case PrintBatch():
                self._prints(entry.fact, entry.ticked_ns)
            case StockBatch():
                self.ledger.stock(entry.fact)
            case Chain():
                self.ledger.chain(entry.fact)
            case OpenInterest():
                self.ledger.settle(entry.fact)
            case _:
                pass

    def _prints(self, batch: PrintBatch, ticked_ns: int) -> None:
        if self._begun:
            self._fold.day.tick(ticked_ns)
        self._fold.push(batch)
        _ = self._fold.settle_cancels()
        self._begun = self._begun or batch.rows > 0
