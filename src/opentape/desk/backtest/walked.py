"""A session folded again as it was taken: what was told when, and how all stood then."""

from collections.abc import Callable
from typing import NamedTuple

from opentape.desk.fold.begun import fold_of
from opentape.desk.fold.market_fold import MarketFold
from opentape.desk.journal.ports import Entry, Taken
from opentape.desk.live import Event
from opentape.desk.options import EngineOptions
from opentape.desk.outcomes.columns import Watched, told
from opentape.desk.outcomes.prices import Prices
from opentape.desk.ports import Tick
from opentape.desk.state.market import Market
from opentape.flow.signal import Signal
from opentape.market.calendar import session_of
from opentape.market.columns import PrintBatch, StockBatch


class Moment(NamedTuple):
    """An instant at which something was told."""

    instant_ns: int
    symbols: tuple[str, ...]
    """Underlyings of what was told, each once."""
    market: Callable[[], Market]
    """Returns the market as it stood; only while the moment lasts."""


class Ears(NamedTuple):
    """Who listens to a walk."""

    moment: Callable[[Moment], object]
    rows: Callable[[int], object]
    """Takes the number of prints of each entry."""


def walked(session: Taken, options: EngineOptions, ears: Ears) -> Watched | None:
    """Fold a session once, and return what was told in it and where underlyings stood.

    Returns
    -------
    None if nothing was told, or the exchanges were closed.

    Raises
    ------
    Damaged
        If what is kept is not as it was written.
    NoCoverage
        If it does not begin with its settings.
    """
    signals, instants, prices = list[Signal](), list[int](), Prices()
    fold: MarketFold | None = None
    for entry in session.entries():
        if fold is None:
            fold = fold_of(session, entry.fact, options, "a session again")
        news = _folded(fold, entry)
        if isinstance(entry.fact, PrintBatch):
            prices.prints(entry.fact, session.contracts)
            ears.rows(entry.fact.rows)
        elif isinstance(entry.fact, StockBatch):
            prices.stocks(entry.fact, session.stocks)
        if news:
            signals += news
            instants += [entry.instant_ns] * len(news)
            ears.moment(_moment(fold, entry.instant_ns, news))
    hours = session_of(session.date)
    if hours is None or not signals:
        return None
    return Watched(session.date, hours, told(signals, instants), prices.paths())


def _folded(fold: MarketFold, entry: Entry) -> list[Signal]:
    """Fold an entry and return what is new; what takes another's place was told before."""
    fold.tick(entry.ticked_ns)
    fold.take(entry.fact)
    if not isinstance(entry.fact, PrintBatch | Tick):
        return []
    news = (one.signal for one in fold.news() if one.event is Event.NEW)
    return [one for one in news if one is not None]


def _moment(fold: MarketFold, instant_ns: int, news: list[Signal]) -> Moment:
    symbols = tuple(dict.fromkeys(one.symbol for one in news))
    return Moment(instant_ns, symbols, lambda: fold.cut(instant_ns))
