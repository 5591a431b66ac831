"""Massive (Polygon) option trades as in its flat files; they carry no quotes."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import Cells
from opentape.feeds.raw.table import Block
from opentape.feeds.source import Layout, Ledger
from opentape.feeds.values import Sieve
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition, classify

_CORRECTED_LATER: Final = (1, 7, 8)
_CANCELS: Final = (10, 11)
_STAMPS: Final = ("participant_timestamp", "sip_timestamp")
_BREAK: Final = re.compile(r"[^0-9A-Za-z]+")


def decode(block: Block, ledger: Ledger, first_row: int) -> PrintBatch:
    """Return the prints of some rows; times are nanoseconds UTC, money dollars."""
    sieve = Sieve(block, ledger, first_row)
    ts_event = _stamps(sieve)
    contract = sieve.symbols("ticker")
    price, size = sieve.prices("price"), sieve.sizes("size")
    sequence = sieve.numbers("sequence_number", "bad_sequence")
    correction = sieve.numbers("correction", "bad_condition")
    condition = sieve.conditions("conditions", telling)
    return sieve.batch(
        ts_event=ts_event,
        sequence=sequence,
        contract=contract,
        price=price,
        size=size,
        venue=sieve.venues("exchange"),
        condition=np.where(np.isin(correction, _CANCELS), Condition.CANCEL, condition),
        marks=np.where(np.isin(correction, _CORRECTED_LATER), WITHDRAWN, 0),
    )


def telling(codes: str) -> str:
    """Return the condition that says most of several: a cancel, else the first not regular.

    Examples
    --------
    >>> telling("209,227"), telling("209"), telling("227,201")
    ('227', '209', '201')
    """
    each = [code for code in _BREAK.split(codes) if code]
    classes = {code: classify(code) for code in each}
    for code, found in classes.items():
        if found is Condition.CANCEL:
            return code
    odd = [code for code, found in classes.items() if found is not Condition.REGULAR]
    return next(iter([*odd, *each]), "")


def _stamps(sieve: Sieve) -> NDArray[np.int64]:
    """Return when the venue reported it, else when the tape did."""
    names = [name for name in _STAMPS if name in sieve.block.columns]
    found = sieve.read(names[0], cells.integers)
    absent = found.missing | (found.values == 0)
    if absent.any() and len(names) > 1:
        other = sieve.read(names[1], cells.integers)
        found = Cells(
            np.where(absent, other.values, found.values),
            np.where(absent, other.bad, found.bad),
            absent & other.missing,
        )
    return sieve.timely(found, *names)


LAYOUT: Final = Layout(
    title="Massive option trades",
    signs=frozenset({"ticker", "conditions", "correction", "exchange", *_STAMPS}),
    needed=("ticker", "price", "size"),
    either=(("sip_timestamp",), ("participant_timestamp",)),
    optional=("conditions", "correction", "exchange", "sequence_number"),
    decode=decode,
)
