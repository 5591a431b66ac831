"""Small tapes, written in a format and opened again."""

from pathlib import Path
from typing import Any

import numpy as np

import tapes
from opentape.feeds.tape import FileTape, open_tape
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.store.vendors.formats import vendor_file
from opentape.store.vendors.missing import MASSIVE_QUOTED, MISSING
from store.forget import in_order, without

NAMES = {
    "cboe": "tape.csv",
    "thetadata": "tape.csv",
    "massive": "tape.csv",
    MASSIVE_QUOTED: "tape.csv",
    "dbn": "tape.dbn",
}
PACKED = {"tape.csv": "tape.csv.gz", "tape.dbn": "tape.dbn.zst"}
SERIES = [f"{r}{e:%y%m%d}{right}{k:08d}" for r, e, k, right in tapes.SERIES]
PLAIN = {
    "ts_event": tapes.OPEN_NS, "sequence": 0, "row": 0, "contract": 0, "price": 10**9,
    "size": 1, "bid": UNKNOWN, "ask": UNKNOWN, "spot": UNKNOWN, "venue": 0,
    "condition": 0, "marks": 0, "cancels": 0,
}  # fmt: skip


def some_contracts() -> Contracts:
    contracts = Contracts()
    contracts.intern(SERIES)
    contracts.set_multiplier(4, 150)
    return contracts


def batch_of(rows: list[dict[str, int]]) -> PrintBatch:
    batch = PrintBatch.empty(len(rows))
    for at, row in enumerate(rows):
        for name, value in (PLAIN | row).items():
            getattr(batch, name)[at] = value
    return in_order(batch._replace(row=np.arange(len(rows))))


def written(
    form: str, folder: Path, batches: list[PrintBatch], contracts: Contracts
) -> tuple[FileTape, Any]:
    """A tape written in a format and opened again, and the file as it was written."""
    return written_to(form, folder / NAMES[form], batches, contracts)


def written_to(
    form: str, path: Path, batches: list[PrintBatch], contracts: Contracts
) -> tuple[FileTape, Any]:
    quotes = path.with_name("quotes.csv") if form == MASSIVE_QUOTED else None
    with vendor_file(form.removesuffix(" with quotes"), path, contracts, quotes) as file:
        for batch in batches:
            file.write(batch)
    return open_tape([path], quotes=quotes), file


def read(tape: FileTape) -> PrintBatch:
    batch = PrintBatch.joined(list(tape.batches()))
    assert not tape.skips.counts
    assert not tape.unknown_conditions
    return batch


def facts(batch: PrintBatch, contracts: Contracts) -> dict[str, list[Any]]:
    """Every column by name, the contract by what it is, no row."""
    told = {name: column.tolist() for name, column in batch._asdict().items()}
    return told | {"contract": [contracts[at] for at in told["contract"]], "row": []}


def expected(
    form: str, batch: PrintBatch, contracts: Contracts
) -> tuple[PrintBatch, Contracts]:
    told, kept = without(batch, contracts, MISSING[form])
    # a cancel is no print that could be cancelled in its turn
    cancel = told.condition == Condition.CANCEL
    marks = np.where(cancel, told.marks & ~np.uint8(WITHDRAWN), told.marks)
    return told._replace(marks=marks), kept
