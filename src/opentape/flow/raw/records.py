"""Table: the records that raw flow keeps, and what a reader takes out of them."""

from typing import Final, NamedTuple

import numpy as np

from opentape.flow.records import NOTIONAL_SHIFT, Records
from opentape.market.money import NANOS

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
NEVER: Final = -(1 << 62)
ALWAYS: Final = 1 << 62
"""Before, and after, any instant; also a width that holds all of them."""

TRADE: Final = np.dtype(
    [
        ("ts", np.int64),
        ("price", np.int64),
        ("bid", np.int64),  # money.UNKNOWN where there was none, as ask
        ("ask", np.int64),
        ("size", np.int64),
        ("row", np.int64),  # of the tape; tells prints apart that agree in all else
        ("place", np.int32),  # of its contract, or of its stock symbol
        ("side", np.uint8),
    ],
    align=True,
)
"""One print that counts."""

BUCKET: Final = np.dtype(
    [
        ("ts", np.int64),  # when it begins
        ("first_ts", np.int64),
        ("last_ts", np.int64),
        ("biggest_ts", np.int64),
        ("biggest", np.int64),
        ("open", np.int64),
        ("high", np.int64),
        ("low", np.int64),
        ("close", np.int64),
        ("notional_high", np.int64),  # as in records.PARENT
        ("notional_low", np.int64),
        ("buy", np.int64),
        ("sell", np.int64),
        ("mid", np.int64),
        ("trades", np.int32),
        ("slot", np.int32),
    ]
)
"""What came in a minute, or a second, under one slot; a bucket without trades is empty."""

QUOTE: Final = np.dtype(
    [
        ("ts", np.int64),
        ("price", np.int64),
        ("bid", np.int64),
        ("ask", np.int64),
        ("bid_size", np.int64),
        ("ask_size", np.int64),
    ]
)
"""The newest print of a stock and the quote before it."""


class Bucket(NamedTuple):
    """A bucket as plain numbers: prices in nanodollars, times in nanoseconds UTC."""

    ts: int
    """When it begins."""
    first_ts: int
    last_ts: int
    biggest_ts: int
    """When the largest print came; the earliest of several."""
    biggest: int
    open: int
    high: int
    low: int
    close: int
    notional_high: int
    notional_low: int
    buy: int
    """Contracts or shares, as are sell and mid."""
    sell: int
    mid: int
    trades: int
    slot: int

    @property
    def volume(self) -> int:
        """Everything that traded."""
        return self.buy + self.sell + self.mid

    @property
    def net(self) -> int:
        """Bought less sold."""
        return self.buy - self.sell

    @property
    def notional(self) -> int:
        """Sum of price times size, nanodollars; exact."""
        return (self.notional_high << NOTIONAL_SHIFT) + self.notional_low

    @property
    def vwap_nanos(self) -> int:
        """Average price by size, nanodollars rounded half up; never past low or high."""
        return (2 * self.notional + self.volume) // (2 * self.volume)

    @property
    def vwap(self) -> float:
        """Average price by size, dollars."""
        return self.vwap_nanos / NANOS


def buckets_of(records: Records) -> list[Bucket]:
    """Return records as plain numbers."""
    return [Bucket._make(row) for row in records.tolist()]
