"""Prints of underlyings with their quotes, in the order of time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.market.rows import Rows, symbols
from opentape.feeds.raw import cells
from opentape.feeds.raw.columnar import BATCH_ROWS
from opentape.feeds.values import Sieve
from opentape.market.columns import StockBatch
from opentape.market.money import UNKNOWN

_NEEDED: Final = ("ts_event", "symbol", "price", "size")
_OPTIONAL: Final = ("bid", "ask", "bid_size", "ask_size")
_MOST_SHARES: Final = (1 << 40) - 1
"""More shares than this in one print is a mistake."""


class StockFile:
    """A file of stock prints.

    Raises
    ------
    BadFile
        If there is no such file, or it lacks a column.
    """

    def __init__(self, path: Path) -> None:
        self.rows = Rows(path, _NEEDED, _OPTIONAL)
        self.symbols: list[str] = []
        """Underlyings by their place in batches; it only grows."""
        self._places: dict[str, int] = {}

    def batches(self) -> Iterator[StockBatch]:
        """Yield the prints in order of time, those of one instant as they are written.

        A file in that order is streamed; another one is held in memory to sort it.

        Raises
        ------
        BadFile
            If the file is damaged.
        """
        if self._in_order():
            yield from self._decoded()
        else:
            yield from _sorted(list(self._decoded()))

    def _in_order(self) -> bool:
        last = 0
        for stamps in self.rows.stamps("ts_event"):
            if stamps.size:
                if stamps[0] < last or (stamps[1:] < stamps[:-1]).any():
                    return False
                last = int(stamps[-1])
        return True

    def _decoded(self) -> Iterator[StockBatch]:
        return (batch for batch in self.rows.decoded(self._batch) if batch.rows)

    def _batch(self, sieve: Sieve) -> StockBatch:
        ts_event = sieve.instants("ts_event", cells.instants)
        symbol = symbols(sieve)
        batch = StockBatch(
            ts_event=ts_event,
            symbol=np.zeros(ts_event.size, np.int32),
            price=sieve.prices("price"),
            size=_shares(sieve),
            bid=_quoted(sieve, "bid"),
            ask=_quoted(sieve, "ask"),
            bid_size=_depth(sieve, "bid_size"),
            ask_size=_depth(sieve, "ask_size"),
        )
        places = self._placed(symbol[sieve.ok])
        return batch.take(sieve.ok)._replace(symbol=places)

    def _placed(self, symbol: NDArray[np.object_]) -> NDArray[np.int32]:
        fresh = dict.fromkeys(symbol.tolist()).keys() - self._places.keys()
        for name in sorted(fresh):
            self._places[name] = len(self.symbols)
            self.symbols.append(name)
        return np.fromiter(map(self._places.__getitem__, symbol), np.int32, symbol.size)


def _shares(sieve: Sieve) -> NDArray[np.int64]:
    found = sieve.read("size", cells.integers)
    bad = found.bad | found.missing | (found.values > _MOST_SHARES)
    sieve.refuse(bad, "bad_size", "size")
    sieve.refuse(found.values <= 0, "bad_tick", "size")
    return found.values.astype(np.int64)


def _quoted(sieve: Sieve, name: str) -> NDArray[np.int64]:
    amount = sieve.amounts(name)
    return np.where(amount > 0, amount, UNKNOWN)


def _depth(sieve: Sieve, name: str) -> NDArray[np.int64]:
    size = sieve.numbers(name, "bad_size")
    sieve.refuse((size < 0) | (size > _MOST_SHARES), "bad_size", name)
    return size


def _sorted(parts: list[StockBatch]) -> Iterator[StockBatch]:
    if not parts:
        return
    whole = StockBatch._make(np.concatenate(c) for c in zip(*parts, strict=True))
    order = np.argsort(whole.ts_event, kind="stable")
    for start in range(0, whole.rows, BATCH_ROWS):
        yield whole.take(order[start : start + BATCH_ROWS])
