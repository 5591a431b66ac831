"""Find the print that each cancel names, and leave it out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.cancels.refold import refold
from opentape.flow.day import Day
from opentape.flow.past.rows import Folded, Found
from opentape.flow.records import NO_ROW, Verdict
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.pricing.jit import kernel, stage

_LATE, _CANCEL = int(Verdict.LATE), int(Verdict.CANCEL)
_VENUES = 64
_MIX = 0x9E3779B1
_LOW_63 = 2**63 - 1


class Outcome(NamedTuple):
    """What a round of cancels came to."""

    prints: PrintBatch
    """What was taken back."""
    unmatched: int
    """Cancels that named no print."""


def take_back(day: Day, cancels: PrintBatch) -> Outcome:
    """Apply the cancels that have come and have not been applied, in that order."""
    found = day.rows.of(_flags(day, cancels.contract))
    near = _alike(day, found, cancels)
    rows = _joined([day.rows.parts[one.part].take(one.at) for one in near])
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
    _write_back(day, near, rows.verdicts)
    prints = rows.batch.take(np.array(taken, np.int64))
    _fold_without(day, found, prints)
    return Outcome(prints, unmatched)


def take_back_withdrawn(day: Day) -> PrintBatch:
    """Take back what the file itself says was cancelled later; return it."""
    prints: list[PrintBatch] = []
    for batch, verdicts in day.rows.parts:
        rows = (batch.marks & WITHDRAWN != 0) & (verdicts <= _LATE)
        verdicts[rows] = Verdict.TAKEN_BACK
        prints.append(batch.take(rows))
    taken = PrintBatch.joined([PrintBatch.empty(0), *prints])
    _fold_without(day, day.rows.of(_flags(day, taken.contract)), taken)
    return taken


def _fold_without(day: Day, found: Sequence[Found], taken: PrintBatch) -> None:
    """Fold the contracts of prints again; `found` are rows, all of theirs among them."""
    if taken.rows:
        refold(day, found, _flags(day, taken.contract))


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


def _alike(day: Day, found: Sequence[Found], cancels: PrintBatch) -> list[Found]:
    """Return the pending cancels, and every row that could be what one of them names."""
    named = cancels.cancels > 0
    keys = np.empty(cancels.rows, np.int64)
    _write_keys(cancels, keys)
    by_terms, by_name = np.unique(keys[~named]), np.unique(keys[named])
    near: list[Found] = []
    for part, at in found:
        batch, verdicts = day.rows.parts[part]
        mine = np.empty(at.size, np.bool_)
        _among(batch, verdicts, at, by_terms, by_name, mine)
        if mine.any():
            near.append(Found(part, at[mine]))
    return near


@stage
def _terms(contract: int, venue: int, size: int, price: int) -> int:
    """Return a number that prints of one contract, venue, size and price share."""
    return (((contract * _VENUES + venue) * _MIX + size) * _MIX + price) & _LOW_63


@stage
def _numbered(contract: int, venue: int, sequence: int) -> int:
    """Return a number that prints of one contract, venue and sequence share."""
    return ((contract * _VENUES + venue) * _MIX + sequence) & _LOW_63


@stage
def _holds(keys: NDArray[np.int64], key: int) -> bool:
    """Return whether a key is among those that ascend."""
    low, high = 0, keys.size
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low < keys.size and keys[low] == key


@kernel
def _write_keys(cancels: PrintBatch, keys: NDArray[np.int64]) -> None:
    """Write the number that each cancel shares with what it may name."""
    for i in range(keys.size):
        contract, venue = int(cancels.contract[i]), int(cancels.venue[i])
        name = int(cancels.cancels[i])
        if name > 0:
            keys[i] = _numbered(contract, venue, name)
        else:
            keys[i] = _terms(contract, venue, int(cancels.size[i]), int(cancels.price[i]))


@kernel
def _among(
    batch: PrintBatch,
    verdicts: NDArray[np.uint8],
    at: NDArray[np.int64],
    by_terms: NDArray[np.int64],
    by_name: NDArray[np.int64],
    mine: NDArray[np.bool_],
) -> None:
    """Write which rows are pending cancels, or have a number that one of them has."""
    for k in range(at.size):
        i = at[k]
        mine[k] = verdicts[i] == _CANCEL
        if verdicts[i] <= _LATE:
            contract, venue = int(batch.contract[i]), int(batch.venue[i])
            terms = _terms(contract, venue, int(batch.size[i]), int(batch.price[i]))
            name = _numbered(contract, venue, int(batch.sequence[i]))
            mine[k] = _holds(by_terms, terms) or _holds(by_name, name)


def _by_contract(contract: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Return where the rows of each contract are, in the order they came."""
    order = np.argsort(contract, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(contract[order])) + 1)


def _joined(rows: Sequence[Folded]) -> Folded:
    """Return rows one after the other; there is at least a cancel among them."""
    batch = PrintBatch.joined([part.batch for part in rows])
    return Folded(batch, np.concatenate([part.verdicts for part in rows]))


def _write_back(day: Day, near: Sequence[Found], verdicts: NDArray[np.uint8]) -> None:
    """Note verdicts of rows in the day."""
    first = 0
    for part, at in near:
        day.rows.parts[part].verdicts[at] = verdicts[first : first + at.size]
        first += at.size
