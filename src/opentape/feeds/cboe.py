"""Cboe DataShop Option Trades: every print with its national best quote."""

from typing import Final

import numpy as np

from opentape.feeds.raw import cells
from opentape.feeds.raw.table import Block
from opentape.feeds.source import Layout, Ledger
from opentape.feeds.values import Sieve, middle
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition

_CANCELLED_LATER, _IS_CANCEL = 1, 2
_SERIES: Final = ("root", "expiration", "strike", "option_type")


def decode(block: Block, ledger: Ledger, first_row: int) -> PrintBatch:
    """Return the prints of some rows; times are New York wall clock, money dollars."""
    sieve = Sieve(block, ledger, first_row)
    ts_event = sieve.instants("quote_datetime", cells.new_york)
    contract = sieve.series(_SERIES)
    price, size = sieve.prices("trade_price"), sieve.sizes("trade_size")
    bid, ask = sieve.amounts("best_bid"), sieve.amounts("best_ask")
    spot = middle(sieve.amounts("underlying_bid"), sieve.amounts("underlying_ask"))
    sequence = sieve.numbers("sequence_number", "bad_sequence")
    cancelled = sieve.numbers("canceled_trade_condition_id", "bad_condition")
    condition = sieve.conditions("trade_condition_id")
    return sieve.batch(
        ts_event=ts_event,
        sequence=sequence,
        contract=contract,
        price=price,
        size=size,
        bid=bid,
        ask=ask,
        spot=spot,
        venue=sieve.venues("exchange_id"),
        condition=np.where(cancelled == _IS_CANCEL, Condition.CANCEL, condition),
        marks=np.where(cancelled == _CANCELLED_LATER, WITHDRAWN, 0),
    )


NAMES: Final = (
    "underlying_symbol",
    "quote_datetime",
    "sequence_number",
    "root",
    "expiration",
    "strike",
    "option_type",
    "exchange_id",
    "trade_size",
    "trade_price",
    "trade_condition_id",
    "canceled_trade_condition_id",
    "best_bid",
    "best_ask",
    "underlying_bid",
    "underlying_ask",
    "number_of_exchanges",
)
"""The columns that have names; quotes by exchange follow them, five columns each."""

LAYOUT: Final = Layout(
    title="Cboe DataShop option trades",
    signs=frozenset(NAMES) - {"root", "expiration", "strike"},
    needed=(
        "quote_datetime",
        *_SERIES,
        "trade_price",
        "trade_size",
        "best_bid",
        "best_ask",
    ),
    optional=(
        "sequence_number",
        "exchange_id",
        "trade_condition_id",
        "canceled_trade_condition_id",
        "underlying_bid",
        "underlying_ask",
    ),
    decode=decode,
    ragged_after="number_of_exchanges",
)
