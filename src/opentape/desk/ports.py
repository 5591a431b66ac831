"""What the desk needs from the outside, as protocols that the ring fills."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips


class Tape(Protocol):
    """Prints of one or more files, in the order they are folded."""

    contracts: Contracts
    """Every contract that the tape has named so far."""
    skips: Skips
    """Rows that could not be decoded."""
    unknown_conditions: Counter[str]
    """Prints by condition code, of the codes in no table; they are taken as regular."""

    @property
    def format(self) -> str:
        """What the files were recognised as, in words."""
        ...

    @property
    def rows_total(self) -> int | None:
        """How many rows the tape holds, None where only reading it would tell."""
        ...

    @property
    def share_read(self) -> float:
        """How much of the tape has been read, 0 to 1."""
        ...

    @property
    def open_interest(self) -> OpenInterest | None:
        """Settled open interest that the tape itself carries, None if none."""
        ...

    def batches(self) -> Iterator[PrintBatch]:
        """Yield the prints in the order (ts_event, sequence, row).

        Raises
        ------
        BadFile
            If a file turns out to be damaged, or to hold no prints at all.
        """
        ...

    def locate(self, row: int) -> str:
        """Return where a row of the tape stands, as ``file:line``."""
        ...
