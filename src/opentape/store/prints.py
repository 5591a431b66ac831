"""Prints to Parquet in our own columns, which `feeds.own` reads back."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.conditions import CLASSES
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.venues import MICS
from opentape.store.columns import (
    INSTANT,
    WORD,
    Column,
    each,
    instants,
    known,
    money,
    osi_symbols,
    words,
)
from opentape.store.growing import Growing

CODES: Final = tuple(rule.letters.strip()[:1] or str(rule.codes[0]) for rule in CLASSES)
"""One code of each class, by `Condition`."""
SCHEMA: Final = pa.schema(
    [
        ("ts_event", INSTANT),
        ("symbol", WORD),
        ("price", pa.float64()),
        ("size", pa.int32()),
        ("bid", pa.float64()),
        ("ask", pa.float64()),
        ("spot", pa.float64()),
        ("venue", WORD),
        ("condition", WORD),
        ("sequence", pa.int64()),
        ("cancels", pa.int64()),
        ("nbbo_state", WORD),
        ("withdrawn", pa.bool_()),
        ("multiplier", pa.int32()),
    ]
)
_QUOTES: Final = ("venue", "stale")


class PrintWriter:
    """A Parquet file of prints that grows batch by batch and appears when it is whole.

    Enter it, `write` what a tape yields, leave it. Prints stand in the order they are
    written, so a tape in fold order is read back without sorting.
    """

    def __init__(self, path: Path, contracts: Contracts) -> None:
        """Take where to write, and the contracts that the batches are decoded with.

        Raises
        ------
        BadFile
            If the name is not that of a Parquet file.
        """
        if path.suffix.lower() != ".parquet":
            raise BadFile(
                f"prints are written as Parquet, to a name ending in .parquet, was {path}"
            )
        self.rows = 0
        """How many rows have been written."""
        self.left_out: Mapping[str, int] = {}
        """Nothing: the columns are ours."""
        self._file = Growing(
            path, SCHEMA, lambda rows: print_table(rows, contracts), PrintBatch.joined
        )

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.__exit__(kind, error, traceback)

    def write(self, batch: PrintBatch) -> None:
        """Append the rows of a batch.

        Raises
        ------
        BadFile
            If one of its contracts has no OSI symbol.
        """
        self.rows += batch.rows
        self._file.write(batch)


def print_table(prints: PrintBatch, contracts: Contracts) -> Column:
    """Return prints in our own columns as an Arrow table, a row a print.

    Raises
    ------
    BadFile
        If one of the contracts has no OSI symbol.
    """
    columns = [
        instants(prints.ts_event),
        each(prints.contract, lambda distinct: osi_symbols(contracts, distinct)),
        money(prints.price),
        pa.array(prints.size),
        money(prints.bid),
        money(prints.ask),
        money(prints.spot),
        words(prints.venue, MICS),
        words(prints.condition, CODES),
        known(prints.sequence, prints.sequence != 0),
        known(prints.cancels, prints.cancels != 0),
        _quotes(prints.marks),
        pa.array((prints.marks & WITHDRAWN).astype(np.bool_)),
        pa.array(contracts.multipliers[prints.contract]),
    ]
    return pa.table(columns, schema=SCHEMA)


def _quotes(marks: NDArray[np.uint8]) -> Column:
    stale = (marks & STALE_QUOTE).astype(np.bool_)
    plain = ~stale & ~(marks & VENUE_QUOTE).astype(np.bool_)
    named = words(stale.astype(np.int8), _QUOTES)
    return pa.DictionaryArray.from_arrays(
        named.indices.to_numpy(), named.dictionary, mask=plain
    )
