"""ThetaData trade and quote history, version 3, as `feeds.thetadata` reads it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np

from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.store.columns import pa, pc, words
from opentape.store.vendors.lines import (
    CODES,
    VENUE_CODES,
    Cells,
    PrintSink,
    amounts,
    fit_quotes,
    line_file,
    new_york,
    series,
)

HEADER: Final = (
    "symbol,expiration,strike,right,trade_timestamp,quote_timestamp,sequence,"
    "ext_condition1,ext_condition2,ext_condition3,ext_condition4,condition,size,exchange,"
    "price,bid_size,bid_exchange,bid,bid_condition,ask_size,ask_exchange,ask,ask_condition"
)
_DIGITS: Final = 2
_RIGHTS: Final = ("CALL", "PUT")
_UNSIGNED: Final = 1 << 32
_NO_CONDITION, _NATIONAL_BEST = "255", "50"


def open_thetadata(path: Path, contracts: Contracts) -> AbstractContextManager[PrintSink]:
    """Open a file of trades and quotes, to be entered and written to batch by batch."""

    def spell(batch: PrintBatch) -> Cells:
        prints = fit_quotes(batch)
        stamps = pc.replace_substring(new_york(prints.ts_event), " ", "T")
        return [
            *series(prints, contracts, rights=_RIGHTS),
            stamps,
            stamps,
            pa.array(_signed(prints.sequence)),
            *[_NO_CONDITION] * 4,
            words(prints.condition, CODES),
            pa.array(prints.size),
            words(prints.venue, VENUE_CODES),
            amounts(prints.price, _DIGITS),
            *("0", "0", amounts(prints.bid, _DIGITS), _NATIONAL_BEST),
            *("0", "0", amounts(prints.ask, _DIGITS), _NATIONAL_BEST),
        ]

    return line_file(path, HEADER, spell)


def _signed(sequence: np.ndarray) -> np.ndarray:
    """Return numbers of 32 bits as ThetaData writes them, the upper half negative."""
    upper = (sequence >= _UNSIGNED // 2) & (sequence < _UNSIGNED)
    return np.where(upper, sequence - _UNSIGNED, sequence)
