"""Settled open interest, for every listed series, found by contract."""

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from opentape.market.contract import Contracts

UNKNOWN_OI: Final = -1
"""What stands in a column of open interest where none is known."""


class OpenInterest:
    """What the clearing house published, as one sorted column of contract keys.

    A morning's file lists 1.5 million series and a tape trades a tenth of them, so this
    keeps sixteen bytes a series and interns none.
    """

    def __init__(self, keys: NDArray[np.int64], contracts: NDArray[np.int64]) -> None:
        """Take keys made by `Contracts.pack` and the open interest of each, in contracts.

        Where a key comes twice the later row counts.
        """
        order = np.argsort(keys, kind="stable")
        keys, contracts = keys[order], contracts[order]
        last = np.append(keys[1:] != keys[:-1], True)[: keys.size]
        self._keys = keys[last]
        self._contracts = contracts[last]

    @classmethod
    def none(cls) -> Self:
        """Return the open interest of a day on which none was published."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    @property
    def keys(self) -> NDArray[np.int64]:
        """One integer a series, as `Contracts.pack` makes them, ascending."""
        return self._keys

    @property
    def counts(self) -> NDArray[np.int64]:
        """Open interest of each key, contracts."""
        return self._contracts

    def __len__(self) -> int:
        return self._keys.size

    def of(self, contracts: Contracts, first: int = 0) -> NDArray[np.int64]:
        """Return the open interest of each contract from place `first` on.

        `UNKNOWN_OI` where the contract is not listed.
        """
        wanted = contracts.keys[first:]
        if not len(self):
            return np.full(wanted.size, UNKNOWN_OI, np.int64)
        at = np.minimum(np.searchsorted(self._keys, wanted), self._keys.size - 1)
        return np.where(self._keys[at] == wanted, self._contracts[at], UNKNOWN_OI)
