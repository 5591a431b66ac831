"""Facts of a feed in the places of a session.

A feed numbers contracts and stocks as it meets them, a session as they were journalled: a
restart, or another feed, meets them in another order.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opentape.desk.journal.ports import Journal
from opentape.desk.ports import Fact, Tick
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import MULTIPLIER, Contracts
from opentape.market.open_interest import OpenInterest


class Places:
    """Puts facts into the places of a session, naming what it has not met.

    Parameters
    ----------
    feed, stocks
        What the facts are written in; both grow.
    journal
        The session, whose tables this adds to.
    """

    def __init__(self, feed: Contracts, stocks: Sequence[str], journal: Journal) -> None:
        self._feed, self._stocks = feed, stocks
        self._contracts, self._journal = journal.contracts, journal
        self._place = np.empty(0, np.int32)
        self._symbol = np.empty(0, np.int32)

    def put(self, fact: Fact) -> Fact:
        """Return a fact in the session's places."""
        match fact:
            case PrintBatch():
                return fact._replace(contract=self._mapped(fact.contract))
            case StockBatch():
                self._name_stocks()
                return fact._replace(symbol=self._symbol[fact.symbol])
            case Chain():
                mine = self._mapped(fact.contract)
                return fact._replace(contract=mine, contracts=self._contracts)
            case OpenInterest():
                keys = self._contracts.repack(fact.keys, self._feed.roots)
                return OpenInterest(keys, fact.counts)
            case Tick():
                return fact

    def _mapped(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        known, now = self._place.size, len(self._feed)
        if known < now and places.size and int(places.max()) >= known:
            self._place = np.append(self._place, self._named(known, now))
        return self._place[places]

    def _named(self, first: int, end: int) -> NDArray[np.int32]:
        feed = self._feed
        mine = self._contracts.adopt(feed.keys[first:end], feed.roots)
        multipliers = feed.multipliers[first:end]
        for at in np.flatnonzero(multipliers != MULTIPLIER).tolist():
            self._contracts.set_multiplier(int(mine[at]), int(multipliers[at]))
        return mine

    def _name_stocks(self) -> None:
        if self._symbol.size < len(self._stocks):
            self._symbol = self._journal.stock_places(self._stocks)
