"""The stock tape as it comes: prints, seconds and minutes of every stock."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from opentape.flow.raw import read
from opentape.flow.raw.newest import Newest
from opentape.flow.raw.options import MINUTES
from opentape.flow.raw.records import MINUTE_NS, NEVER, QUOTE, SECOND_NS, TRADE
from opentape.flow.raw.table import Table
from opentape.flow.raw.views import Quote, Series, StockView, dollars
from opentape.flow.records import Records
from opentape.market.columns import StockBatch
from opentape.market.money import NANOS

SECONDS: Final = 28 * 3_600
"""Seconds that are kept: a day, and a bar of four hours that the day begins in."""
_OPEN_SECONDS: Final = 16
"""Prints off the exchanges may be reported ten seconds late."""
BLOCK: Final = 10_000
"""Shares from which on a print is a block."""


class StockTape:
    """Raw stock flow of every stock; belongs to the thread that folds.

    Parameters
    ----------
    symbols
        By the places that batches name; the list may grow.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._symbols = symbols
        self._names: dict[str, int] = {}
        self._minutes = Table(MINUTE_NS, MINUTES)
        self._seconds = Table(SECOND_NS, SECONDS, _OPEN_SECONDS)
        self._newest = Newest(BLOCK)
        self._quotes: Records = np.empty(0, QUOTE)
        self._touched = np.zeros(0, np.bool_)
        self.rows = 0
        """Rows that came."""
        self.dropped = 0
        """Of them, those that do not count: no price, no size, or a typing error."""

    def add(self, batch: StockBatch) -> None:
        """Count prints."""
        self._admit()
        room: Records = np.empty(batch.rows, TRADE)
        trades = room[: read.stocks(batch, self.rows, room, self._quotes)]
        self.rows += batch.rows
        self.dropped += batch.rows - trades.size
        if trades.size:
            owners = np.ascontiguousarray(trades["place"])
            self._seconds.add(trades, owners)
            self._minutes.add(trades, owners)
            self._newest.add(trades, owners)
            self._touched[owners] = True

    def view(self, symbol: str) -> StockView | None:
        """Return a stock's tape as it is now, None where it never traded."""
        owner = self._names.get(symbol)
        if owner is None or self._quotes["ts"][owner] == NEVER:
            return None
        ts, price, bid, ask, bid_size, ask_size = self._quotes[owner].item()
        return StockView(
            minutes=self._series(self._minutes, owner),
            seconds=self._series(self._seconds, owner),
            recent=self._newest.recent(owner),
            blocks=self._newest.blocks(owner),
            quote=Quote(ts, price / NANOS, dollars(bid), dollars(ask), bid_size, ask_size),
        )

    def touched(self) -> list[str]:
        """Return the stocks that anything came for since this was last asked."""
        touched = np.flatnonzero(self._touched)
        self._touched[touched] = False
        return [self._symbols[owner] for owner in touched.tolist()]

    def _series(self, table: Table, owner: int) -> Series:
        opened = table.opened(np.array([owner], np.int32))
        return Series(table.closed(owner), opened, table.since_ns)

    def _admit(self) -> None:
        known, now = len(self._names), len(self._symbols)
        if known == now:
            return
        fresh = np.arange(known, now, dtype=np.int32)
        self._names.update((self._symbols[owner], owner) for owner in fresh.tolist())
        self._minutes.admit(fresh)
        self._seconds.admit(fresh)
        self._newest.admit(now)
        self._touched = np.append(self._touched, np.zeros(now - known, np.bool_))
        grown: Records = np.zeros(now, QUOTE)
        grown["ts"] = NEVER
        grown[:known] = self._quotes
        self._quotes = grown
