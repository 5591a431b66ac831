"""Raw flow of options and stocks, as the fold and the feed tell it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opentape.flow.day import Day, Folded
from opentape.flow.raw.options import OptionTape
from opentape.flow.raw.stocks import StockTape
from opentape.flow.records import Records
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts


class Raw:
    """Watches a fold, and keeps in mind which contracts cancels have had folded again."""

    def __init__(self, contracts: Contracts, stocks: Sequence[str]) -> None:
        self.options = OptionTape(contracts)
        self.stock = StockTape(stocks)
        self._again: set[int] = set()

    def folded(self, rows: Folded, rules: Records) -> None:
        """Take rows that were folded."""
        self.options.folded(rows, rules)

    def taken_back(self, prints: PrintBatch, day: Day) -> None:
        """Take prints that were taken back."""
        self._again.update(prints.contract.tolist())
        self.options.taken_back(prints, day)

    def folded_again(self) -> NDArray[np.int64]:
        """Return, once, the contracts that cancels have had folded again."""
        again, self._again = self._again, set()
        return np.array(sorted(again), np.int64)

    def touched(self) -> frozenset[str]:
        """Return, once, the underlyings that anything came for."""
        return frozenset((*self.options.touched(), *self.stock.touched()))
