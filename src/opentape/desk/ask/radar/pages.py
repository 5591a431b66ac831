"""Pages: rows of many underlyings in one order, cut where a cursor says."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.market.errors import InputError

_SEPARATOR: Final = "_"
Keys = NDArray[np.int64]


class BadCursor(InputError):
    """A cursor that no page of ours ended with."""


def ordered(keys: Keys) -> NDArray[np.int64]:
    """Return the order of rows by their keys, the first column first, all ascending."""
    return np.lexsort(keys.T[::-1])


def after(keys: Keys, cursor: str | None) -> NDArray[np.bool_]:
    """Return which rows come after the one that a cursor names; all without a cursor.

    Raises
    ------
    BadCursor
        If no row could have given such a cursor.
    """
    later = np.ones(keys.shape[0], np.bool_)
    if cursor is None:
        return later
    last = _read(cursor, keys.shape[1])
    same = later.copy()
    later[:] = False
    for column, value in zip(keys.T, last, strict=True):
        later |= same & (column > value)
        same &= column == value
    return later


def cursor_of(key: NDArray[np.int64]) -> str:
    """Return the cursor that goes on after a row."""
    return _SEPARATOR.join(str(one) for one in key.tolist())


def _read(cursor: str, width: int) -> list[int]:
    try:
        found = [int(np.int64(one)) for one in cursor.split(_SEPARATOR)]
    except (ValueError, OverflowError):
        found = []
    if len(found) != width:
        raise BadCursor(f"a cursor must be one that a page ended with, was {cursor[:64]!r}")
    return found
