"""Records of trades to columns of prints."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.databento.instruments import UNDEF_TIME, Instruments, Names, days_of
from opentape.feeds.databento.quotes import Book
from opentape.feeds.databento.records import (
    CMBP_1,
    MBP_1,
    TBBO,
    TCBBO,
    TRADES,
    Block,
    Records,
)
from opentape.feeds.values import MAX_SIZE
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import NO_CONTRACT
from opentape.market.money import MAX_PRICE, UNKNOWN
from opentape.market.tape import SHOWN, Skips
from opentape.market.venues import BY_PUBLISHER

KINDS: Final = frozenset({TRADES, MBP_1, TBBO, CMBP_1, TCBBO})
"""Kinds of record that may be trades."""
_TRADE: Final = ord("T")
_FIRST_NS: Final = 631_152_000_000_000_000
_PAST_NS: Final = 4_102_444_800_000_000_000
_SLOT_BITS: Final = 20
_DAY_BITS: Final = 20

_Fault = tuple[str, NDArray[np.bool_], tuple[NDArray[np.integer[Any]], ...]]
"""A reason, the rows that have it, and the columns that show it."""


def _venue_table() -> NDArray[np.uint8]:
    table = np.zeros(1 << 16, np.uint8)
    for publisher, place in BY_PUBLISHER.items():
        table[publisher] = place
    return table


_VENUES: Final = _venue_table()


class PrintMaker:
    """Turns the records of one file, block by block, into prints."""

    def __init__(self, instruments: Instruments, own: Names, skips: Skips) -> None:
        self._instruments = instruments
        self._own = own
        self._skips = skips
        self._book = Book()
        # a number's contract stands in the slot of its last bits, if no other took it since
        self._slot_keys = np.full(1 << _SLOT_BITS, -1, np.int64)
        self._slot_places = np.empty(1 << _SLOT_BITS, np.int32)

    def prints(self, block: Block, first_row: int) -> PrintBatch:
        """Return the prints of a block in the order of the file."""
        made = [self._made(g, first_row) for g in block.groups if g.kind in KINDS]
        if not made:
            return PrintBatch.empty(0)
        joined = PrintBatch.joined(made)
        return joined if len(made) == 1 else joined.take(np.argsort(joined.row))

    def _made(self, group: Records, first_row: int) -> PrintBatch:
        trades = group.fields["action"] == _TRADE
        quotes = self._book.of(group, trades)
        fields, rows = group.fields, group.rows + first_row
        if not trades.all():
            fields, rows = fields[trades], rows[trades]
        event, received = fields["ts_event"], fields["ts_recv"]
        stamps = np.where(event == UNDEF_TIME, received, event)
        numbers = fields["instrument_id"].astype(np.int64)
        price, size = fields["price"], fields["size"]
        numbered = "sequence" in (fields.dtype.names or ())
        batch = PrintBatch(
            ts_event=stamps.astype(np.int64),
            sequence=(fields["sequence"] if numbered else 0 * numbers).astype(np.int64),
            row=rows,
            contract=self._places(numbers, days_of(fields)),
            price=price.astype(np.int64),
            size=size.astype(np.int32),
            bid=quotes.bid,
            ask=quotes.ask,
            spot=np.full(rows.size, UNKNOWN),
            venue=_VENUES[fields["publisher_id"]],
            condition=np.full(rows.size, Condition.REGULAR, np.uint8),
            marks=quotes.marks,
            cancels=np.zeros(rows.size, np.int64),
        )
        ok = self._sifted(
            rows,
            ("bad_time", (stamps < _FIRST_NS) | (stamps >= _PAST_NS), (stamps,)),
            ("bad_contract", batch.contract == NO_CONTRACT, (numbers,)),
            ("bad_price", price >= MAX_PRICE, (price,)),
            ("bad_size", size > MAX_SIZE, (size,)),
            ("bad_tick", (price <= 0) | (size == 0), (price, size)),
        )
        return batch if ok.all() else batch.take(ok)

    def _sifted(self, rows: NDArray[np.int64], *faults: _Fault) -> NDArray[np.bool_]:
        """Return which rows have no fault; count the others, each for its first."""
        ok = np.ones(rows.size, np.bool_)
        for reason, bad, shown in faults:
            fresh = np.flatnonzero(bad & ok)
            first = fresh[:SHOWN]
            details = [" ".join(str(column[at]) for column in shown) for at in first]
            self._skips.add(reason, fresh.size, zip(rows[first], details, strict=True))
            ok &= ~bad
        return ok

    def _places(
        self, numbers: NDArray[np.int64], days: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        keys = numbers << _DAY_BITS | days
        slots = numbers & (1 << _SLOT_BITS) - 1
        missed = np.flatnonzero(self._slot_keys[slots] != keys)
        places = self._slot_places[slots]
        if missed.size:
            fresh, at = np.unique(keys[missed], return_inverse=True)
            days = fresh & (1 << _DAY_BITS) - 1
            found = self._instruments.places(fresh >> _DAY_BITS, days, self._own)[at]
            places[missed] = found
            # a number without a name may get one from a later header
            named = missed[found != NO_CONTRACT]
            self._slot_keys[slots[named]] = keys[named]
            self._slot_places[slots[named]] = places[named]
        return places
