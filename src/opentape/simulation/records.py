"""The columns of a simulated day: what a feed delivers, and what is true of each print."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

INTENTS: Final = (
    "directional",
    "lottery",
    "zero_dte",
    "overwriter",
    "put_writer",
    "hedger",
    "profit_taker",
    "leaps",
    "institution",
    "spreader",
    "roller",
    "arbitrageur",
)
"""Who sent an order, by the number that stands for it in a column."""

STYLES: Final = (
    "auto",
    "sweep",
    "worked",
    "auction",
    "floor",
    "cross",
    "complex",
    "complex_auction",
    "complex_floor",
    "complex_cross",
    "stock_tied",
    "compression",
    "cancel",
)
"""How an order was executed, by the number that stands for it in a column."""

PACKAGES: Final = frozenset(
    {"complex", "complex_auction", "complex_floor", "complex_cross", "stock_tied"}
)
"""Styles whose orders are legs of one package."""


class Delivered(NamedTuple):
    """Prints and cancels in the order of the tape; every column has the same length."""

    ts_event: NDArray[np.int64]
    """Nanoseconds since 1970 UTC."""
    sequence: NDArray[np.int64]
    """1, 2, 3 ... over the day."""
    contract: NDArray[np.int32]
    """Place in the `Contracts` of the day."""
    price: NDArray[np.int64]
    """Nanodollars a share."""
    size: NDArray[np.int32]
    """Contracts."""
    bid: NDArray[np.int64]
    """Nanodollars a share; `money.UNKNOWN` where a fault took it away."""
    ask: NDArray[np.int64]
    bid_size: NDArray[np.int32]
    """Contracts that all venues together bid for at the best price."""
    ask_size: NDArray[np.int32]
    spot: NDArray[np.int64]
    """Nanodollars."""
    venue: NDArray[np.uint8]
    """Place in `venues.MICS`."""
    letter: NDArray[np.uint8]
    """OPRA condition letter as ASCII; a space is a regular print."""
    cancels: NDArray[np.int64]
    """On a cancel, the sequence of the print that it takes back; 0 elsewhere."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.ts_event.size

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Delivered":
        """Return the rows at `places`, in that order."""
        return Delivered._make(column[places] for column in self)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several batches as one, in the order given."""
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class Truth(NamedTuple):
    """What is true of each row of a tape, which the engine never reads."""

    sequence: NDArray[np.int64]
    """Of the row on the tape."""
    parent: NDArray[np.int64]
    """The order that the print is a child of: 1, 2 ... in a day."""
    package: NDArray[np.int64]
    """The orders that traded as one; 0 for an order that traded alone."""
    structure: NDArray[np.uint8]
    """Place in `structures.NAMES`; 0 for none."""
    intent: NDArray[np.uint8]
    """Place in `INTENTS`."""
    style: NDArray[np.uint8]
    """Place in `STYLES`."""
    aggressor: NDArray[np.int8]
    """1 where a buyer crossed, -1 where a seller did, 0 where nobody did."""
    customer: NDArray[np.int8]
    """1 where the customer bought, -1 where he sold, 0 where no customer traded."""
    opens: NDArray[np.int8]
    """1 where the customer opened, 0 where he closed, -1 where no customer traded."""
    oi_change: NDArray[np.int32]
    """Contracts of open interest that the print made; of a cancel, that it unmade."""
    roll: NDArray[np.bool_]
    hedge: NDArray[np.bool_]
    """The order offsets another position rather than betting on anything."""
    direction: NDArray[np.int8]
    """What the whole order or package bets on: 1 bullish, -1 bearish, 0 neither."""
    busted: NDArray[np.bool_]
    """A later cancel takes the print back."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.sequence.size

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Truth":
        """Return the rows at `places`, in that order."""
        return Truth._make(column[places] for column in self)


class BookKept(NamedTuple):
    """Who held each listed contract at the open and at the close, one row a contract."""

    contract: NDArray[np.int32]
    open_interest: NDArray[np.int64]
    """Settled that morning; the larger of what customers hold long and short."""
    next_open_interest: NDArray[np.int64]
    """Settled after the day."""
    volume: NDArray[np.int64]
    """Contracts traded and not taken back."""
    customer_long: NDArray[np.int64]
    """At the open."""
    customer_short: NDArray[np.int64]
    customer_long_close: NDArray[np.int64]
    customer_short_close: NDArray[np.int64]


class Fault(NamedTuple):
    """What an injected fault did to a print."""

    kind: str
    sequence: int
    """Of the print that it hit; 0 for open interest, which hits none."""
    ts_event: int
    """When that print was really made, nanoseconds since 1970 UTC; else the day's start."""
    detail: str
