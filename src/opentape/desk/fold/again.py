"""Entries folded again in few large batches: the same state, without the news."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from opentape.desk.journal.ports import Entry, Settled, Solved
from opentape.desk.ports import Fact, Tick
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.open_interest import OpenInterest

_ROWS: Final = 1 << 16
B = TypeVar("B", PrintBatch, StockBatch)


class Folds(Protocol):
    """Whatever follows from entries: the whole market, or a part of it."""

    def take(self, fact: Fact | Solved | Settled) -> object:
        """Fold a fact."""
        ...

    def tick(self, now_ns: int) -> object:
        """Let time pass."""
        ...


def fold_again(
    fold: Folds,
    entries: Iterable[Entry],
    on_rows: Callable[[int], None] | None = None,
) -> None:
    """Fold entries.

    Batches are joined as long as nothing came between them that the fold of prints would
    notice: open interest, or silence that a later print did not end.

    Parameters
    ----------
    on_rows
        Called with the rows of each batch that was folded.
    """
    prints: _Joined[PrintBatch] = _Joined(fold, PrintBatch.joined, on_rows)
    stocks: _Joined[StockBatch] = _Joined(fold, StockBatch.joined, on_rows)
    ticked_ns = silent_ns = 0
    for entry in entries:
        fact, ticked_ns = entry.fact, entry.ticked_ns
        match fact:
            case PrintBatch():
                if ticked_ns > silent_ns and fact.rows and fact.ts_event[0] < ticked_ns:
                    prints.fold()
                    fold.tick(ticked_ns)
                silent_ns = ticked_ns
                prints.add(fact)
            case StockBatch():
                stocks.add(fact)
            case Tick() | OpenInterest():
                prints.fold()
                fold.tick(ticked_ns)
                fold.take(fact)
            case _:
                fold.take(fact)
    prints.fold()
    stocks.fold()
    fold.tick(ticked_ns)


class _Joined(Generic[B]):
    """Batches that are folded as one."""

    def __init__(
        self,
        fold: Folds,
        join: Callable[[Sequence[B]], B],
        on_rows: Callable[[int], None] | None,
    ) -> None:
        self._fold, self._join, self._on_rows = fold, join, on_rows
        self._batches: list[B] = []
        self._rows = 0

    def add(self, batch: B) -> None:
        """Fold a batch, now or later."""
        self._batches.append(batch)
        self._rows += batch.rows
        if self._rows >= _ROWS:
            self.fold()

    def fold(self) -> None:
        """Fold what was added."""
        if self._batches:
            self._fold.take(self._join(self._batches))
            if self._on_rows is not None:
                self._on_rows(self._rows)
            self._batches, self._rows = [], 0
