"""Sides: how often the quote rule names who crossed, and whose customer it was."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.evidence import Evidence
from opentape.desk.audit.tally import Tally, share
from opentape.flow.records import NbboState
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition

PLACES: Final = (
    "above ask",
    "at ask",
    "inside, upper half",
    "at mid",
    "inside, lower half",
    "at bid",
    "below bid",
    "no usable quote",
)
_NO_QUOTE: Final = len(PLACES) - 1
_SIGN: Final = np.array([1, -1, 0], np.int8)
"""By `records.Side`: a buy, a sell, neither."""


def side_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield how many prints were signed rightly, and how many not at all, by their sort.

    Prints that a later cancel takes back are left out, and prints without an aggressor or
    without a customer. The baseline calls every signed print a buy.
    """
    sign = _SIGN[evidence.side]
    sorts = dict(_sorts(evidence))
    for who, true in (
        ("aggressor", evidence.truth.aggressor),
        ("customer", evidence.truth.customer),
    ):
        asked = (true != 0) & evidence.live
        for of, mine in sorts.items():
            some = asked & mine
            if some.any():
                yield from _tallies(who, of, sign[some], true[some])


def _tallies(
    who: str, of: str, sign: NDArray[np.int8], true: NDArray[np.int8]
) -> Iterator[Tally]:
    signed = sign != 0
    right, bought = (sign == true)[signed], (true > 0)[signed]
    if right.size:
        yield share(f"side_of_{who}", of, right, bought)
    yield share(f"unsigned_{who}", of, ~signed)


def _sorts(evidence: Evidence) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    prints = evidence.prints
    yield "all", np.ones(prints.rows, np.bool_)
    for condition in Condition:
        yield f"class {condition.name.lower()}", prints.condition == condition
    place = place_of(prints, evidence.nbbo)
    for code, name in enumerate(PLACES):
        yield name, place == code


def place_of(prints: PrintBatch, nbbo: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Return where each print stood in the spread, its place in `PLACES`.

    To the nanodollar: at the ask is the price of the ask and no other.
    """
    price, bid, ask = prints.price, prints.bid, prints.ask
    usable = (nbbo == NbboState.OK) | (nbbo == NbboState.VENUE)
    middle = np.where(usable, bid + ask, 0)
    place = np.full(prints.rows, _NO_QUOTE, np.int8)
    tests = (
        price > ask,
        price == ask,
        2 * price > middle,
        2 * price == middle,
        price > bid,
        price == bid,
        price < bid,
    )
    for code, test in reversed(list(enumerate(tests))):
        place[usable & test] = code
    return place
