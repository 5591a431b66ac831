"""Table: the kinds of flaws, and the record that each is noted as."""

from enum import IntEnum
from typing import Final

import msgspec
import numpy as np

from opentape.flow.records import Records

MINUTE_NS: Final = 60_000_000_000
NO_PLACE: Final = -1
"""Stands for the contract of what touches no single one."""
NO_VENUE: Final = 255


class Kind(IntEnum):
    """What can be wrong with a feed, in the order it is listed."""

    GAP = 0
    """Numbers were left out: prints that never came."""
    DUPLICATE = 1
    """A row came again."""
    DISORDER = 2
    """A row came before or behind its place in the numbers."""
    LATE = 3
    """A print came further behind the tape than is waited for: it is volume, no more."""
    CLOCK_SKEW = 4
    """The instants of a venue contradict the order of the numbers."""
    CROSSED_NBBO = 5
    """The bid is above the ask."""
    MISSING_NBBO = 6
    """There is no bid, no ask, or neither."""
    STALE_NBBO = 7
    """The feed says that the quote was too old to use."""
    OFF_QUOTE = 8
    """The price is further outside the quote than the quote is wide: one is wrong."""
    IMPOSSIBLE_PRICE = 9
    """The price is not positive, beyond ten times the ask or below a tenth of the bid."""
    IMPOSSIBLE_SIZE = 10
    """The size is not positive, or more than a day can have."""
    EXPIRED_CONTRACT = 11
    """The contract had expired on an earlier date."""
    EARLIER_DATE = 12
    """The row is of a trade date that is over."""
    BUSTED_PRINT = 13
    """A cancel took the print back."""
    UNMATCHED_CANCEL = 14
    """A cancel names no print that came before it."""
    MISSING_OI = 15
    """A contract that is listed or trades has no open interest that morning."""
    REPEATED_OI = 16
    """Open interest is that of the morning before, although contracts traded."""
    WRONG_OI = 17
    """Open interest moved by more than was traded."""
    WRONG_TIME = 18
    """A row is stamped more than a minute from its place in the numbers."""


class Source(IntEnum):
    """Which part of a feed a flaw is in."""

    OPTION_PRINTS = 0
    STOCK_PRINTS = 1
    OPEN_INTEREST = 2


KINDS: Final = tuple(kind.name.lower() for kind in Kind)
SOURCES: Final = tuple(source.name.lower() for source in Source)

FLAW: Final = np.dtype(
    [
        ("ts", np.int64),  # of the first row, as the feed stamped it
        ("last", np.int64),  # of the last one
        ("sequence", np.int64),  # of the first row; of a gap, the first number left out
        ("row", np.int64),  # of the tape; -1 where there is none
        ("count", np.int64),  # rows; of a gap numbers, of open interest contracts
        ("value", np.int64),  # what a sentence about it tells, by kind
        ("place", np.int32),  # of the contract, of stock prints of the symbol
        ("kind", np.uint8),
        ("source", np.uint8),
        ("venue", np.uint8),  # place in venues.MICS, NO_VENUE where it is of no one venue
    ],
    align=True,
)
"""One flaw."""

NUMBERED: Final = np.dtype(
    [
        ("sequence", np.int64),
        ("row", np.int64),
        ("ts", np.int64),
        ("place", np.int32),
        ("venue", np.uint8),
        ("refused", np.bool_),  # rejected, so that the fold did not look for repeats of it
    ],
    align=True,
)
"""A row that has a number, until its neighbours have come."""

HOLE: Final = np.dtype(
    [
        ("first", np.int64),  # numbers that never came
        ("last", np.int64),
        ("before", np.int64),  # when the numbers on either side did
        ("after", np.int64),
    ],
    align=True,
)
"""A run of numbers that was left out."""


def flaws(length: int) -> Records:
    """Return records of flaws that name nothing yet."""
    made: Records = np.zeros(length, FLAW)
    made["row"], made["place"], made["venue"] = -1, NO_PLACE, NO_VENUE
    made["count"] = 1
    return made


class Flaw(msgspec.Struct, frozen=True, gc=False):
    """One flaw as plain numbers; the fields of `FLAW`."""

    ts: int
    last: int
    sequence: int
    row: int
    count: int
    value: int
    place: int
    kind: Kind
    source: Source
    venue: int


def flaws_of(some: Records) -> list[Flaw]:
    """Return flaws as plain numbers."""
    columns: list[list[int]] = [some[name].tolist() for name in Flaw.__struct_fields__]
    *numbers, kinds, sources, venues = columns
    told = zip(*numbers, map(Kind, kinds), map(Source, sources), venues, strict=True)
    return [Flaw(*one) for one in told]
