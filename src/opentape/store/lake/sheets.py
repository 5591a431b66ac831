"""Which columns a file of the lake has, and how each is stored."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.market.columns import DTYPES, PrintBatch, StockBatch
from opentape.store.journal.facts import Kind
from opentape.store.lake.coding import Coding, restore, smaller
from opentape.store.lake.maps import Group

RANK: Final = "rank"
"""Which row of its slice a print was when it came, from 0; the first column."""


class How(StrEnum):
    """How a column is encoded."""

    DELTA = "DELTA_BINARY_PACKED"
    SPLIT = "BYTE_STREAM_SPLIT"
    WORDS = "dictionary"


class Column(NamedTuple):
    """A column as it is stored."""

    name: str
    how: How
    base: str | None = None
    """Column, before it, that it is stored as the difference from."""


class Sorted(NamedTuple):
    """Rows as they are stored."""

    rank: NDArray[np.int32]
    rows: PrintBatch | StockBatch


class Sheet(NamedTuple):
    """A file: its columns in the order they are stored, each after its base."""

    file: str
    kind: Kind
    batch: type[PrintBatch | StockBatch]
    key: str
    """Column that names what it is sorted by."""
    columns: tuple[Column, ...]
    dtypes: Mapping[str, np.dtype[Any]]

    @property
    def schema(self) -> Any:
        """The schema of the file."""
        fields = [pa.field(RANK, pa.int32(), nullable=False)]
        fields += [
            pa.field(name, pa.from_numpy_dtype(self.dtypes[name]), nullable=False)
            for name, _, _ in self.columns
        ]
        return pa.schema(fields)

    @property
    def encoding(self) -> dict[str, Any]:
        """How the columns are encoded, as `pyarrow.parquet.ParquetWriter` takes it."""
        plain = {name: how for name, how, _ in self.columns if how != How.WORDS}
        return {
            "use_dictionary": [name for name, how, _ in self.columns if how == How.WORDS],
            "column_encoding": {RANK: str(How.DELTA)}
            | {name: str(how) for name, how in plain.items()},
        }

    def stored(
        self, batch: PrintBatch | StockBatch, rank: NDArray[np.int32], first: int
    ) -> tuple[Any, Sequence[Coding | None]]:
        """Return rows as a table, and how its wide columns were made smaller.

        Parameters
        ----------
        rank
            Of each row.
        first
            How many rows all slices before have.
        """
        known: dict[str, NDArray[Any]] = {RANK: rank.astype(np.int64) + first}
        arrays: list[Any] = [pa.array(rank)]
        codings: list[Coding | None] = []
        for name, _, base in self.columns:
            values, coding = getattr(batch, name), None
            known[name] = values
            if values.dtype == np.int64:
                values, coding = smaller(values, known[base] if base else None)
            arrays.append(pa.array(values))
            codings.append(coding)
        return pa.Table.from_arrays(arrays, schema=self.schema), codings

    def read(self, table: Any, groups: Sequence[Group], first: int) -> Sorted:
        """Return the rows of a table that groups stand in, one behind the other."""
        rank = table.column(RANK).to_numpy()
        known: dict[str, NDArray[Any]] = {RANK: rank.astype(np.int64) + first}
        for at, (name, _, base) in enumerate(self.columns):
            # a copy: what Arrow gives may not be written to
            known[name] = values = np.array(table.column(name).to_numpy())
            start = 0
            for group in groups:
                part = slice(start, start + group.rows)
                start += group.rows
                if (coding := group.codings[at]) is not None:
                    restore(values[part], known[base][part] if base else None, coding)
        return Sorted(rank, self.batch._make(known[name] for name in self.batch._fields))


_DELTA, _SPLIT, _WORDS = How.DELTA, How.SPLIT, How.WORDS
PRINTS: Final = Sheet(
    "prints.parquet",
    Kind.PRINTS,
    PrintBatch,
    "contract",
    (
        Column("ts_event", _DELTA),
        Column("sequence", _DELTA, RANK),
        Column("row", _DELTA, RANK),
        Column("contract", _WORDS),
        Column("price", _SPLIT),
        Column("bid", _SPLIT, "price"),
        Column("ask", _SPLIT, "price"),
        Column("spot", _SPLIT),
        Column("size", _SPLIT),
        Column("venue", _WORDS),
        Column("condition", _WORDS),
        Column("marks", _WORDS),
        Column("cancels", _SPLIT),
    ),
    {name: np.dtype(dtype) for name, dtype in DTYPES.items()},
)
STOCKS: Final = Sheet(
    "stock.parquet",
    Kind.STOCKS,
    StockBatch,
    "symbol",
    (
        Column("ts_event", _DELTA),
        Column("symbol", _WORDS),
        Column("price", _SPLIT),
        Column("size", _SPLIT),
        Column("bid", _SPLIT, "price"),
        Column("ask", _SPLIT, "price"),
        Column("bid_size", _SPLIT),
        Column("ask_size", _SPLIT),
    ),
    {
        name: np.dtype(np.int32 if name == "symbol" else np.int64)
        for name in StockBatch._fields
    },
)
SHEETS: Final = (PRINTS, STOCKS)
