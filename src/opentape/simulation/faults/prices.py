"""Prices that no print can have."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.conditions import Condition, classify
from opentape.market.money import MAX_PRICE
from opentape.simulation.faults.kinds import spelled
from opentape.simulation.records import Delivered

_TIMES: Final = 100
"""The ask."""
_EXCLUDED: Final = np.array(
    [classify(chr(letter)) == Condition.EXCLUDED for letter in range(256)]
)
"""Letters of prints that may report off the market."""


class Priced(NamedTuple):
    """Rows some of which have a price that cannot be."""

    rows: Delivered
    at: NDArray[np.intp]
    """Where in them."""
    how: list[str]
    """What is wrong with each."""


def impossible(rows: Delivered, hit: NDArray[np.bool_]) -> Priced:
    """Return the rows; those hit have a hundred times the ask for a price.

    Prints that may report off the market are spared: nobody can tell of them.
    """
    fits = (rows.ask > 0) & (rows.ask < MAX_PRICE // _TIMES) & ~_EXCLUDED[rows.letter]
    at = np.flatnonzero(hit & fits)
    price = rows.price.copy()
    price[at] = _TIMES * rows.ask[at]
    pairs = zip(price[at].tolist(), rows.price[at].tolist(), strict=True)
    how = [f"price {spelled(wrong)} for {spelled(right)}" for wrong, right in pairs]
    return Priced(rows._replace(price=price), at, how)
