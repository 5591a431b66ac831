"""Where underlyings stood, gathered from what a tape says of them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.outcomes.columns import Path
from opentape.market.calendar import SECOND_NS
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN, dollars
from opentape.market.roots import underlying_of

Ints = NDArray[np.int64]
_NO_NEWS: Final = (Condition.LATE, Condition.CANCEL)
"""Classes of prints whose spot is of another time."""


class Prices:
    """Prices of one session, a point a second at most.

    Prints of an underlying's own tell more than what option prints say of its spot; that
    counts where there are none, as for an index.
    """

    def __init__(self) -> None:
        self._own: dict[str, list[Path]] = defaultdict(list)
        self._spots: dict[str, list[Path]] = defaultdict(list)

    def stocks(self, batch: StockBatch, symbols: Sequence[str]) -> None:
        """Take prints of underlyings: the middle of the quote, else the price."""
        quoted = (batch.bid > 0) & (batch.ask >= batch.bid)
        price = np.where(quoted, (batch.bid + batch.ask) // 2, batch.price)
        for place in map(int, np.unique(batch.symbol)):
            mine = batch.symbol == place
            self._own[symbols[place]].append(
                _each_second(batch.ts_event[mine], price[mine])
            )

    def prints(self, batch: PrintBatch, contracts: Contracts) -> None:
        """Take what option prints say of their underlyings."""
        told = (batch.spot > 0) & (batch.spot != UNKNOWN)
        told &= ~np.isin(batch.condition, _NO_NEWS)
        root = contracts.root_codes[batch.contract]
        for code in map(int, np.unique(root[told])):
            mine = told & (root == code)
            spots = self._spots[underlying_of(contracts.roots[code])]
            spots.append(_each_second(batch.ts_event[mine], batch.spot[mine]))

    def paths(self) -> dict[str, Path]:
        """Return the prices of each underlying."""
        return {
            symbol: _joined(parts) for symbol, parts in {**self._spots, **self._own}.items()
        }


def _each_second(ts_ns: Ints, price: Ints) -> Path:
    last = np.append(ts_ns[1:] // SECOND_NS != ts_ns[:-1] // SECOND_NS, [True])
    return Path(ts_ns[last], dollars(price[last]))


def _joined(parts: Sequence[Path]) -> Path:
    ts_ns, price = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(ts_ns, kind="stable")
    return Path(ts_ns[order], price[order])
