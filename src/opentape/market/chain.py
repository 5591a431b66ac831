"""A chain: all listed series of one underlying at an instant, as columns."""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS, expiry_instant
from opentape.market.contract import Contracts
from opentape.market.money import MILLS
from opentape.market.open_interest import UNKNOWN_OI
from opentape.market.roots import is_american

UNKNOWN_COUNT: Final = UNKNOWN_OI
"""What stands in a column of sizes, volumes or open interest where none is known."""
UNKNOWN_TIME: Final = 0
"""What stands in a column of times where none is known."""
YEAR_NS: Final = 365 * 86_400 * SECOND_NS
"""A year of ACT/365 fixed."""
WIDE: Final = 0.5
"""A spread of more than this share of the middle is wide."""
STALE_NS: Final = 900 * SECOND_NS
"""A quote older than this is stale."""
_DAY_BITS: Final = 16

_MOST_CALL: Final = 3.0
"""A European call is worth its forward, discounted: never this many times spot."""
_MOST_PUT: Final = 1.5
"""A European put is never worth this many times its strike."""


class Quoted(IntEnum):
    """What can be said of a contract's quote; only the first three are priced from it."""

    TWO_SIDED = 0
    WIDE = 1
    """Priced, but left out of levels and fits."""
    LOCKED = 2
    """Bid equals ask: priced like a two-sided quote."""
    ONE_SIDED = 3
    """No bid, or no ask."""
    MISSING = 4
    CROSSED = 5
    STALE = 6
    ABSURD = 7
    """A price that no quote can have: negative, infinite, or a bid above what the
    contract can be worth at all."""


class Chain(NamedTuple):
    """Contracts of one underlying, one a row, ordered by expiry, strike, right and root."""

    underlying: str
    as_of: int
    """The instant the snapshot is true for, nanoseconds since 1970 UTC."""
    spot: float
    """Dollars, NaN where not known."""
    contracts: Contracts
    """The table that `contract` points into."""
    contract: NDArray[np.int32]
    bid: NDArray[np.float64]
    """Dollars a share; NaN where the feed gave none, 0 where it says that there is none."""
    ask: NDArray[np.float64]
    last: NDArray[np.float64]
    bid_size: NDArray[np.int64]
    """Contracts; `UNKNOWN_COUNT` where not given, as in the three columns that follow."""
    ask_size: NDArray[np.int64]
    volume: NDArray[np.int64]
    open_interest: NDArray[np.int64]
    ts_quote: NDArray[np.int64]
    """When the quote was made, nanoseconds since 1970 UTC; `UNKNOWN_TIME` if not given."""
    vendor_iv: NDArray[np.float64]
    """What the feed itself says, as a fraction per year; NaN where it says nothing."""
    vendor_delta: NDArray[np.float64]
    vendor_gamma: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """How many contracts there are."""
        return self.contract.size

    @property
    def strike(self) -> NDArray[np.float64]:
        """Strike of each contract in dollars."""
        return self.contracts.strike_mills[self.contract] / MILLS

    @property
    def put(self) -> NDArray[np.bool_]:
        """Whether each contract is a put."""
        return self.contracts.puts[self.contract]

    @property
    def expiry_day(self) -> NDArray[np.int64]:
        """Expiry of each contract, days since 1970-01-01."""
        return self.contracts.expiry_days[self.contract]

    @property
    def root(self) -> NDArray[np.str_]:
        """OSI root of each contract."""
        return np.array(self.contracts.roots)[self.contracts.root_codes[self.contract]]

    @property
    def multiplier(self) -> NDArray[np.float64]:
        """Shares that each contract delivers."""
        return self.contracts.multipliers[self.contract].astype(np.float64)

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> "Chain":
        """Return the chain with the rows at `places` only, in that order."""
        return self._replace(
            **{name: getattr(self, name)[places] for name in self._fields[4:]}
        )


def ordered(chain: Chain) -> Chain:
    """Return a chain with its rows in order; of a contract met twice the last row stays."""
    _, from_end = np.unique(chain.contract[::-1], return_index=True)
    chain = chain.take(chain.rows - 1 - from_end)
    codes = chain.contracts.root_codes[chain.contract]
    # by name: codes depend on what the table met before
    alphabetic = np.argsort(np.argsort(chain.contracts.roots))
    mills = chain.contracts.strike_mills[chain.contract]
    order = np.lexsort((alphabetic[codes], chain.put, mills, chain.expiry_day))
    return chain.take(order)


def years(chain: Chain) -> NDArray[np.float64]:
    """Return the time to each contract's expiry instant in years, ACT/365 fixed.

    Not positive where the contract has expired.
    """
    codes = chain.contracts.root_codes[chain.contract]
    series = codes << _DAY_BITS | chain.expiry_day
    _, first, place = np.unique(series, return_index=True, return_inverse=True)
    instants = [
        expiry_instant(chain.contracts[int(chain.contract[at])]) for at in first.tolist()
    ]
    return ((np.array(instants, np.int64) - chain.as_of) / YEAR_NS)[place]


def quoted(
    chain: Chain, *, wide: float = WIDE, stale_ns: int = STALE_NS
) -> NDArray[np.int8]:
    """Return the `Quoted` of each contract."""
    bid = np.where(np.isnan(chain.bid), 0.0, chain.bid)
    ask = np.where(np.isnan(chain.ask), 0.0, chain.ask)
    age = np.where(chain.ts_quote == UNKNOWN_TIME, 0, chain.as_of - chain.ts_quote)
    early = np.array([is_american(root) for root in chain.contracts.roots], np.bool_)
    early = early[chain.contracts.root_codes[chain.contract]]
    most = np.where(
        chain.put,
        np.where(early, 1.0, _MOST_PUT) * chain.strike,
        np.where(early, 1.0, _MOST_CALL) * chain.spot,
    )
    with np.errstate(invalid="ignore", over="ignore"):
        rules = [
            (~np.isfinite(bid + ask) | (bid < 0) | (ask < 0) | (bid > most), Quoted.ABSURD),
            ((bid == 0) & (ask == 0), Quoted.MISSING),
            ((bid == 0) | (ask == 0), Quoted.ONE_SIDED),
            (bid > ask, Quoted.CROSSED),
            (age > stale_ns, Quoted.STALE),
            (bid == ask, Quoted.LOCKED),
            (ask - bid > wide * 0.5 * (bid + ask), Quoted.WIDE),
        ]
    return np.select(
        [holds for holds, _ in rules], [int(name) for _, name in rules], Quoted.TWO_SIDED
    ).astype(np.int8)
