"""Like trades of other sessions: what the underlying does anyway."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.outcomes.columns import Told
from opentape.market.calendar import SECOND_NS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TIME_NS: Final = 1_800 * SECOND_NS
"""Trades of one half hour are of one time of day."""
SIZES: Final = (250, 1_000)
"""Contracts at which the next class of size begins."""


def cells(told: Told, open_ns: int) -> NDArray[np.str_]:
    """Return what each trade is compared within: underlying, time of day, size class."""
    time = (told.ts_ns - open_ns) // TIME_NS
    size = np.searchsorted(SIZES, told.size, side="right")
    marks = [f"/{when}/{class_}" for when, class_ in zip(time, size, strict=True)]
    return np.char.add(told.symbol, np.array(marks, np.str_))


def elsewhere(move: Floats, cell: Ints, session: Ints) -> Floats:
    """Return the mean move after the trades of the same cell in other sessions.

    Parameters
    ----------
    move
        After each trade, NaN where it is not known.
    cell, session
        Of each trade, from 0.

    Returns
    -------
    NaN where no other session has such a trade.
    """
    known = np.isfinite(move)
    value = np.where(known, move, 0.0)
    there = cell * (int(session.max(initial=0)) + 1) + session
    count, total = _sums(cell, known, value)
    own_count, own_total = _sums(np.unique(there, return_inverse=True)[1], known, value)
    others = count - own_count
    return np.divide(
        total - own_total, others, out=np.full(move.size, np.nan), where=others > 0
    )


def _sums(group: Ints, known: NDArray[np.bool_], value: Floats) -> tuple[Floats, Floats]:
    """Return of each row how many of its group are known, and their sum."""
    count = np.bincount(group, known.astype(np.float64))[group]
    total = np.bincount(group, value)[group]
    return count.astype(np.float64), total.astype(np.float64)
