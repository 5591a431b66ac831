"""Massive flat files, as `feeds.massive` and `feeds.quotes` read them: trades and quotes.

Trades carry no quote. Each gets one in the file of quotes, a nanosecond before it, which
is after every earlier print of its contract.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.market.conditions import CLASSES, MASSIVE_IDS, Condition
from opentape.market.contract import Contracts
from opentape.market.venues import VENUES
from opentape.store.columns import Column, osi_symbols, pa, pc, words
from opentape.store.vendors.lines import (
    Cells,
    Lines,
    PrintSink,
    amounts,
    by_contract,
    fit_quotes,
    line_file,
)

HEADER: Final = (
    "ticker,conditions,correction,exchange,participant_timestamp,price,sip_timestamp,size"
)
QUOTES_HEADER: Final = (
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,"
    "sequence_number,sip_timestamp"
)
_DIGITS: Final = 2
_FIRST_VENUE: Final = 300
_CORRECTIONS: Final = ("0", "8", "10")
"""A print, a print that is cancelled later, a cancel."""
_NEVER: Final = np.iinfo(np.int64).min


def _condition_ids() -> tuple[str, ...]:
    by_letter = {letter: str(number) for number, letter in MASSIVE_IDS.items()}
    regular = CLASSES[Condition.REGULAR].letters
    return tuple(by_letter[(rule.letters or regular).strip()[0]] for rule in CLASSES)


CONDITION_IDS: Final = _condition_ids()
"""One id of each class, by `Condition`; that of regular prints where it has no letter."""
VENUE_IDS: Final = tuple(
    str(_FIRST_VENUE + ord(venue.letter) - ord("A")) if venue.letter else "0"
    for venue in VENUES
)


@contextmanager
def open_massive(
    path: Path, contracts: Contracts, quotes: Path | None = None
) -> Generator[PrintSink, None, None]:
    """Open a file of trades, and one of their quotes if it has a name.

    Raises
    ------
    BadFile
        If a name is not that of such a file, or one cannot be written.
    """

    def spell(prints: PrintBatch) -> Cells:
        withdrawn = (prints.marks & WITHDRAWN).astype(np.bool_)
        correction = np.where(prints.condition == Condition.CANCEL, 2, withdrawn)
        stamps = pa.array(prints.ts_event)
        return [
            _tickers(prints, contracts),
            words(prints.condition, CONDITION_IDS),
            words(correction, _CORRECTIONS),
            words(prints.venue, VENUE_IDS),
            stamps,
            amounts(prints.price, _DIGITS),
            stamps,
            pa.array(prints.size),
        ]

    told = _Quotes(contracts)
    with ExitStack() as stack:
        beside = None
        if quotes is not None:
            beside = stack.enter_context(line_file(quotes, QUOTES_HEADER, told.spell))
        trades = stack.enter_context(line_file(path, HEADER, spell))
        yield _Pair(trades, beside, told)


class _Pair:
    """Trades, and the quotes beside them if they are wanted."""

    def __init__(self, trades: Lines, quotes: Lines | None, told: "_Quotes") -> None:
        self._trades = trades
        self._quotes = quotes
        self._told = told

    def write(self, batch: PrintBatch) -> None:
        self._trades.write(batch)
        if self._quotes is not None:
            self._quotes.write(self._told.first_of_each_instant(fit_quotes(batch)))


class _Quotes:
    """The quote before each print; of prints of a contract at one instant, the first's."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._quoted_ts = np.empty(0, np.int64)
        self._count = 0

    def first_of_each_instant(self, prints: PrintBatch) -> PrintBatch:
        more = max(len(self._contracts) - self._quoted_ts.size, 0)
        self._quoted_ts = np.append(self._quoted_ts, np.full(more, _NEVER))
        order = np.argsort(prints.contract, kind="stable")
        contract, ts = prints.contract[order], prints.ts_event[order]
        last = np.append(contract[1:] != contract[:-1], True)[: contract.size]
        before = self._quoted_ts[contract]
        within = ~last[:-1]
        before[1:][within] = ts[:-1][within]
        self._quoted_ts[contract[last]] = ts[last]
        return prints.take(np.sort(order[ts != before]))

    def spell(self, prints: PrintBatch) -> Cells:
        numbers = np.arange(self._count + 1, self._count + prints.rows + 1)
        self._count += prints.rows
        return [
            _tickers(prints, self._contracts),
            *("0", amounts(prints.ask, _DIGITS), "0"),
            *("0", amounts(prints.bid, _DIGITS), "0"),
            pa.array(numbers),
            pa.array(prints.ts_event - 1),
        ]


def _tickers(prints: PrintBatch, contracts: Contracts) -> Column:
    def spell(places: NDArray[np.int32]) -> list[Column]:
        packed = pc.replace_substring(osi_symbols(contracts, places), " ", "")
        return [pc.binary_join_element_wise("O:", packed, "")]

    return by_contract(prints, spell)[0]
