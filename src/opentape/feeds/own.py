"""Our own columns, for tapes of any origin: described in docs/reference/tape-columns.md."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.table import Block
from opentape.feeds.source import Layout, Ledger
from opentape.feeds.values import Sieve
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.contract import MULTIPLIER

_SERIES: Final = ("root", "expiry", "strike", "right")
_MARKS: Final = {"venue": VENUE_QUOTE, "stale": STALE_QUOTE}
_WITHDRAWN: Final = {"true": WITHDRAWN, "1": WITHDRAWN}


def decode(block: Block, ledger: Ledger, first_row: int) -> PrintBatch:
    """Return the prints of some rows; times are UTC, money dollars."""
    sieve = Sieve(block, ledger, first_row)
    ts_event = sieve.instants("ts_event", cells.instants)
    named = "symbol" in block.columns
    contract = sieve.symbols("symbol") if named else sieve.series(_SERIES)
    price, size = sieve.prices("price"), sieve.sizes("size")
    bid, ask, spot = (sieve.amounts(name) for name in ("bid", "ask", "spot"))
    sequence = sieve.numbers("sequence", "bad_sequence")
    cancels = sieve.numbers("cancels", "bad_sequence")
    note_multipliers(sieve, contract)
    return sieve.batch(
        ts_event=ts_event,
        sequence=sequence,
        contract=contract,
        price=price,
        size=size,
        bid=bid,
        ask=ask,
        spot=spot,
        venue=sieve.venues("venue"),
        condition=sieve.conditions("condition"),
        marks=_marks(block),
        cancels=cancels,
    )


def _marks(block: Block) -> NDArray[np.uint8]:
    marks = np.zeros(block.rows.size, np.uint8)
    marks |= _marked(block.find("nbbo_state"), _MARKS)
    marks |= _marked(block.find("withdrawn"), _WITHDRAWN)
    return marks


def _marked(column: pa.Array | None, marks: Mapping[str, int]) -> NDArray[np.uint8] | int:
    """Return the mark that each cell's text stands for, 0 where it stands for none."""
    if column is None:
        return 0
    found, at = cells.encoded(column)
    return np.array([marks.get(text.strip().lower(), 0) for text in found], np.uint8)[at]


def note_multipliers(sieve: Sieve, contract: NDArray[np.int32]) -> None:
    """Tell the contracts what each delivers; where rows differ the last one counts."""
    if "multiplier" not in sieve.block.columns:
        return
    found = sieve.read("multiplier", cells.integers)
    given = found.values.astype(np.int64)
    outside = (given <= 0) | (given >= 1 << 31)
    sieve.refuse((found.bad | outside) & ~found.missing, "bad_multiplier", "multiplier")
    told = np.where(found.missing, MULTIPLIER, given)
    good = np.flatnonzero(sieve.ok)
    known = sieve.ledger.contracts.multipliers
    for at in good[told[good] != known[contract[good]]].tolist():
        sieve.ledger.contracts.set_multiplier(int(contract[at]), int(told[at]))


LAYOUT: Final = Layout(
    title="opentape columns",
    signs=frozenset({"ts_event", "symbol", "price", "size", *_SERIES}),
    needed=("ts_event", "price", "size"),
    either=(("symbol",), _SERIES),
    optional=(
        "bid",
        "ask",
        "spot",
        "venue",
        "condition",
        "sequence",
        "cancels",
        "nbbo_state",
        "withdrawn",
        "multiplier",
    ),
    decode=decode,
)
