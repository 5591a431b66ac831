"""Today's option tape as it was folded, to be read again."""

from collections import Counter
from collections.abc import Iterator, Sequence

from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips


class DayTape:
    """The rows of one trade date in the order they came; fills `desk.ports.Tape`.

    Made of what the engine keeps anyway: nothing is copied until it is read.
    """

    def __init__(
        self,
        contracts: Contracts,
        batches: Sequence[PrintBatch],
        open_interest: OpenInterest | None,
        title: str,
    ) -> None:
        self.contracts = contracts
        self.skips = Skips()
        self.unknown_conditions = Counter[str]()
        self._batches = batches
        self._open_interest = open_interest
        self._title = title

    @property
    def format(self) -> str:
        """What it is."""
        return self._title

    @property
    def rows_total(self) -> int:
        """How many rows it has."""
        return sum(batch.rows for batch in self._batches)

    @property
    def share_read(self) -> float:
        """All of it is at hand."""
        return 1.0

    @property
    def open_interest(self) -> OpenInterest | None:
        """What was settled that morning."""
        return self._open_interest

    def batches(self) -> Iterator[PrintBatch]:
        """Yield the rows as they came."""
        return iter(self._batches)

    def locate(self, row: int) -> str:
        """Return where a row stands in the feed."""
        return f"{self._title}:row {row}"
