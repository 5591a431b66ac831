"""Prints as columns: the one shape that every feed decodes to and every kernel reads."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

VENUE_QUOTE: Final = 1
"""Mark: bid and ask are the reporting venue's own, not the national best."""
STALE_QUOTE: Final = 2
"""Mark: the feed says that bid and ask were too old to use."""
WITHDRAWN: Final = 4
"""Mark: the file says that this print was cancelled later."""

DTYPES: Final[dict[str, type[np.generic]]] = {
    "ts_event": np.int64,
    "sequence": np.int64,
    "row": np.int64,
    "contract": np.int32,
    "price": np.int64,
    "size": np.int32,
    "bid": np.int64,
    "ask": np.int64,
    "spot": np.int64,
    "venue": np.uint8,
    "condition": np.uint8,
    "marks": np.uint8,
    "cancels": np.int64,
}


class PrintBatch(NamedTuple):
    """Prints and cancels in the order they are folded; every column has the same length."""

    ts_event: NDArray[np.int64]
    """When the venue reported it, nanoseconds since 1970 UTC."""
    sequence: NDArray[np.int64]
    """The venue's number for it, unique in a trade date; 0 where the feed has none."""
    row: NDArray[np.int64]
    """Which row of the tape it was, counted from 0 over all its files."""
    contract: NDArray[np.int32]
    """Place in the `Contracts` that the batch was decoded with."""
    price: NDArray[np.int64]
    """Nanodollars a share."""
    size: NDArray[np.int32]
    """Contracts."""
    bid: NDArray[np.int64]
    """Nanodollars a share just before the print; `money.UNKNOWN` where there was none."""
    ask: NDArray[np.int64]
    """As `bid`."""
    spot: NDArray[np.int64]
    """Underlying price at the print, nanodollars; `money.UNKNOWN` where not given."""
    venue: NDArray[np.uint8]
    """Place in `venues.MICS`."""
    condition: NDArray[np.uint8]
    """`conditions.Condition`; a row of class `CANCEL` takes a print back."""
    marks: NDArray[np.uint8]
    """Bits `VENUE_QUOTE`, `STALE_QUOTE`, `WITHDRAWN`."""
    cancels: NDArray[np.int64]
    """On a cancel, the sequence of the print it names; 0 where it names none."""

    @classmethod
    def empty(cls, length: int) -> Self:
        """Return a batch of `length` rows whose columns are yet to be filled."""
        return cls._make(np.empty(length, dtype) for dtype in DTYPES.values())

    @classmethod
    def joined(cls, batches: Sequence[Self]) -> Self:
        """Return several batches as one, in the order given."""
        if len(batches) == 1:
            return batches[0]
        return cls._make(np.concatenate(columns) for columns in zip(*batches, strict=True))

    @property
    def rows(self) -> int:
        """How many rows the batch has."""
        return self.ts_event.size

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "PrintBatch":
        """Return the rows at `places`, in that order."""
        return PrintBatch._make(column[places] for column in self)


class StockBatch(NamedTuple):
    """Prints of underlyings in the order they came; every column has the same length."""

    ts_event: NDArray[np.int64]
    """When the venue reported it, nanoseconds since 1970 UTC."""
    symbol: NDArray[np.int32]
    """Place in the feed's list of stock symbols."""
    price: NDArray[np.int64]
    """Nanodollars a share."""
    size: NDArray[np.int64]
    """Shares."""
    bid: NDArray[np.int64]
    """Nanodollars a share just before the print; `money.UNKNOWN` where there was none."""
    ask: NDArray[np.int64]
    """As `bid`."""
    bid_size: NDArray[np.int64]
    """Shares; 0 where not given."""
    ask_size: NDArray[np.int64]
    """As `bid_size`."""

    @classmethod
    def joined(cls, batches: Sequence[Self]) -> Self:
        """Return several batches as one, in the order given."""
        if len(batches) == 1:
            return batches[0]
        return cls._make(np.concatenate(columns) for columns in zip(*batches, strict=True))

    @property
    def rows(self) -> int:
        """How many rows the batch has."""
        return self.ts_event.size

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "StockBatch":
        """Return the rows at `places`, in that order."""
        return StockBatch._make(column[places] for column in self)
