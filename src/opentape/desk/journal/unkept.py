"""A session that is taken and not kept: for whoever needs no restart."""

import datetime as dt
import secrets
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from opentape.desk.journal.ports import Entry, Recorded
from opentape.market.contract import Contracts


class Unkept:
    """Counts entries and forgets them; fills `Journal`."""

    def __init__(self, date: dt.date, feed: str) -> None:
        self.date, self.feed = date, feed
        self.run = secrets.token_hex(4)
        self.contracts, self.stocks = Contracts(), list[str]()
        self.end = 0
        self.torn: str | None = None

    def stock_places(self, symbols: Sequence[str]) -> NDArray[np.int32]:
        """Return the place of each stock symbol; what is new is added at the end."""
        self.stocks += [symbol for symbol in symbols if symbol not in self.stocks]
        return np.array([self.stocks.index(symbol) for symbol in symbols], np.int32)

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield nothing."""
        del first, until_ns
        return iter(())

    def recorded(self, symbols: Collection[str] | None = None) -> Iterator[Recorded]:
        """Yield nothing."""
        del symbols
        return iter(())

    def append(self, entry: Entry, recorded: Sequence[Recorded] = ()) -> None:
        """Count an entry."""
        del recorded
        self.end = entry.number + 1

    def close(self, recorded: Sequence[Recorded] = ()) -> None:
        """Do nothing."""
