"""Find the print that each cancel names, and leave it out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.cancels.refold import refold
from opentape.flow.day import Day
from opentape.flow.past.rows import Folded
from opentape.flow.records import NO_ROW, Verdict
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.pricing.jit import kernel

_LATE = int(Verdict.LATE)
_MOST = 1 << 20
"""Rows of contracts that are taken out of the day at a time."""


class Outcome(NamedTuple):
    """What a round of cancels came to."""

    prints: PrintBatch
    """What was taken back."""
    unmatched: int
    """Cancels that named no print."""


def take_back(day: Day, cancels: PrintBatch) -> Outcome:
    """Apply the cancels that have come and have not been applied, in that order."""
    contracts = np.unique(cancels.contract)
    found = day.rows.of(_flags(day, contracts))
    if contracts.size > 1 and sum(one.at.size for one in found) > _MOST:
        low = cancels.contract < contracts[contracts.size // 2]
        halves = [take_back(day, cancels.take(mine)) for mine in (low, ~low)]
        return Outcome(
            PrintBatch.joined([half.prints for half in halves]),
            sum(half.unmatched for half in halves),
        )
    stood = day.rows.stood(found)
    prints, unmatched = _apply(stood.rows)
    day.rows.mark(found, stood.rows.verdicts)
    if prints.rows:
        refold(day, stood, _flags(day, prints.contract))
    return Outcome(prints, unmatched)


def take_back_withdrawn(day: Day) -> PrintBatch:
    """Take back what the file itself says was cancelled later; return it."""
    prints: list[PrintBatch] = [PrintBatch.empty(0)]
    for batch, verdicts in day.rows.parts:
        rows = (batch.marks & WITHDRAWN != 0) & (verdicts <= _LATE)
        verdicts[rows] = Verdict.TAKEN_BACK
        prints.append(batch.take(rows))
    taken = PrintBatch.joined(prints)
    _fold_again(day, np.unique(taken.contract))
    return taken


def _fold_again(day: Day, contracts: NDArray[np.int32]) -> None:
    """Fold contracts again, a few at a time where they have many rows."""
    wanted = _flags(day, contracts)
    found = day.rows.of(wanted)
    if contracts.size > 1 and sum(one.at.size for one in found) > _MOST:
        for half in np.array_split(contracts, 2):
            _fold_again(day, half)
    elif found:
        refold(day, day.rows.stood(found), wanted)


def _apply(rows: Folded) -> Outcome:
    """Give the cancels among rows, and the prints that they name, their verdicts."""
    unmatched = 0
    taken: list[int] = []
    for mine in _by_contract(rows.batch.contract):
        batch, verdicts = rows.take(mine)
        for cancel in np.flatnonzero(verdicts == Verdict.CANCEL).tolist():
            row = match(batch, verdicts, cancel)
            verdicts[cancel] = Verdict.CANCEL_DONE
            if row == NO_ROW:
                unmatched += 1
            else:
                verdicts[row] = Verdict.TAKEN_BACK
                taken.append(int(mine[row]))
        rows.verdicts[mine] = verdicts
    return Outcome(rows.batch.take(np.array(taken, np.int64)), unmatched)


def _flags(day: Day, places: NDArray[np.int32]) -> NDArray[np.bool_]:
    wanted = np.zeros(len(day.states), np.bool_)
    wanted[places] = True
    return wanted


@kernel
def match(batch: PrintBatch, verdicts: NDArray[np.uint8], cancel: int) -> int:
    """Return the row of the print that a cancel takes back, `NO_ROW` if there is none.

    By sequence where the cancel names one, else the latest print before it of the same
    venue, size and price; a print that its file marks as cancelled goes first.
    """
    name, size, price = batch.cancels[cancel], batch.size[cancel], batch.price[cancel]
    latest = NO_ROW
    for row in range(cancel - 1, -1, -1):
        if verdicts[row] > _LATE or batch.venue[row] != batch.venue[cancel]:
            continue
        if name > 0:
            if batch.sequence[row] == name:
                return row
        elif batch.size[row] == size and batch.price[row] == price:
            if batch.marks[row] & WITHDRAWN:
                return row
            if latest == NO_ROW:
                latest = row
    return latest


def _by_contract(contract: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Return where the rows of each contract are, in the order they came."""
    order = np.argsort(contract, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(contract[order])) + 1)
