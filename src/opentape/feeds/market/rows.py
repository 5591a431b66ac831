"""Files of named columns: rows that tell something, and by their line those that do not."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import WrongType
from opentape.feeds.raw.table import check_unique
from opentape.feeds.recognise import table_of
from opentape.feeds.source import Ledger
from opentape.feeds.values import Sieve
from opentape.market.calendar import EPOCH, LAST_DATE
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.roots import clean_symbol
from opentape.market.tape import Skips

T = TypeVar("T")

_FIRST_DAY: Final = -36_525
"""1869: rates are older than tapes."""
_LAST_DAY: Final = (LAST_DATE - EPOCH).days
_SHOWN: Final = 120


class Rows:
    """A file of rows, recognised by its content: Parquet, Arrow, CSV or JSON lines.

    Parameters
    ----------
    needed : str
        Columns that it must have.
    optional : str
        Columns that are read where it has them.

    Raises
    ------
    BadFile
        If there is no such file, or it lacks a column.
    """

    def __init__(
        self, path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self.skips = Skips()
        self._table = table_of(path)
        self._wanted = (*needed, *optional)
        check_unique(path, self._table.names, self._wanted)
        missing = [name for name in needed if name not in self._table.names]
        if missing:
            shown = ", ".join(self._table.names)[:_SHOWN]
            raise BadFile(
                f"{path} needs the column {missing[0]!r}, was with the columns {shown!r}"
            )

    def decoded(self, decode: Callable[[Sieve], T]) -> Iterator[T]:
        """Yield what `decode` makes of each block of rows.

        Raises
        ------
        BadFile
            If the file is damaged, or a column's type cannot hold what is wanted of it.
        """
        ledger = Ledger(Contracts(), self.skips, Counter())
        for block in self._table.blocks(self._wanted, self._refuse):
            try:
                yield decode(Sieve(block, ledger, 0))
            except WrongType as error:
                raise BadFile(f"{self.path} cannot be decoded: its {error}") from error

    def stamps(self, name: str) -> Iterator[NDArray[np.int64]]:
        """Yield a column of instants alone, without the cells that are none."""
        for block in self._table.blocks((name,), _ignore):
            try:
                found = cells.instants(block.columns[name])
            except WrongType as error:
                raise BadFile(
                    f"{self.path} cannot be decoded: its column {name!r} must hold {error}"
                ) from error
            yield found.values[~(found.bad | found.missing)]

    def complaints(self) -> list[str]:
        """Return a sentence for each reason that rows read so far were skipped for."""
        return complaints(self.skips, lambda row: f"{self.path}{self._table.place_of(row)}")

    def _refuse(self, reason: str, row: int, found: str) -> None:
        self.skips.add(reason, 1, [(row, found)])


def complaints(skips: Skips, locate: Callable[[int], str]) -> list[str]:
    """Return a sentence for each reason that rows were skipped for, the commonest first."""
    told = list[str]()
    for reason, count in skips.counts.most_common():
        first = skips.examples[reason][0]
        rows = "1 row" if count == 1 else f"{count:,} rows"
        place = locate(first.row)
        told.append(
            f"{rows} skipped as {reason}, the first at {place}, was {first.detail!r}"
        )
    return told


def _ignore(reason: str, row: int, found: str) -> None:
    """Leave a malformed row to the pass that decodes."""


def symbols(sieve: Sieve, name: str = "symbol") -> NDArray[np.object_]:
    """Return underlyings as we spell them: capitals, no caret and no dot."""
    found = texts(sieve, name, lambda text: clean_symbol(text).replace(".", ""))
    sieve.refuse(found == "", "bad_symbol", name)
    return found


def texts(
    sieve: Sieve, name: str, clean: Callable[[str], str] = str.strip
) -> NDArray[np.object_]:
    """Return a column of words, empty where it has none; each distinct one cleaned once."""
    column = sieve.block.find(name)
    if column is None:
        return np.full(sieve.rows.size, "", np.object_)
    try:
        found, at = cells.encoded(column)
    except WrongType as error:
        raise WrongType(f"column {name!r} must hold {error}") from error
    words = np.empty(len(found), np.object_)
    words[:] = [clean(text) for text in found]
    return words[at]


def days(sieve: Sieve, name: str = "date") -> NDArray[np.int64]:
    """Return dates as days since 1970-01-01."""
    found = sieve.read(name, cells.dates)
    outside = (found.values < _FIRST_DAY) | (found.values > _LAST_DAY)
    sieve.refuse(found.bad | found.missing | outside, "bad_date", name)
    return found.values


def numbers(sieve: Sieve, name: str, reason: str) -> NDArray[np.float64]:
    """Return numbers, NaN where there is none; what is no finite number is refused."""
    if name not in sieve.block.columns:
        return np.full(sieve.rows.size, np.nan)
    found = sieve.read(name, cells.floats)
    values = found.values.astype(np.float64)
    sieve.refuse(found.bad | np.isinf(values), reason, name)
    return values


def known(value: float) -> float | None:
    """Return a number, None for NaN."""
    return None if np.isnan(value) else value
