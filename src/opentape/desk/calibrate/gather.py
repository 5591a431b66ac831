"""A tape and its truth joined to the few columns that figures are made from."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.simulation.records import Truth

ABOVE, AT_ASK, MIDDLE, INSIDE, AT_BID, BELOW, NO_QUOTE = range(7)
"""Where a price stands in its quote."""
_MOST_NAMED: Final = 1 << 16


class Prints(Protocol):
    """A tape as far as it is needed here."""

    contracts: Contracts

    def batches(self) -> Iterable[PrintBatch]:
        """Yield the prints in fold order."""
        ...


class Gathered(NamedTuple):
    """Prints of a day, one a row, in fold order; cancels are left out."""

    ts_event: NDArray[np.int64]
    contract: NDArray[np.int32]
    size: NDArray[np.int32]
    venue: NDArray[np.uint8]
    condition: NDArray[np.uint8]
    place: NDArray[np.int8]
    """`ABOVE` to `NO_QUOTE`."""
    rule: NDArray[np.int8]
    """What the quote rule says: 1 a buy, -1 a sale, 0 in the middle or without a quote."""
    tick: NDArray[np.int8]
    """What the tick test says: 1 after a rise, -1 after a fall, 0 before either."""
    parent: NDArray[np.int64]
    style: NDArray[np.uint8]
    customer: NDArray[np.int8]
    busted: NDArray[np.bool_]

    @property
    def rows(self) -> int:
        """How many prints there are."""
        return self.ts_event.size


class Day(NamedTuple):
    """A simulated day as it was read."""

    prints: Gathered
    cancels: int
    unmatched: int
    """Rows of the tape that the truth does not know: repeats, and what faults made."""
    contracts: Contracts


def gather(tape: Prints, truth: Truth, on_rows: Callable[[int], None] | None = None) -> Day:
    """Return a tape's prints with what is true of them, joined by sequence.

    `on_rows` is called with the number of rows read after each batch.
    """
    if not (np.diff(truth.sequence) > 0).all():
        truth = truth.take(np.argsort(truth.sequence, kind="stable"))
    ticks = Ticks()
    parts: list[Gathered] = []
    cancels = unmatched = 0
    seen = np.zeros(truth.rows, np.bool_)
    for batch in tape.batches():
        real = batch.take(batch.condition != Condition.CANCEL)
        cancels += batch.rows - real.rows
        at, fresh = _known(real.sequence, truth.sequence, seen)
        unmatched += real.rows - at.size
        parts.append(_joined(real.take(fresh), truth.take(at), ticks))
        if on_rows is not None:
            on_rows(batch.rows)
    return Day(_all(parts), cancels, unmatched, tape.contracts)


def _known(
    sequence: NDArray[np.int64], told: NDArray[np.int64], seen: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where prints stand in the truth, and which do for the first time."""
    if not told.size:
        return np.empty(0, np.intp), np.zeros(sequence.size, np.bool_)
    at = np.minimum(np.searchsorted(told, sequence), told.size - 1)
    first = np.zeros(at.size, np.bool_)
    first[np.unique(at, return_index=True)[1]] = True
    fresh = first & (told[at] == sequence) & ~seen[at]
    seen[at[fresh]] = True
    return at[fresh], fresh


def _joined(batch: PrintBatch, truth: Truth, ticks: "Ticks") -> Gathered:
    place, rule = placed(batch.price, batch.bid, batch.ask)
    return Gathered(
        ts_event=batch.ts_event,
        contract=batch.contract,
        size=batch.size,
        venue=batch.venue,
        condition=batch.condition,
        place=place,
        rule=rule,
        tick=ticks.test(batch.contract, batch.price),
        parent=truth.parent,
        style=truth.style,
        customer=truth.customer,
        busted=truth.busted,
    )


def _all(parts: list[Gathered]) -> Gathered:
    if not parts:
        return Gathered._make(np.empty(0, np.int64) for _ in Gathered._fields)
    return Gathered._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def placed(
    price: NDArray[np.int64], bid: NDArray[np.int64], ask: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return where prices stand in their quotes, and what the quote rule says."""
    known = (bid != UNKNOWN) & (ask != UNKNOWN) & (bid <= ask)
    twice = np.where(known, 2 * price - bid - ask, 0)
    rules = [
        (~known, NO_QUOTE),
        (price > ask, ABOVE),
        (price < bid, BELOW),
        (twice == 0, MIDDLE),
        (price == ask, AT_ASK),
        (price == bid, AT_BID),
    ]
    place = np.select([holds for holds, _ in rules], [at for _, at in rules], INSIDE)
    return place.astype(np.int8), np.sign(twice).astype(np.int8)


class Ticks:
    """The tick test over a day: which way each contract's price last moved."""

    def __init__(self) -> None:
        self._price = np.full(_MOST_NAMED, UNKNOWN, np.int64)
        self._moved = np.zeros(_MOST_NAMED, np.int8)

    def test(
        self, contract: NDArray[np.int32], price: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        """Return for each print whether its price last rose or fell, 0 before either."""
        if not contract.size:
            return np.empty(0, np.int8)
        self._grow(int(contract.max()) + 1)
        order = np.argsort(contract, kind="stable")
        mine, paid = contract[order], price[order]
        first = mine != np.concatenate([[-1], mine[:-1]])
        before = np.where(first, self._price[mine], np.roll(paid, 1))
        moved = np.where(before == UNKNOWN, 0, np.sign(paid - before)).astype(np.int8)
        moved = np.where(first & (moved == 0), self._moved[mine], moved)
        # each print without a move looks back to the last one of its contract with one
        told = np.maximum.accumulate(
            np.where((moved != 0) | first, np.arange(mine.size), 0)
        )
        moved = moved[told]
        last = mine != np.concatenate([mine[1:], [-1]])
        self._price[mine[last]], self._moved[mine[last]] = paid[last], moved[last]
        found = np.empty(mine.size, np.int8)
        found[order] = moved
        return found

    def _grow(self, needed: int) -> None:
        more = needed - self._price.size
        if more > 0:
            more = max(more, self._price.size)
            self._price = np.append(self._price, np.full(more, UNKNOWN, np.int64))
            self._moved = np.append(self._moved, np.zeros(more, np.int8))
