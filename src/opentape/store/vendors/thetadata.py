"""ThetaData trade and quote history, version 3, as `feeds.thetadata` reads it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import numpy as np

from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.store.columns import Column, pa, pc, words
from opentape.store.vendors.lines import (
    CODES,
    VENUE_CODES,
    PrintSink,
    always,
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

    def spell(batch: PrintBatch) -> list[Column]:
        prints = fit_quotes(batch)
        stamps = pc.replace_substring(new_york(prints.ts_event), " ", "T")
        nought = always("0", prints.rows)
        national = always(_NATIONAL_BEST, prints.rows)
        return [
            *series(prints, contracts, rights=_RIGHTS),
            stamps,
            stamps,
            pa.array(_signed(prints.sequence)),
            *[always(_NO_CONDITION, prints.rows)] * 4,
            words(prints.condition, CODES),
            pa.array(prints.size),
            words(prints.venue, VENUE_CODES),
            amounts(prints.price, _DIGITS),
            *(nought, nought, amounts(prints.bid, _DIGITS), national),
            *(nought, nought, amounts(prints.ask, _DIGITS), national),
        ]

    return line_file(path, HEADER, spell)


def _signed(sequence: np.ndarray) -> np.ndarray:
    """Return numbers of 32 bits as ThetaData writes them, the upper half negative."""
    upper = (sequence >= _UNSIGNED // 2) & (sequence < _UNSIGNED)
    return np.where(upper, sequence - _UNSIGNED, sequence)
