"""Contracts, and the table that turns each into a small integer."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from threading import RLock
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.market import osi
from opentape.market.errors import BadSymbol
from opentape.market.money import MILLS
from opentape.market.roots import underlying_of

NO_CONTRACT: Final = -1
"""What stands in a contract column where the text named no contract."""
MULTIPLIER: Final = 100
"""Shares a contract delivers unless the feed says otherwise."""

_EPOCH: Final = dt.date(1970, 1, 1)
_ROOT_BITS: Final = 19
_DAY_BITS: Final = 16
_STRIKE_BITS: Final = 27


class Right(StrEnum):
    """Call or put."""

    CALL = "C"
    PUT = "P"


class Contract(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One listed series."""

    root: str
    """OSI root (``SPXW``)."""
    expiry: dt.date
    """Expiry date, as listed."""
    strike_mills: int
    """Strike in mills: $650 is 650,000."""
    right: Right
    multiplier: int = MULTIPLIER
    """Shares a contract delivers."""

    @property
    def underlying(self) -> str:
        """What the contract settles on (``SPX``)."""
        return underlying_of(self.root)

    @property
    def strike(self) -> float:
        """Strike in dollars."""
        return self.strike_mills / MILLS

    @property
    def symbol(self) -> str:
        """The 21-character OSI symbol."""
        days = (self.expiry - _EPOCH).days
        return osi.spell(self.root, days, self.strike_mills, put=self.right is Right.PUT)


def parse(text: str) -> Contract:
    """Return the contract that a symbol names, in any spelling of `osi`.

    Raises
    ------
    BadSymbol
        If the text names no contract.

    Examples
    --------
    >>> parse("O:SPY251219C00650000").strike
    650.0
    """
    contracts = Contracts()
    place = int(contracts.intern([text])[0])
    if place == NO_CONTRACT:
        raise BadSymbol(f"an option symbol is ROOT YYMMDD C|P and 8 digits, was {text!r}")
    return contracts[place]


class _Columns(NamedTuple):
    """What is known of contracts, by place; longer than there are contracts."""

    key: NDArray[np.int64]
    root: NDArray[np.int64]
    day: NDArray[np.int64]
    mills: NDArray[np.int64]
    put: NDArray[np.bool_]
    multiplier: NDArray[np.int32]

    def put_in(self, places: NDArray[np.int32], key: NDArray[np.int64]) -> None:
        """Take in new contracts by their keys."""
        self.key[places] = key
        self.root[places] = key >> (_DAY_BITS + _STRIKE_BITS + 1)
        self.day[places] = key >> (_STRIKE_BITS + 1) & (1 << _DAY_BITS) - 1
        self.mills[places] = key >> 1 & (1 << _STRIKE_BITS) - 1
        self.put[places] = key & 1

    def grown(self, size: int) -> Self:
        """Return the same with more room."""
        more = _room(size - self.key.size)
        return self._make(np.concatenate(parts) for parts in zip(self, more, strict=True))


def _room(size: int) -> _Columns:
    key, root, day, mills = (np.empty(size, np.int64) for _ in range(4))
    put, multiplier = np.empty(size, np.bool_), np.full(size, MULTIPLIER, np.int32)
    return _Columns(key, root, day, mills, put, multiplier)


