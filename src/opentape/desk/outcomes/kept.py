"""A session that was kept: its signals as they were emitted, when they were."""

from typing import NamedTuple

import msgspec

from opentape.desk.journal.ports import Recorded, Session
from opentape.desk.live import Event
from opentape.desk.outcomes.columns import Recalled, Watched, told
from opentape.desk.outcomes.prices import Prices
from opentape.market.calendar import session_of
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import NoData


class _Told(msgspec.Struct, frozen=True):
    """What is read of a link of the record."""

    event: Event
    signal: Recalled | None = None


class _Signal(NamedTuple):
    recorded: Recorded
    emitted: Recalled


def watched(session: Session) -> Watched:
    """Return what was told in a session, and where underlyings stood.

    Raises
    ------
    Damaged
        If what is kept is not as it was written.
    NoData
        If the exchanges were closed on its date.
    """
    hours = session_of(session.date)
    signals = [one for each in session.recorded() if (one := _signal(each)) is not None]
    if hours is None:
        raise NoData(f"the exchanges were closed on {session.date}")
    prices, numbers, instants = Prices(), list[int](), list[int]()
    for entry in session.entries():
        numbers.append(entry.number)
        instants.append(entry.instant_ns)
        if isinstance(entry.fact, PrintBatch):
            prices.prints(entry.fact, session.contracts)
        elif isinstance(entry.fact, StockBatch):
            prices.stocks(entry.fact, session.stocks)
    when = dict(zip(numbers, instants, strict=True))
    signals = [one for one in signals if one.recorded.entry in when]
    columns = told(
        [one.emitted for one in signals], [when[one.recorded.entry] for one in signals]
    )
    return Watched(session.date, hours, columns, prices.paths())


def _signal(recorded: Recorded) -> _Signal | None:
    """Return a signal that was new; what amends one was told of before."""
    told = msgspec.json.decode(recorded.body, type=_Told)
    if told.event is not Event.NEW or told.signal is None:
        return None
    return _Signal(recorded, told.signal)
