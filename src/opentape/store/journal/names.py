"""The contracts and stock symbols of a session, place by place."""

from collections.abc import Sequence
from threading import Lock
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch
from opentape.market.contract import MULTIPLIER, Contracts
from opentape.store.journal.facts import Kept

_RIGHT_BITS: Final = 1
_STRIKE_BITS: Final = 27
_DAY_BITS: Final = 16


class Named(NamedTuple):
    """What was named since the last entry; each list goes on where the one before ended."""

    first_root: int
    """Place of the first of `roots`."""
    roots: list[str]
    first_contract: int
    keys: bytes
    """`Contracts.keys`, little-endian int64."""
    multipliers: bytes
    """Shares each of them delivers, little-endian int32."""
    amended: list[tuple[int, int]]
    """Contracts named before by place, and what each delivers now."""
    first_stock: int
    stocks: list[str]

    def packed(self) -> bytes:
        """Return it as bytes."""
        return msgspec.msgpack.encode(self)


_decoder: Final = msgspec.msgpack.Decoder(Named)


class Names:
    """The table of a session: what of it is kept, and what is not yet."""

    def __init__(self) -> None:
        self.contracts = Contracts()
        self.stocks: list[str] = []
        self.rows = 0
        """How often something was named that is kept."""
        self._roots_kept = 0
        self._kept = 0
        self._stocks_kept = 0
        self._told = np.empty(0, np.int32)
        """Multiplier of each contract as it was kept last."""
        self._stock_places: dict[str, int] = {}
        self._growing = Lock()

    def stock_places(self, symbols: Sequence[str]) -> NDArray[np.int32]:
        """Return the place of each stock symbol; what is new is added at the end."""
        with self._growing:
            for symbol in symbols:
                if symbol not in self._stock_places:
                    self._stock_places[symbol] = len(self.stocks)
                    self.stocks.append(symbol)
        return np.array([self._stock_places[symbol] for symbol in symbols], np.int32)

    def fresh(self, fact: Kept) -> Named | None:
        """Return what was named but is not kept, None if nothing.

        Of contracts that are kept, the multipliers of those that the fact names are looked
        at once more.
        """
        contracts = self.contracts
        # first: a contract that is counted has its root
        count = len(contracts)
        named = Named(
            self._roots_kept,
            contracts.roots[self._roots_kept :],
            self._kept,
            contracts.keys[self._kept : count].astype("<i8").tobytes(),
            contracts.multipliers[self._kept : count].astype("<i4").tobytes(),
            self._amended(fact),
            self._stocks_kept,
            self.stocks[self._stocks_kept :],
        )
        some = named.roots or named.keys or named.amended or named.stocks
        return named if some else None

    def keep(self, named: Named) -> None:
        """Note that what was named is kept."""
        self.rows += 1
        self._roots_kept = named.first_root + len(named.roots)
        self._stocks_kept = named.first_stock + len(named.stocks)
        fresh = np.frombuffer(named.multipliers, "<i4")
        self._kept = named.first_contract + fresh.size
        if self._kept > self._told.size:
            more = max(self._kept, 2 * self._told.size) - self._told.size
            self._told = np.concatenate([self._told, np.full(more, MULTIPLIER, np.int32)])
        self._told[named.first_contract : self._kept] = fresh
        for place, multiplier in named.amended:
            self._told[place] = multiplier

    def load(self, body: bytes) -> None:
        """Add what was named with an entry.

        Raises
        ------
        ValueError
            If it does not go on where the table ends.
        """
        named = _decoder.decode(body)
        with self._growing:
            self._load(named)
            self.keep(named)

    def _load(self, named: Named) -> None:
        contracts = self.contracts
        none = np.zeros(len(named.roots), np.int64)
        contracts.pack(named.roots, none, none, none.astype(np.bool_))
        keys = np.frombuffer(named.keys, "<i8").astype(np.int64)
        places = _intern(contracts, keys)
        stocks_end, roots_end = len(self.stocks), named.first_root + len(named.roots)
        goes_on = (
            len(contracts.roots) == roots_end
            and stocks_end == named.first_stock
            and np.array_equal(places, named.first_contract + np.arange(keys.size))
        )
        if not goes_on:
            raise ValueError("names that follow others must go on where those end")
        for symbol in named.stocks:
            self._stock_places[symbol] = len(self.stocks)
            self.stocks.append(symbol)
        told = np.frombuffer(named.multipliers, "<i4")
        for at in np.flatnonzero(told != MULTIPLIER).tolist():
            contracts.set_multiplier(named.first_contract + at, int(told[at]))
        for place, multiplier in named.amended:
            contracts.set_multiplier(place, multiplier)

    def _amended(self, fact: Kept) -> list[tuple[int, int]]:
        if not isinstance(fact, PrintBatch | Chain):
            return []
        places = fact.contract
        if len(self.contracts) > self._kept:
            places = places[places < self._kept]
        now = self.contracts.multipliers[places]
        differs = now != self._told[places]
        if not differs.any():
            return []
        pairs = zip(places[differs].tolist(), now[differs].tolist(), strict=True)
        return sorted(dict(pairs).items())


def _intern(contracts: Contracts, keys: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the places of keys that `Contracts.pack` made of the same roots."""
    roots = np.array(contracts.roots or [""], "S8")
    return contracts.intern_columns(
        roots[keys >> (_DAY_BITS + _STRIKE_BITS + _RIGHT_BITS)],  # pyright: ignore[reportArgumentType]
        keys >> (_STRIKE_BITS + _RIGHT_BITS) & (1 << _DAY_BITS) - 1,
        keys >> _RIGHT_BITS & (1 << _STRIKE_BITS) - 1,
        (keys & 1).astype(np.bool_),
    )
