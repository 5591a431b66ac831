"""One underlying as it stood at an instant: all that a question about it needs.

Made by the engine's thread and never changed afterwards, so that any number of questions
read it without a lock. What is computed from it is computed once, when it is first asked.
"""

import copy
import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from opentape.desk.chain.analysed import Analysed, hours_left
from opentape.desk.state.feeds import Feeds
from opentape.desk.state.history import History
from opentape.desk.state.live import Live
from opentape.desk.state.outline import Outline
from opentape.desk.state.settled import SettledChain
from opentape.flow.day import Book
from opentape.flow.interest import confidence_of
from opentape.flow.judge import judge
from opentape.flow.judge.verdict import changes
from opentape.flow.options import FlowOptions
from opentape.flow.raw.views import OptionView, StockView
from opentape.flow.records import Records
from opentape.flow.signal import Signals
from opentape.market.contract import Contracts
from opentape.market.errors import NoData
from opentape.positioning.book import Book as PositionBook


class Standing(NamedTuple):
    """What the day's prints of each contract came to; all columns have one length."""

    contract: NDArray[np.int32]
    """Places in the table of contracts, ascending."""
    volume: NDArray[np.int64]
    """Contracts bought, sold and unsigned today: three columns."""
    proven: NDArray[np.int64]
    """Contracts that must have opened."""
    oi: NDArray[np.int64]
    """Open interest of the morning; negative where unknown or expired."""

    def places(self, contract: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return where contracts stand in these columns, -1 for those that do not."""
        at = np.searchsorted(self.contract, contract)
        at = np.minimum(at, max(self.contract.size - 1, 0))
        found = self.contract[at] == contract if self.contract.size else np.zeros(0, bool)
        return np.where(found, at, -1) if found.size else np.full(contract.size, -1)


@dataclass(eq=False, kw_only=True)
class Name:
    """An underlying at an instant."""

    symbol: str
    version: int
    """Grows whenever anything about the underlying changes."""
    as_of_ns: int
    """The tape's clock."""
    feeds: Feeds
    """How fresh each kind of fact was then."""
    trade_date: dt.date
    contracts: Contracts
    options: FlowOptions
    standing: Standing
    parents: Records
    """`records.PARENT` of today that have closed, in the order they closed."""
    oi_stale: bool
    since_ns: int
    """How far back `parents` reach: nothing is known of what closed before."""
    standing_chain: SettledChain | None
    """The newest snapshot, with the morning's open interest; None if too old."""
    history: History | None
    """Its past sessions; None where no history was given."""
    sector: str | None
    """GICS sector, or what kind of fund or index it is; None where not known."""
    spelled: dict[tuple[object, ...], bytes]
    """Signals as JSON by all that they depend on; handed on from view to view."""
    tape: OptionView | None = None
    """Its option prints as they came; None where none did."""
    stock: StockView | None = None
    """Its stock prints; None where the feed has none."""
    kept: dict[object, bytes] = field(default_factory=dict[object, bytes])
    """Answers of this view that were encoded before, by question."""

    def later(self, as_of_ns: int, version: int, feeds: Feeds) -> Self:
        """Return the same as of a later instant at which nothing of it had changed."""
        same = copy.copy(self)
        same.as_of_ns, same.version, same.feeds = as_of_ns, version, feeds
        same.kept = {}
        return same

    @property
    def chain(self) -> Analysed | None:
        """What is computed of the settled chain; None where there is none."""
        return self.standing_chain and self.standing_chain.analysed

    def settled_chain(self) -> SettledChain:
        """Return the settled chain.

        Raises
        ------
        NoData
            If there is none that is fresh enough.
        """
        if self.standing_chain is None:
            raise NoData(f"there is no chain of {self.symbol} that is fresh enough")
        return self.standing_chain

    def settled(self, expiry: dt.date | None = None) -> PositionBook:
        """Return the settled book, cut to one expiry if it is given.

        Raises
        ------
        NoData
            If there is no chain, or it does not list the expiry.
        """
        return self.settled_chain().book(expiry)

    def outline(self, expiry: dt.date | None = None) -> Outline:
        """Return what the morning's book of one expiry, or of all, comes to.

        Raises
        ------
        NoData
            If there is no chain, or no unexpired contract of that expiry in it.
        """
        return self.settled_chain().cut(expiry).outline

    def live(self, expiry: dt.date | None = None) -> Live:
        """Return the book of now beside the morning's, of one expiry or of all.

        Open interest of now is the morning's and the estimated change, for contracts of
        the chain; a contract that is not in it counts nowhere.

        Raises
        ------
        NoData
            As `outline`, or if no contract counts.
        """
        found = self._lives.get(expiry)
        if found is None:
            found = self._lives[expiry] = self._live(expiry)
        return found

    def hours(self, expiry: dt.date | None = None) -> float:
        """Return trading hours from now to the nearest expiry; 0 past the last of them.

        Raises
        ------
        NoData
            As `outline`.
        """
        settled = self.settled_chain()
        held = settled.book(expiry).positions
        return hours_left(settled.analysed.chain, held, self.as_of_ns) or 0.0

    @cached_property
    def changes(self) -> NDArray[np.int64]:
        """Estimated change of open interest today, by contract of `standing`."""
        standing = self.standing
        return changes(standing.volume, standing.proven, standing.oi, self.options.interest)

    @cached_property
    def judged(self) -> Signals:
        """Every parent of today as a signal, judged on what stands; best first."""
        places = self.standing.places(self.parents["contract"])
        book = Book(
            self.trade_date,
            self.parents,
            self.standing.volume[places],
            self.standing.proven[places],
            self.standing.oi[places],
            self.oi_stale,
        )
        marks = self.standing_chain and self.standing_chain.marks
        return judge([book], self.contracts, self.options, marks)

    @cached_property
    def _lives(self) -> dict[dt.date | None, Live]:
        return {}

    def _live(self, expiry: dt.date | None) -> Live:
        settled, standing = self.settled_chain().cut(expiry), self.standing
        official = settled.outline.book.positions.oi
        at = standing.places(settled.contract)
        traded = at >= 0
        at = at[traded]
        simulated = np.full(traded.size, np.nan)
        simulated[traded] = official[traded] + self.changes[at]
        confidence = confidence_of(
            standing.volume[at].sum().reshape(1),
            standing.proven[at].sum().reshape(1),
            self.options.interest,
        )
        return Live(settled, simulated, float(confidence[0]))
