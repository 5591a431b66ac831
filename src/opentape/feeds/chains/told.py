"""What the files of a chain tell, row by row, before one instant is chosen of it."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.source import Ledger
from opentape.market.chain import UNKNOWN_COUNT, UNKNOWN_TIME


class Told(NamedTuple):
    """Contracts with all that a file says of each; a contract may come more than once."""

    row: NDArray[np.int64]
    """Counted from 0 over all files of the chain."""
    contract: NDArray[np.int32]
    bid: NDArray[np.float64]
    ask: NDArray[np.float64]
    last: NDArray[np.float64]
    bid_size: NDArray[np.int64]
    ask_size: NDArray[np.int64]
    volume: NDArray[np.int64]
    open_interest: NDArray[np.int64]
    ts_quote: NDArray[np.int64]
    iv: NDArray[np.float64]
    delta: NDArray[np.float64]
    gamma: NDArray[np.float64]
    spot: NDArray[np.float64]
    """Of the underlying as this row tells it, NaN where it does not."""
    as_of: NDArray[np.int64]
    """What instant this row is of, `UNKNOWN_TIME` where it does not say."""

    def take(self, places: NDArray[np.bool_] | NDArray[np.intp]) -> "Told":
        """Return the rows at `places`."""
        return Told._make(column[places] for column in self)

    @classmethod
    def joined(cls, parts: "Sequence[Told]") -> "Told":
        """Return the rows of all parts, one after the other."""
        parts = parts or [told(np.empty(0, np.int64), np.empty(0, np.int32))]
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


UNKNOWN: Final[dict[str, float | int]] = {
    **dict.fromkeys(("bid", "ask", "last", "iv", "delta", "gamma", "spot"), math.nan),
    **dict.fromkeys(("bid_size", "ask_size", "volume", "open_interest"), UNKNOWN_COUNT),
    **dict.fromkeys(("ts_quote", "as_of"), UNKNOWN_TIME),
}
"""What stands in each column where nothing is told."""


def told(
    row: NDArray[np.int64], contract: NDArray[np.int32], **columns: NDArray[Any]
) -> Told:
    """Return rows as `Told`; a column not given is unknown."""
    for name, unknown in UNKNOWN.items():
        if name not in columns:
            columns[name] = np.full(row.size, unknown)
    return Told(row=row, contract=contract, **columns)


class Asked(NamedTuple):
    """What the caller says, which goes before what a file says."""

    symbol: str | None
    """A root or an underlying, in capitals."""
    spot: float | None
    as_of_ns: int | None


class Part(NamedTuple):
    """What one file told."""

    told: Told
    rows: int
    """How many there are, those that could not be used included."""
    locate: Callable[[int], str]
    """Where a row of the file, counted from 0, stands."""


Decode = Callable[[Inflated, Asked, Ledger, int], Part]
"""Reads one file; the number is the chain's row for the file's row 0."""


class Layout(NamedTuple):
    """One vendor's way to tell a chain."""

    title: str
    read: Callable[[Sequence[Inflated], Asked, Ledger], list[Part]]
    series: bool = False
    """Whether a file may hold several instants, of which one is chosen."""


def one_by_one(decode: Decode) -> Callable[[Sequence[Inflated], Asked, Ledger], list[Part]]:
    """Return a reader of several files of which each says all about itself."""

    def read(files: Sequence[Inflated], asked: Asked, ledger: Ledger) -> list[Part]:
        parts = list[Part]()
        for file in files:
            first_row = sum(part.rows for part in parts)
            parts.append(decode(file, asked, ledger, first_row))
        return parts

    return read
