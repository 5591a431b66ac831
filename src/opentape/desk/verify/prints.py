"""The prints that signals of a session are made of, found by their rows."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.verify.quote import Print
from opentape.market.columns import PrintBatch

_COLUMNS: Final = (
    "row", "ts_event", "sequence", "contract", "price", "size", "bid", "ask", "spot",
    "venue", "condition", "marks",
)  # fmt: skip


class Prints:
    """Keeps some rows of a session's prints.

    Parameters
    ----------
    rows
        Which; any others are passed over.
    """

    def __init__(self, rows: Collection[int]) -> None:
        self._wanted = np.unique(np.fromiter(rows, np.int64, len(rows)))
        self._found: list[NDArray[np.int64]] = []
        self._table = np.empty((len(_COLUMNS) + 1, 0), np.int64)

    def add(self, number: int, batch: PrintBatch) -> None:
        """Take what is wanted out of the prints of an entry."""
        mine = np.isin(batch.row, self._wanted)
        if mine.any():
            picked = batch.take(mine)
            columns = [getattr(picked, name) for name in _COLUMNS]
            entry = np.full(picked.rows, number)
            self._found.append(np.stack([*columns, entry]).astype(np.int64))

    def seal(self) -> None:
        """Take it that all prints have come."""
        if self._found:
            table = np.concatenate(self._found, axis=1)
            self._table = table[:, np.argsort(table[0], kind="stable")]
            self._found.clear()

    def of(self, rows: Sequence[int]) -> list[Print] | None:
        """Return some prints; None where one of them did not pass."""
        at = np.searchsorted(self._table[0], rows)
        if (at >= self._table.shape[1]).any() or (self._table[0, at] != rows).any():
            return None
        return [
            Print(row, entry, *rest) for row, *rest, entry in self._table[:, at].T.tolist()
        ]
