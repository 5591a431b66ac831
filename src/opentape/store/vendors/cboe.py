"""Cboe DataShop Option Trades, as `feeds.cboe` reads them.

Quotes by exchange, which end a line, are not of a tape: `number_of_exchanges` is 0.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np

from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.roots import is_american, underlying_of
from opentape.store.columns import RIGHTS, Column, pa, words
from opentape.store.vendors.lines import (
    CODES,
    VENUE_CODES,
    Cells,
    PrintSink,
    amounts,
    by_contract,
    fit_quotes,
    line_file,
    new_york,
    series,
)

HEADER: Final = (
    "underlying_symbol,quote_datetime,sequence_number,root,expiration,strike,option_type,"
    "exchange_id,trade_size,trade_price,trade_condition_id,canceled_trade_condition_id,"
    "best_bid,best_ask,underlying_bid,underlying_ask,number_of_exchanges,"
    "{exchange,bid_size,bid,ask_size,ask}[number_of_exchanges]"
)
_DIGITS: Final = 4
_CANCELLED: Final = ("0", "1", "2")
"""A print, a print that is cancelled later, a cancel."""


def open_cboe(path: Path, contracts: Contracts) -> AbstractContextManager[PrintSink]:
    """Open a file of option trades, to be entered and written to batch by batch."""

    def spell(batch: PrintBatch) -> Cells:
        prints = fit_quotes(batch)
        spot = amounts(prints.spot, _DIGITS)
        withdrawn = (prints.marks & WITHDRAWN).astype(np.bool_)
        cancelled = np.where(prints.condition == Condition.CANCEL, 2, withdrawn)
        return [
            *by_contract(prints, lambda places: [_underlyings(contracts, places)]),
            new_york(prints.ts_event),
            pa.array(prints.sequence),
            *series(prints, contracts, rights=RIGHTS),
            words(prints.venue, VENUE_CODES),
            pa.array(prints.size),
            amounts(prints.price, _DIGITS),
            words(prints.condition, CODES),
            words(cancelled, _CANCELLED),
            amounts(prints.bid, _DIGITS),
            amounts(prints.ask, _DIGITS),
            spot,
            spot,
            "0",
        ]

    return line_file(path, HEADER, spell)


def _underlyings(contracts: Contracts, places: np.ndarray) -> Column:
    """Return the underlying of contracts; indices have a caret before them."""
    names = [
        underlying_of(root) if is_american(root) else f"^{underlying_of(root)}"
        for root in contracts.roots
    ]
    return words(contracts.root_codes[places], names).cast(pa.string())
