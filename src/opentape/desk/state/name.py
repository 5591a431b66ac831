"""One underlying as it stood at an instant: all that a question about it needs.

Made by the engine's thread and never changed afterwards, so that any number of questions
read it without a lock. What is computed from it is computed once, when it is first asked.
"""

import datetime as dt
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.chain.analysed import Analysed
from opentape.desk.state.history import History
from opentape.flow.judge.verdict import changes
from opentape.flow.options import FlowOptions
from opentape.flow.records import Records
from opentape.market.contract import Contracts


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


class Name:
    """An underlying at an instant."""

    def __init__(  # noqa: PLR0913 - a record, made in one place
        self,
        symbol: str,
        *,
        version: int,
        as_of_ns: int,
        trade_date: dt.date,
        contracts: Contracts,
        options: FlowOptions,
        standing: Standing,
        parents: Records,
        oi_stale: bool,
        chain: Analysed | None,
        history: History | None,
    ) -> None:
        self.symbol = symbol
        self.version = version
        """Grows whenever anything about the underlying changes."""
        self.as_of_ns = as_of_ns
        """The tape's clock."""
        self.trade_date = trade_date
        self.contracts = contracts
        self.options = options
        self.standing = standing
        self.parents = parents
        """`records.PARENT` of today that have closed, in the order they closed."""
        self.oi_stale = oi_stale
        self.chain = chain
        """The settled chain: the newest snapshot with the morning's open interest."""
        self.history = history
        """Its past sessions; None where no history was given."""

    @cached_property
    def changes(self) -> NDArray[np.int64]:
        """Estimated change of open interest today, by contract of `standing`."""
        standing = self.standing
        return changes(standing.volume, standing.proven, standing.oi, self.options.interest)
