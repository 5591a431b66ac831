"""Arrow columns to the columns of a print, row by row refused where they make none."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import Cells, N, WrongType
from opentape.feeds.raw.table import Block
from opentape.feeds.source import Ledger
from opentape.market import conditions, venues
from opentape.market.calendar import SECOND_NS
from opentape.market.columns import DTYPES, PrintBatch
from opentape.market.contract import NO_CONTRACT
from opentape.market.money import MILLS, UNKNOWN, nanos
from opentape.market.tape import SHOWN

MAX_SIZE: Final = (1 << 24) - 1
"""More contracts than this in one print is a mistake."""
FIRST_NS: Final = 631_152_000 * SECOND_NS
"""1990, where the years begin that a time may lie in."""
PAST_NS: Final = 4_102_444_800 * SECOND_NS
"""2100, where they have ended."""
_DAY_BITS, _STRIKE_BITS = 16, 27
_NO_STRIKE: Final = 1e9
"""Larger than any strike, whatever its unit."""
_RIGHTS: Final = {"C": 0, "CALL": 0, "P": 1, "PUT": 1}


class Sieve:
    """A block of rows on its way to prints; a row is refused once, for its first fault."""

    def __init__(self, block: Block, ledger: Ledger, first_row: int) -> None:
        self.block = block
        self.ledger = ledger
        self.rows = block.rows + first_row
        self.ok = np.ones(self.rows.size, np.bool_)

    def refuse(self, bad: NDArray[np.bool_], reason: str, *names: str) -> None:
        """Skip the rows where `bad` holds; what stands in columns `names` is shown."""
        if not bad.any():
            return
        fresh = np.flatnonzero(bad & self.ok)
        self.ok &= ~bad
        shown = fresh[:SHOWN]
        found = [
            cells.texts(self.block.columns[name].take(cells.from_numpy(shown)))
            for name in names
        ]
        details = [" ".join(parts) for parts in zip(*found, strict=True)]
        self.ledger.skips.add(
            reason, fresh.size, zip(self.rows[shown], details, strict=True)
        )

    def read(self, name: str, reading: Callable[[pa.Array], Cells[N]]) -> Cells[N]:
        """Return a column read as `reading` reads it.

        Raises
        ------
        WrongType
            If the column's type is not one that can hold such values.
        """
        try:
            return reading(self.block.columns[name])
        except WrongType as error:
            raise WrongType(f"column {name!r} must hold {error}") from error

    def instants(
        self, name: str, reading: Callable[[pa.Array], Cells[np.int64]]
    ) -> NDArray[np.int64]:
        """Return a column of times, nanoseconds since 1970 UTC."""
        return self.timely(self.read(name, reading), name)

    def timely(self, found: Cells[np.int64], *names: str) -> NDArray[np.int64]:
        """Return times that were read from columns `names`; the years 1990 to 2099."""
        outside = (found.values < FIRST_NS) | (found.values >= PAST_NS)
        self.refuse(found.bad | found.missing | outside, "bad_time", *names)
        return found.values

    def prices(self, name: str) -> NDArray[np.int64]:
        """Return the prices of the prints in nanodollars."""
        found = self.read(name, cells.floats)
        price = nanos(found.values)
        self.refuse(found.bad | (price == UNKNOWN), "bad_price", name)
        self.refuse(price <= 0, "bad_tick", name)
        return price

    def sizes(self, name: str) -> NDArray[np.int64]:
        """Return the sizes of the prints in contracts."""
        found = self.read(name, cells.integers)
        size = found.values.astype(np.int64)
        self.refuse(found.bad | found.missing | (size > MAX_SIZE), "bad_size", name)
        self.refuse(size <= 0, "bad_tick", name)
        return size

    def amounts(self, name: str) -> NDArray[np.int64]:
        """Return dollars that may be missing as nanodollars, `UNKNOWN` where they are."""
        if name not in self.block.columns:
            return np.full(self.rows.size, UNKNOWN)
        found = self.read(name, cells.floats)
        amount = nanos(found.values)
        self.refuse(found.bad | (amount == UNKNOWN) & ~found.missing, "bad_number", name)
        return amount

    def numbers(self, name: str, reason: str) -> NDArray[np.int64]:
        """Return whole numbers that may be missing, 0 where they are."""
        if name not in self.block.columns:
            return np.zeros(self.rows.size, np.int64)
        found = self.read(name, cells.integers)
        self.refuse(found.bad, reason, name)
        return found.values.astype(np.int64)

    def symbols(self, name: str) -> NDArray[np.int32]:
        """Return the contracts that a column of option symbols names."""
        column = self._encoding(name)
        places = self.ledger.places_of(column.dictionary)
        places = places[cells.indices(column, places.size - 1)]
        self.refuse(places == NO_CONTRACT, "bad_contract", name)
        return places

    def series(
        self, names: tuple[str, str, str, str], mills: int = MILLS
    ) -> NDArray[np.int32]:
        """Return the contracts that root, expiry, strike and right name.

        Parameters
        ----------
        names : str
            The four columns, in that order.
        mills : int
            Mills in a unit of the strike column: 1000 where it holds dollars.
        """
        root_name, expiry_name, strike_name, right_name = names
        roots, root_at = cells.encoded(self._encoding(root_name))
        rights, right_at = cells.encoded(self._encoding(right_name))
        put = np.array([_RIGHTS.get(text.strip().upper(), -1) for text in rights])[right_at]
        day, day_bad = self._distinct(expiry_name, cells.dates)
        strike, strike_bad = self._distinct(strike_name, cells.floats)
        strike = np.where(np.abs(strike) < _NO_STRIKE, strike, np.nan)
        in_mills = np.rint(np.nan_to_num(strike) * mills)
        bad = day_bad | strike_bad | (put < 0) | (day < 0) | (day >= 1 << _DAY_BITS)
        bad |= ~(np.abs(strike * mills - in_mills) < 1e-3)  # noqa: PLR2004
        bad |= (in_mills <= 0) | (in_mills >= 1 << _STRIKE_BITS)
        key = root_at << _DAY_BITS | np.where(bad, 0, day).astype(np.int64)
        key = (key << _STRIKE_BITS | np.where(bad, 0, in_mills).astype(np.int64)) << 1 | (
            put > 0
        )
        places = np.where(bad, NO_CONTRACT, self._intern(key, roots))
        self.refuse(places == NO_CONTRACT, "bad_contract", *names)
        return places

    def venues(self, name: str) -> NDArray[np.uint8]:
        """Return the venues that a column names in any code."""
        if name not in self.block.columns:
            return np.zeros(self.rows.size, np.uint8)
        found, at = cells.encoded(self._encoding(name))
        return np.array([venues.venue_of(code) for code in found], np.uint8)[at]

    def conditions(
        self, name: str, choose: Callable[[str], str] = str.strip
    ) -> NDArray[np.uint8]:
        """Return the classes of a column of condition codes; count those in no table.

        Ask for this last: only rows that are still in the sieve are counted.

        Parameters
        ----------
        choose : callable
            Which code of a cell to go by.
        """
        if name not in self.block.columns:
            return np.zeros(self.rows.size, np.uint8)
        found, at = cells.encoded(self._encoding(name))
        codes = [choose(text) for text in found]
        classes = [conditions.classify(code) for code in codes]
        for place, known in enumerate(classes):
            if known is None and (count := int(np.count_nonzero((at == place) & self.ok))):
                self.ledger.unknown_conditions[codes[place]] += count
        return np.array([known or 0 for known in classes], np.uint8)[at]

    def batch(self, **columns: NDArray[np.generic]) -> PrintBatch:
        """Return the rows still in the sieve; a column not given is unknown or zero."""
        if not self.ok.all():
            columns = {name: column[self.ok] for name, column in columns.items()}
        rows = self.rows[self.ok]
        columns["row"] = rows
        for name, kind in DTYPES.items():
            if name not in columns:
                empty = UNKNOWN if name in {"bid", "ask", "spot"} else 0
                columns[name] = np.full(rows.size, empty, kind)
        return PrintBatch._make(
            columns[name].astype(kind, copy=False) for name, kind in DTYPES.items()
        )

    def _distinct(
        self, name: str, reading: Callable[[pa.Array], Cells[N]]
    ) -> tuple[NDArray[N], NDArray[np.bool_]]:
        """Read each distinct text of a column once; a column of numbers as it is."""
        column = self.block.columns[name]
        if cells.is_text(column.type):
            column = cells.encoding(column)
        if not pa.types.is_dictionary(column.type):
            found = self.read(name, reading)
            return found.values, found.bad | found.missing
        found = reading(
            pa.concat_arrays([column.dictionary, pa.nulls(1, column.dictionary.type)])
        )
        at = cells.indices(column, len(column.dictionary))
        return found.values[at], (found.bad | found.missing)[at]

    def _encoding(self, name: str) -> pa.Array:
        try:
            return cells.encoding(self.block.columns[name])
        except WrongType as error:
            raise WrongType(f"column {name!r} must hold {error}") from error

    def _intern(self, key: NDArray[np.int64], roots: list[str]) -> NDArray[np.int32]:
        encoded = cells.from_numpy(key).dictionary_encode()
        distinct = cells.to_numpy(encoded.dictionary)
        root = (distinct >> (_DAY_BITS + _STRIKE_BITS + 1)).tolist()
        # capitals of some letters outside ASCII are inside it
        cleaned = [
            text.strip().upper().replace(".", "") if text.isascii() else text
            for text in roots
        ]
        places = self.ledger.contracts.intern_columns(
            [cleaned[at] for at in root],
            distinct >> (_STRIKE_BITS + 1) & (1 << _DAY_BITS) - 1,
            distinct >> 1 & (1 << _STRIKE_BITS) - 1,
            (distinct & 1).astype(np.bool_),
        )
        return places[cells.to_numpy(encoded.indices)]


def middle(bid: NDArray[np.int64], ask: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the middle of a quote, `UNKNOWN` unless both sides are positive."""
    usable = (bid > 0) & (ask > 0)
    return np.where(
        usable, (np.where(usable, bid, 0) + np.where(usable, ask, 0)) >> 1, UNKNOWN
    )
