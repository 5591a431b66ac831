"""Table: the records that the fold keeps, field by field.

Input is columns; what is touched at random is records, so that one fetch brings a whole
contract or a whole print.
"""

from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.void]


class Side(IntEnum):
    """Who crossed, by the quote rule."""

    BUY = 0
    SELL = 1
    MID = 2


class Aggressor(IntEnum):
    """Where the price stood against the NBBO, in the order that breaks ties."""

    MID = 0
    AT_ASK = 1
    AT_BID = 2
    ABOVE_ASK = 3
    BELOW_BID = 4


class NbboState(IntEnum):
    """What the quote before a print was good for."""

    OK = 0
    LOCKED = 1
    CROSSED = 2
    ONE_SIDED = 3
    MISSING = 4
    STALE = 5
    VENUE = 6


class Verdict(IntEnum):
    """What the fold did with a row of the tape."""

    FOLDED = 0
    LATE = 1
    """Too far behind the tape: volume only."""
    CANCEL = 2
    """Not a print: takes one back."""
    TAKEN_BACK = 3
    """A print that a cancel named."""
    CANCEL_DONE = 4
    """A cancel that has been applied."""
    BAD_TICK = 5
    ABSURD_PRICE = 6
    EXPIRED = 7
    DUPLICATE = 8
    VOLUME_OVERFLOW = 9


REJECTS: Final = tuple(verdict for verdict in Verdict if verdict >= Verdict.BAD_TICK)
"""Verdicts that are reported as skipped rows."""

EXPIRED_OI: Final = -2
"""Stands in a contract's open interest on a trade date after its expiry."""
NO_ROW: Final = -1

PRINT: Final = np.dtype(
    [
        ("ts_event", np.int64),
        ("sequence", np.int64),
        ("price", np.int64),
        ("spot", np.int64),
        ("row", np.uint32),
        ("contract", np.int32),
        ("size", np.int32),
        ("link", np.int32),  # the member before in its parent, NO_ROW for the first
        ("reading", np.uint16),  # what `pair` read: side, aggressor, NBBO state
        ("venue", np.uint8),
        ("condition", np.uint8),
    ],
    align=True,
)
"""One print of the last few seconds, as it was read: what a parent is made of."""

CONTRACT: Final = np.dtype(
    [
        ("last", np.int64, 2),  # ts of the newest leg of the open window, by side
        ("sequence", np.int64),  # the largest of any print of the contract
        ("span", np.uint32, 2),  # ns from the oldest leg of the window to its newest
        ("tail", np.int32, 2),  # the member that joined last
        ("held", np.int32, 2),  # contracts in it; 0 where no window is open
        ("volume", np.int32, 3),  # contracts bought, sold, unsigned
        ("oi", np.int32),
    ]
)
"""All that a print of a contract reads and writes: exactly one cache line."""

PARENT: Final = np.dtype(
    [
        ("first_ts", np.int64),
        ("last_ts", np.int64),
        ("sequence", np.int64),  # of the first leg, as are row, venue, spot and nbbo
        ("spot", np.int64),
        ("notional_high", np.int64),  # sum of price x size, in units of 2**25 nanodollars
        ("notional_low", np.int64),  # and what is left of it, in nanodollars
        ("price_min", np.int64),
        ("price_max", np.int64),
        ("venues", np.int64),  # bit mask over venues.MICS
        ("size", np.int64),
        ("row", np.uint32),
        ("contract", np.int32),
        ("tail", np.int32),  # its last member, NO_ROW where a cancel made it anew
        ("legs", np.int32),
        ("iso_legs", np.int32),
        ("flags", np.uint16),  # bit mask over conditions.FLAGS
        ("venue", np.uint8),
        ("side", np.uint8),
        ("aggressor", np.uint8),
        ("nbbo", np.uint8),
        ("sweep", np.bool_),
        ("dropped", np.bool_),  # a cancel took back one of its prints
    ],
    align=True,
)
"""One kept parent: all that judging needs, without the prints it was made of."""

SERIES: Final = np.dtype([("proven", np.int32), ("block", np.int32)])
"""What is rarely asked of a contract: contracts proven to open, and its block size."""


class Clock(IntEnum):
    """Places in the vector of integers that says how far the fold is."""

    NOW = 0
    """The largest ts_event folded."""
    ROWS = 1
    """Prints folded."""
    PASSED = 2
    """Of them, those whose windows have been looked at for closing."""
    KEPT = 3
    """Of them, those too old to be a leg of an open window."""
    PARENTS = 4
    TRACKING = 5
    """Whether every row is remembered, to find repeats."""
    ODD = 6
    """Rows that were not folded: cancels and rejects."""
    VERDICTS = 8
    """Rows by `Verdict`."""
    CLASSES = 24
    """Prints folded by condition."""
    SEQUENCES = 40
    """The largest sequence of each venue."""
    LENGTH = 40 + 64


RULES: Final = np.dtype(
    [
        ("gap_ns", np.int64),
        ("span_ns", np.int64),
        ("late_ns", np.int64),
        ("date_from", np.int64),  # the trade date, as instants
        ("date_to", np.int64),
        ("unsigned_from", np.int64),
        ("unsigned_to", np.int64),
        ("block_floor", np.int64),  # the smallest block size of any contract
        ("blocks_only", np.bool_),
        ("strict", np.bool_),
        ("by_label", np.int64, len(Aggressor)),  # scratch: contracts of a parent by label
    ]
)
"""`GatherOptions` as a kernel takes them."""

NOTIONAL_SHIFT: Final = 25
"""Bits split off a price so that price x size sums without overflow."""


def aligned(dtype: np.dtype[np.void], length: int) -> Records:
    """Return zeroed records that start on a cache line."""
    line = 64
    # filled by hand: what is only promised to be zero does not come in large pages
    raw = np.empty(length * dtype.itemsize + line, np.uint8)
    raw.fill(0)
    start = -raw.ctypes.data % line
    return raw[start : start + length * dtype.itemsize].view(dtype)


Places = NDArray[np.integer[Any]] | NDArray[np.bool_] | slice


def taken(records: Records, places: Places) -> Records:
    """Return the records at some places, as indexing does.

    Indexing copies field by field, which takes ten times as long.

    Examples
    --------
    >>> pairs = np.array([(1, 2.0), (3, 4.0), (5, 6.0)], [("a", "i4"), ("b", "f8")])
    >>> taken(pairs, np.array([2, 0])).tolist()
    [(5, 6.0), (1, 2.0)]
    """
    whole: Records = records.view(f"V{records.itemsize}")
    return whole[places].view(records.dtype)
