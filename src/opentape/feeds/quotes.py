"""Prints that carry no quote, paired with the quotes of another file.

The prints are held, sorted by contract and time; the quotes, of which there may be a
thousand times more, are read once, block by block, and never held. So the quotes may be
in any order; sorted by contract, as vendors sort them, each print is looked at least.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.order import BATCH_ROWS, BUDGET
from opentape.feeds.raw import cells
from opentape.feeds.raw.table import Block, Table, check_unique
from opentape.feeds.source import Ends, Ledger, Source
from opentape.market import osi
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN, nanos
from opentape.market.open_interest import OpenInterest

_NEEDED: Final = ("ticker", "sip_timestamp", "bid_price", "ask_price")
_COLUMNS: Final = (*_NEEDED, "sequence_number")


class _Quotes(NamedTuple):
    """Quotes of contracts that trade."""

    contract: NDArray[np.int32]
    ts: NDArray[np.int64]
    number: NDArray[np.int64]
    bid: NDArray[np.int64]
    ask: NDArray[np.int64]


class QuotedSource:
    """A file of prints, each with the last quote of its contract strictly before it."""

    def __init__(self, prints: Source, quotes: Table, *, budget: int = BUDGET) -> None:
        """Take prints, quotes and how many prints may be held at once.

        Raises
        ------
        BadFile
            If the quotes lack a column.
        """
        self.path: Path = prints.path
        self._prints = prints
        self._quotes = quotes
        self._sizes = (prints.path.stat().st_size, quotes.path.stat().st_size)
        self._budget = budget
        check_unique(quotes.path, quotes.names, _COLUMNS)
        for name in _NEEDED:
            if name not in quotes.names:
                raise BadFile(
                    f"quotes need the column {name!r}, was missing in {quotes.path}"
                )

    @property
    def format(self) -> str:
        """What the file was recognised as, in words."""
        return f"{self._prints.format} with quotes"

    @property
    def rows_total(self) -> int | None:
        """How many rows it holds, None where only reading it to the end would tell."""
        return self._prints.rows_total

    @property
    def rows_seen(self) -> int:
        """How many rows have been numbered so far."""
        return self._prints.rows_seen

    @property
    def share_read(self) -> float:
        """How much of both files has been read, 0 to 1."""
        first, second = self._sizes
        read = first * self._prints.share_read + second * self._quotes.share_read
        return read / (first + second)

    @property
    def open_interest(self) -> OpenInterest | None:
        """What the file of prints carries."""
        return self._prints.open_interest

    def ends(self) -> Ends | None:
        """None: prints come by contract."""
        return None

    def batches(self, ledger: Ledger, first_row: int) -> Iterator[PrintBatch]:
        """Yield the prints as they are written, each with its quote."""
        held: list[PrintBatch] = []
        for batch in self._prints.batches(ledger, first_row):
            held.append(batch)
            if sum(each.rows for each in held) >= self._budget:
                yield from self._paired(PrintBatch.joined(held), ledger)
                held = []
        if held:
            yield from self._paired(PrintBatch.joined(held), ledger)

    def locate(self, row: int) -> str:
        """Return where a row stands; rows of the quotes are numbered -1, -2 and so on."""
        if row < 0:
            return f"{self._quotes.path}{self._quotes.place_of(-row - 1)}"
        return self._prints.locate(row)

    def _paired(self, prints: PrintBatch, ledger: Ledger) -> Iterator[PrintBatch]:
        pairs = _Pairs(prints)
        listed = _Listed(ledger.contracts, np.unique(prints.contract))

        def refuse(reason: str, row: int, found: str) -> None:
            ledger.skips.add(reason, 1, [(-row - 1, found)])

        for block in self._quotes.blocks(_COLUMNS, refuse):
            quotes = listed.quotes_of(block, ledger)
            if quotes.ts.size:
                pairs.learn(quotes)
        bid, ask = pairs.in_print_order()
        paired = prints._replace(bid=bid, ask=ask)
        for start in range(0, paired.rows, BATCH_ROWS):
            yield paired.take(slice(start, start + BATCH_ROWS))


class _Listed:
    """The contracts that trade, found by symbol without admitting any other."""

    def __init__(self, contracts: Contracts, places: NDArray[np.int32]) -> None:
        self._contracts = contracts
        keys = contracts.keys[places]
        order = np.argsort(keys)
        self._keys, self._places = keys[order], places[order]

    def quotes_of(self, block: Block, ledger: Ledger) -> _Quotes:
        """Return those of a block's quotes whose contract trades."""
        symbols, at = cells.encoded(block.columns["ticker"])
        keys = self._contracts.pack_parsed(osi.parse_many(symbols))
        found = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
        place = np.where(self._keys[found] == keys, self._places[found], -1)[at]
        traded = np.flatnonzero(place >= 0)
        columns = {
            name: column.take(cells.from_numpy(traded))
            for name, column in block.columns.items()
        }
        ts = cells.integers(columns["sip_timestamp"])
        number = (
            cells.integers(columns["sequence_number"])
            if "sequence_number" in columns
            else ts
        )
        bid, ask = cells.floats(columns["bid_price"]), cells.floats(columns["ask_price"])
        bad = ts.bad | ts.missing | number.bad | bid.bad | ask.bad
        for row in block.rows[traded[bad]].tolist():
            ledger.skips.add("bad_quote", 1, [(-row - 1, "a quote that is not numbers")])
        values = (
            place[traded],
            ts.values,
            number.values,
            nanos(bid.values),
            nanos(ask.values),
        )
        return _Quotes._make(value[~bad] for value in values)