class Contracts:
    """Every contract met so far, each with a place that never changes.

    A million and a half series are listed; a place is what columns and kernels carry.
    Several threads may add contracts, and others read meanwhile.
    """

    def __init__(self) -> None:
        self._growing = RLock()
        self._places: dict[int, int] = {}
        self._count = 0
        self._texts: dict[str, int] = {}
        self._root_codes: dict[str, int] = {}
        self.roots: list[str] = []
        """OSI root by root code."""
        self._columns = _room(1024)
        self._owners: tuple[list[str], NDArray[np.int64]] = [], np.empty(0, np.int64)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> Contract:
        if not 0 <= place < len(self):
            raise IndexError(place)
        _, root, day, mills, put, multiplier = self._columns
        return Contract(
            root=self.roots[int(root[place])],
            expiry=_EPOCH + dt.timedelta(days=int(day[place])),
            strike_mills=int(mills[place]),
            right=Right.PUT if put[place] else Right.CALL,
            multiplier=int(multiplier[place]),
        )

    @property
    def keys(self) -> NDArray[np.int64]:
        """One integer a contract, in order of place: equal keys are equal contracts."""
        return self._columns.key[: len(self)]

    @property
    def root_codes(self) -> NDArray[np.int64]:
        """Place of each contract's root in `roots`."""
        return self._columns.root[: len(self)]

    @property
    def expiry_days(self) -> NDArray[np.int64]:
        """Expiry of each contract, days since 1970-01-01."""
        return self._columns.day[: len(self)]

    def expiries(self, places: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the expiry of some contracts, days since 1970-01-01."""
        return self.expiry_days[places]

    @property
    def strike_mills(self) -> NDArray[np.int64]:
        """Strike of each contract in mills."""
        return self._columns.mills[: len(self)]

    @property
    def puts(self) -> NDArray[np.bool_]:
        """Whether each contract is a put."""
        return self._columns.put[: len(self)]

    @property
    def multipliers(self) -> NDArray[np.int32]:
        """Shares each contract delivers."""
        return self._columns.multiplier[: len(self)]

    def intern(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """Return the places of the contracts that symbols name, `NO_CONTRACT` for none.

        A text met before costs one look-up; give the distinct texts of a batch.
        """
        known = self._texts
        fresh = [text for text in texts if text not in known]
        if fresh:
            places = self._intern_keys(self.pack_parsed(osi.parse_many(fresh)))
            known.update(zip(fresh, places.tolist(), strict=True))
            if len(fresh) == len(texts):
                return places
        return np.fromiter(map(known.__getitem__, texts), np.int32, len(texts))

    def intern_columns(
        self,
        roots: Sequence[str],
        expiry_days: NDArray[np.int64],
        strike_mills: NDArray[np.int64],
        puts: NDArray[np.bool_],
    ) -> NDArray[np.int32]:
        """Return the places of contracts given as columns; `roots` is one a row."""
        return self._intern_keys(self.pack(roots, expiry_days, strike_mills, puts))

    def pack(
        self,
        roots: Sequence[str] | NDArray[np.bytes_],
        expiry_days: NDArray[np.int64],
        strike_mills: NDArray[np.int64],
        puts: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Return one integer a contract, -1 where a column is out of range."""
        code = self._codes(roots)
        key = code << _DAY_BITS | expiry_days
        key = (key << _STRIKE_BITS | strike_mills) << 1 | puts
        usable = (expiry_days > 0) & (expiry_days < 1 << _DAY_BITS)
        usable &= (strike_mills > 0) & (strike_mills < 1 << _STRIKE_BITS) & (code >= 0)
        return np.where(usable, key, NO_CONTRACT)

    def repack(self, keys: NDArray[np.int64], roots: Sequence[str]) -> NDArray[np.int64]:
        """Return keys that another table packed, as this one packs them.

        Parameters
        ----------
        roots
            The other table's.
        """
        shift = _DAY_BITS + _STRIKE_BITS + 1
        used = np.unique(keys >> shift)
        codes = np.full(len(roots), NO_CONTRACT, np.int64)
        theirs: list[int] = used.tolist()
        codes[used] = self._codes([roots[code] for code in theirs])
        return codes[keys >> shift] << shift | keys & (1 << shift) - 1

    def adopt(self, keys: NDArray[np.int64], roots: Sequence[str]) -> NDArray[np.int32]:
        """Return the places of contracts that another table packed; see `repack`."""
        return self._intern_keys(self.repack(keys, roots))

    def pack_parsed(self, parsed: osi.ParsedSymbols) -> NDArray[np.int64]:
        """Return one integer a symbol, -1 where it names no contract."""
        keys = self.pack(
            np.where(parsed.ok, parsed.roots, b""),
            parsed.expiry_days.astype(np.int64),
            parsed.strike_mills.astype(np.int64),
            parsed.puts,
        )
        return np.where(parsed.ok, keys, NO_CONTRACT)

    def underlyings(self, places: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the underlying of each contract, as its place in `underlying_names`."""
        return self._owned()[1][self.root_codes[places]]

    def underlying_names(self) -> list[str]:
        """Return every underlying met so far, in an order that only grows."""
        return self._owned()[0]

    def set_multiplier(self, place: int, multiplier: int) -> None:
        """Note that a contract delivers something else than a hundred shares."""
        with self._growing:
            self._columns.multiplier[place] = multiplier

    def _codes(self, roots: Sequence[str] | NDArray[np.bytes_]) -> NDArray[np.int64]:
        if isinstance(roots, np.ndarray):
            # eight bytes compare as one number, far faster than as text
            numbers = np.ascontiguousarray(roots.astype("S8")).view(np.uint64)
            distinct, place = np.unique(numbers, return_inverse=True)
            texts = [
                root.decode("ascii", "replace") for root in distinct.view("S8").tolist()
            ]
            return np.array([self._code(text) for text in texts], np.int64)[place]
        codes = {root: self._code(root) for root in dict.fromkeys(roots)}
        return np.fromiter(map(codes.__getitem__, roots), np.int64, len(roots))

    def _code(self, root: str) -> int:
        code = self._root_codes.get(root)
        if code is None:
            with self._growing:
                code = self._new_code(root)
        return code

    def _new_code(self, root: str) -> int:
        if root in self._root_codes:
            return self._root_codes[root]
        named = root.isascii() and root.isalnum() and len(root) <= 6  # noqa: PLR2004
        code = len(self.roots) if named and len(self.roots) < 1 << _ROOT_BITS else -1
        if code >= 0:
            self.roots.append(root)
        self._root_codes[root] = code
        return code

    def _intern_keys(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        with self._growing:
            return self._admitted(keys)

    def _admitted(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        known = len(self)
        found = np.full(keys.size, NO_CONTRACT, np.int32)
        admit, admitted = self._places.setdefault, self._places.__len__
        named = keys >= 0
        found[named] = [admit(key, admitted()) for key in keys[named].tolist()]
        self._grow(admitted())
        new = found >= known
        self._columns.put_in(found[new], keys[new])
        # last: another thread may read every contract that is counted
        self._count = admitted()
        return found

    def _grow(self, needed: int) -> None:
        size = self._columns.key.size
        if needed > size:
            self._columns = self._columns.grown(max(needed, 2 * size))

    def _owned(self) -> tuple[list[str], NDArray[np.int64]]:
        """Return every underlying, and the place of each root's among them."""
        names, by_root = self._owners
        if by_root.size < len(self.roots):
            owners = [underlying_of(root) for root in self.roots]
            names = list(dict.fromkeys(owners))
            codes = {name: code for code, name in enumerate(names)}
            by_root = np.array([codes[name] for name in owners], np.int64)
            self._owners = names, by_root
        return names, by_root
