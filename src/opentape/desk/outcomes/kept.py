"""A session that was kept: its signals as they were emitted, when they were."""

from typing import NamedTuple

import msgspec
import numpy as np

from opentape.desk.journal.ports import Recorded, Session
from opentape.desk.outcomes.columns import Watched, told
from opentape.desk.outcomes.prices import Prices
from opentape.flow.signal import ScoreBreakdown
from opentape.market.calendar import session_of
from opentape.market.columns import PrintBatch, StockBatch


class _Emitted(msgspec.Struct, frozen=True):
    """What is read of a signal that was recorded; fills `columns.Emitted`."""

    symbol: str
    intent: str
    size: int
    score: int
    tags: list[str]
    score_breakdown: ScoreBreakdown


class _Signal(NamedTuple):
    recorded: Recorded
    emitted: _Emitted


def watched(session: Session) -> Watched | None:
    """Return what was told in a session, and where underlyings stood.

    Returns
    -------
    None if nothing was told, or the exchanges were closed.

    Raises
    ------
    Damaged
        If what is kept is not as it was written.
    """
    hours = session_of(session.date)
    signals = [one for each in session.recorded() if (one := _signal(each)) is not None]
    if hours is None or not signals:
        return None
    prices, numbers, instants = Prices(), list[int](), list[int]()
    for entry in session.entries():
        numbers.append(entry.number)
        instants.append(entry.instant_ns)
        if isinstance(entry.fact, PrintBatch):
            prices.prints(entry.fact, session.contracts)
        elif isinstance(entry.fact, StockBatch):
            prices.stocks(entry.fact, session.stocks)
    at = np.searchsorted(numbers, [one.recorded.entry for one in signals])
    when = np.array(instants, np.int64)[np.minimum(at, len(instants) - 1)]
    emitted = [one.emitted for one in signals]
    return Watched(session.date, hours, told(emitted, when.tolist()), prices.paths())


def _signal(recorded: Recorded) -> _Signal | None:
    """Return a signal; None for a record that says of one that it is no more."""
    try:
        return _Signal(recorded, msgspec.json.decode(recorded.body, type=_Emitted))
    except msgspec.ValidationError:
        return None
