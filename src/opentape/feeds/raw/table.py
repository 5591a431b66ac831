"""What every file of rows offers, whether it is text or columns."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.market.errors import BadFile

Refuse = Callable[[str, int, str], None]
"""Told the reason, the row and what was found of a row that is not even a row."""


class Block(NamedTuple):
    """Consecutive rows of a file, as the columns that were asked for."""

    rows: NDArray[np.int64]
    """Which row of the file each is, counted from 0; malformed and blank ones count."""
    columns: dict[str, pa.Array]
    """By name in lower case; a column that the file does not have is not here."""

    def find(self, *names: str) -> pa.Array | None:
        """Return the first of `names` that the file has, None if it has none of them."""
        return next((self.columns[name] for name in names if name in self.columns), None)


class Table(Protocol):
    """A file of rows under named columns."""

    path: Path
    names: tuple[str, ...]
    """Its columns, in lower case."""

    @property
    def rows_total(self) -> int | None:
        """How many rows it has, None where only reading it to the end would tell."""
        ...

    @property
    def rows_seen(self) -> int:
        """How many rows have been numbered so far."""
        ...

    @property
    def share_read(self) -> float:
        """How much of it has been read, 0 to 1."""
        ...

    def blocks(self, wanted: Sequence[str], refuse: Refuse) -> Iterator[Block]:
        """Yield the rows in file order, with those of the columns `wanted` that exist."""
        ...

    def place_of(self, row: int) -> str:
        """Return where a row stands: ``:`` and its line, or its number."""
        ...


def check_unique(path: Path, names: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise BadFile if a column that matters comes twice."""
    for name in wanted:
        if names.count(name) > 1:
            raise BadFile(f"{path} must name each column once, was {name!r} twice")