class _Pairs:
    """Prints by contract and time, and the best quote so far of each."""

    def __init__(self, prints: PrintBatch) -> None:
        self._order = np.lexsort((prints.ts_event, prints.contract))
        self._contract = prints.contract[self._order]
        self._ts = prints.ts_event[self._order]
        self._quote_ts = np.full(prints.rows, UNKNOWN)
        self._quote_number = np.full(prints.rows, UNKNOWN)
        self._bid = np.full(prints.rows, UNKNOWN)
        self._ask = np.full(prints.rows, UNKNOWN)

    def learn(self, quotes: _Quotes) -> None:
        """Give each print of the contracts quoted the last quote before it, if later."""
        prints = self._concerned(quotes)
        found, quote = _last_before(self._contract[prints], self._ts[prints], quotes)
        prints, ts, number = prints[found], quotes.ts[quote], quotes.number[quote]
        known_ts, known_number = self._quote_ts[prints], self._quote_number[prints]
        later = (ts > known_ts) | (ts == known_ts) & (number >= known_number)
        prints, quote = prints[later], quote[later]
        self._quote_ts[prints], self._quote_number[prints] = ts[later], number[later]
        self._bid[prints], self._ask[prints] = quotes.bid[quote], quotes.ask[quote]

    def in_print_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return bid and ask by print, in the order in which the prints were given."""
        bid, ask = np.empty_like(self._bid), np.empty_like(self._ask)
        bid[self._order], ask[self._order] = self._bid, self._ask
        return bid, ask

    def _concerned(self, quotes: _Quotes) -> NDArray[np.int64]:
        touched = np.unique(quotes.contract)
        first = np.searchsorted(self._contract, touched, "left")
        count = np.searchsorted(self._contract, touched, "right") - first
        before = np.cumsum(count) - count
        places = np.repeat(first - before, count) + np.arange(int(count.sum()))
        return places[self._ts[places] > quotes.ts.min()]


def _last_before(
    contract: NDArray[np.int32], ts: NDArray[np.int64], quotes: _Quotes
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return which prints have a quote strictly before them, and the last such quote."""
    prints = contract.size
    contracts = np.concatenate([contract, quotes.contract])
    numbers = np.concatenate([np.zeros(prints, np.int64), quotes.number])
    # at one instant prints come first, so that a quote of that instant is after them
    kinds = np.arange(contracts.size) >= prints
    order = np.lexsort((numbers, kinds, np.concatenate([ts, quotes.ts]), contracts))
    is_quote = order >= prints
    last = np.maximum.accumulate(np.where(is_quote, np.arange(order.size), -1))
    at = np.flatnonzero(~is_quote)
    at = at[last[at] >= 0]
    at = at[contracts[order[last[at]]] == contracts[order[at]]]
    return order[at], order[last[at]] - prints
