"""A session of the past as a fold that is yet to begin."""

from opentape.desk.fold.market_fold import MarketFold, Source
from opentape.desk.journal.ports import Settled, Taken
from opentape.desk.journal.spelling import read_beside, read_method
from opentape.desk.options import EngineOptions
from opentape.market.errors import NoCoverage


def fold_of(session: Taken, first: object, options: EngineOptions, name: str) -> MarketFold:
    """Return the fold of a session before anything was folded.

    Parameters
    ----------
    first
        The fact of its first entry.
    name
        What the tape is called in answers.

    Raises
    ------
    NoCoverage
        If that is not its settings.
    """
    if not isinstance(first, Settled):
        raise NoCoverage("the session does not begin with its settings")
    source = Source(session.contracts, session.stocks, name, session.date)
    method, beside = read_method(first.method), read_beside(first.beside)
    return MarketFold(source, method, options, beside, first.oi_date)
