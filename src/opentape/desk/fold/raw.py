"""Raw flow of options and stocks, as the fold and the feed tell it, and its flaws."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.day import Day, Folded
from opentape.flow.quality.ledger import Ledger
from opentape.flow.raw.options import OptionTape
from opentape.flow.raw.stocks import StockTape
from opentape.flow.records import Records
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts

_MS: Final = 1_000_000


class Raw:
    """Watches a fold, and keeps in mind which contracts cancels have had folded again.

    Parameters
    ----------
    late_ms
        A print further behind the tape than this is late.
    oi_date
        The trade date of open interest that a session before handed on.
    """

    def __init__(
        self,
        contracts: Contracts,
        stocks: Sequence[str],
        late_ms: int,
        oi_date: dt.date | None,
    ) -> None:
        self.options = OptionTape(contracts)
        self.stock = StockTape(stocks)
        late_ns = late_ms * _MS
        self.quality = Ledger(contracts, stocks, late_after_ns=late_ns, oi_date=oi_date)
        self._again: set[int] = set()

    def folded(self, rows: Folded, rules: Records) -> None:
        """Take rows that were folded."""
        self.options.folded(rows, rules)
        self.quality.folded(rows, rules)

    def taken_back(self, prints: PrintBatch, day: Day) -> None:
        """Take prints that were taken back."""
        self._again.update(prints.contract.tolist())
        self.options.taken_back(prints, day)
        self.quality.taken_back(prints, day)

    def earlier(self, prints: PrintBatch) -> None:
        """Take rows of a trade date that is over."""
        self.quality.earlier(prints)

    def stocks(self, batch: StockBatch) -> None:
        """Take prints of stocks."""
        self.stock.add(batch)
        self.quality.stock(batch)

    def folded_again(self) -> NDArray[np.int64]:
        """Return, once, the contracts that cancels have had folded again."""
        again, self._again = self._again, set()
        return np.array(sorted(again), np.int64)

    def touched(self) -> frozenset[str]:
        """Return, once, the underlyings that anything came for."""
        return frozenset((*self.options.touched(), *self.stock.touched()))
