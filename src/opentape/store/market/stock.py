"""Stock prints to Parquet, written as they are made."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from opentape.simulation.world.stock import MICS, StockPrints
from opentape.store.aside import writing
from opentape.store.columns import INSTANT, WORD, instants, money, words

ROW_GROUP: Final = 1 << 19
"""Prints held until they are written together."""
SCHEMA: Final = pa.schema(
    [
        ("ts_event", INSTANT),
        ("symbol", WORD),
        ("price", pa.float64()),
        ("size", pa.int32()),
        ("bid", pa.float64()),
        ("ask", pa.float64()),
        ("bid_size", pa.int32()),
        ("ask_size", pa.int32()),
        ("venue", WORD),
        ("sequence", pa.int64()),
    ]
)


class StockWriter:
    """A Parquet file of stock prints that appears when it is whole.

    Enter it, `write` prints in time order, leave it. They are numbered from 1 as they come.
    """

    def __init__(self, path: Path, symbols: Sequence[str]) -> None:
        """Take where to write, and the symbol of each name that prints point to."""
        self._path = path
        self._symbols = tuple(symbols)
        self._held: list[StockPrints] = []
        self._written = 0
        self._leaving = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            aside = stack.enter_context(writing(self._path))
            self._file = stack.enter_context(
                pq.ParquetWriter(aside, SCHEMA, compression="zstd")
            )
            stack.push(self._finish)
            self._leaving = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leaving.__exit__(kind, error, traceback)

    def write(self, prints: StockPrints) -> None:
        """Append prints."""
        self._held.append(prints)
        if sum(held.ts_event.size for held in self._held) >= ROW_GROUP:
            self._write_held()

    def _finish(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._held:
            self._write_held()

    def _write_held(self) -> None:
        columns = zip(*self._held, strict=True)
        prints = StockPrints._make(np.concatenate(column) for column in columns)
        self._held = []
        rows = prints.ts_event.size
        sequence = np.arange(self._written + 1, self._written + rows + 1)
        table = [
            instants(prints.ts_event),
            words(prints.name, self._symbols),
            money(prints.price),
            pa.array(prints.size),
            money(prints.bid),
            money(prints.ask),
            pa.array(prints.bid_size),
            pa.array(prints.ask_size),
            words(prints.venue, MICS),
            pa.array(sequence),
        ]
        self._file.write_table(pa.table(table, schema=SCHEMA), max(rows, 1))
        self._written += rows
