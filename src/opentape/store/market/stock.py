"""Stock prints to Parquet, written as they are made."""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from opentape.simulation.world.stock import MICS, StockPrints
from opentape.store.columns import INSTANT, WORD, Column, instants, money, words
from opentape.store.growing import Growing

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


def stock_file(path: Path, symbols: Sequence[str]) -> Growing[StockPrints]:
    """Return a file of stock prints, to be entered and written to in order of time.

    Prints are numbered from 1 as they come; `symbols` has that of each name.
    """
    numbered = count(1)
    return Growing(
        path,
        SCHEMA,
        lambda prints: stock_table(prints, symbols, numbered),
        StockPrints.joined,
    )


def stock_table(
    prints: StockPrints, symbols: Sequence[str], numbers: Iterator[int]
) -> Column:
    """Return stock prints as an Arrow table, a row a print, numbered as they come."""
    sequence = np.fromiter(islice(numbers, prints.rows), np.int64, prints.rows)
    columns = [
        instants(prints.ts_event),
        words(prints.name, symbols),
        money(prints.price),
        pa.array(prints.size),
        money(prints.bid),
        money(prints.ask),
        pa.array(prints.bid_size),
        pa.array(prints.ask_size),
        words(prints.venue, MICS),
        pa.array(sequence),
    ]
    return pa.table(columns, schema=SCHEMA)
