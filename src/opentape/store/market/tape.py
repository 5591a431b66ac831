"""The tape of a simulated day in our own columns, with the sizes of its quotes."""

from pathlib import Path
from string import ascii_letters
from typing import Final

import numpy as np
import pyarrow as pa

from opentape.market.contract import Contracts
from opentape.market.venues import MICS
from opentape.simulation.records import Delivered
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
        ("spot", pa.float64()),
        ("venue", WORD),
        ("condition", WORD),
        ("sequence", pa.int64()),
        ("cancels", pa.int64()),
    ]
)
_LETTERS: Final = " " + ascii_letters
_PLACE: Final = np.zeros(256, np.int32)
_PLACE[[ord(letter) for letter in _LETTERS]] = np.arange(len(_LETTERS))


def tape_file(path: Path, contracts: Contracts) -> Growing[Delivered]:
    """Return a file to be entered and written to, slice by slice of the day."""
    return Growing(
        path, SCHEMA, lambda prints: tape_table(prints, contracts), Delivered.joined
    )


def tape_table(prints: Delivered, contracts: Contracts) -> Column:
    """Return prints as an Arrow table, a row a print."""
    columns = [
        instants(prints.ts_event),
        each(prints.contract, lambda distinct: osi_symbols(contracts, distinct)),
        money(prints.price),
        pa.array(prints.size),
        money(prints.bid),
        money(prints.ask),
        pa.array(prints.bid_size),
        pa.array(prints.ask_size),
        money(prints.spot),
        words(prints.venue, MICS),
        words(_PLACE[prints.letter], _LETTERS),
        pa.array(prints.sequence),
        known(prints.cancels, prints.cancels > 0),
    ]
    return pa.table(columns, schema=SCHEMA)
