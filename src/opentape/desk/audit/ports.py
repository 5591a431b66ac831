"""What the audit needs from the outside: the truth beside a tape."""

from typing import Protocol

from opentape.market.contract import Contracts
from opentape.simulation.records import BookKept, Fault, Truth


class TruthBeside(Protocol):
    """What is true of one day's tape."""

    def prints(self) -> Truth:
        """Return what is true of each row of the tape as it was before any fault."""
        ...

    def book(self, contracts: Contracts) -> BookKept:
        """Return who held each contract, its place that in `contracts`."""
        ...

    def faults(self) -> tuple[Fault, ...]:
        """Return what was done to the tape."""
        ...
