"""Cancels: find the print that each one names, and fold its contract without it.

A contract's state is a pure function of its own prints, so taking one back means folding
that one contract again; the rest of the day does not notice.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.day import Day, Folded
from opentape.flow.records import NO_ROW, Verdict
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.pricing.jit import kernel

_FOLDED, _LATE = int(Verdict.FOLDED), int(Verdict.LATE)
_NEVER = np.iinfo(np.int64).min


class Outcome(NamedTuple):
    """What a round of cancels came to."""

    taken_back: int
    unmatched: int
    """Cancels that named no print."""


class _History(NamedTuple):
    """The rows of one contract, in the order they came."""

    folded: Folded
    nows: NDArray[np.int64]
    """The clock of the tape at each row."""
    part: NDArray[np.int64]
    """Which part of the day each row is in, and `at`, where in it."""
    at: NDArray[np.int64]


def take_back(day: Day, places: NDArray[np.int64]) -> Outcome:
    """Apply the cancels of contracts, in the order they came."""
    taken = unmatched = 0
    day.drop_parents(places)
    for history in _histories(day, places):
        verdicts = history.folded.verdicts
        for cancel in np.flatnonzero(verdicts == Verdict.CANCEL).tolist():
            row = match(history.folded.batch, verdicts, cancel)
            verdicts[cancel] = Verdict.CANCEL_DONE
            if row == NO_ROW:
                unmatched += 1
            else:
                verdicts[row] = Verdict.TAKEN_BACK
                taken += 1
        _write_back(day, history)
    return Outcome(taken, unmatched)


def take_back_withdrawn(day: Day) -> int:
    """Take back what the file itself says was cancelled later; return how many prints."""
    taken = 0
    places = [
        batch.contract[(batch.marks & WITHDRAWN != 0) & (verdicts <= Verdict.LATE)]
        for batch, verdicts in day.folded
    ]
    named = np.unique(np.concatenate([np.empty(0, np.int32), *places])).astype(np.int64)
    if not named.size:
        return 0
    day.drop_parents(named)
    for history in _histories(day, named):
        batch, verdicts = history.folded
        rows = (batch.marks & WITHDRAWN != 0) & (verdicts <= Verdict.LATE)
        verdicts[rows] = Verdict.TAKEN_BACK
        taken += int(rows.sum())
        _write_back(day, history)
    return taken


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


def _histories(day: Day, places: NDArray[np.int64]) -> Iterator[_History]:
    """Yield the rows of each contract."""
    wanted = np.zeros(len(day.states), np.bool_)
    wanted[places] = True
    found: list[_History] = []
    now = _NEVER
    for part, (batch, verdicts) in enumerate(day.folded):
        clock = np.where(verdicts <= Verdict.CANCEL_DONE, batch.ts_event, _NEVER)
        nows = np.maximum(np.maximum.accumulate(clock), now)
        now = nows[-1]
        at = np.flatnonzero(wanted[batch.contract])
        folded = Folded(batch.take(at), verdicts[at])
        found.append(_History(folded, nows[at], np.full(at.size, part), at))
    rows = PrintBatch.joined([history.folded.batch for history in found])
    verdicts, nows, parts, at = (
        np.concatenate(columns)
        for columns in zip(*((h.folded.verdicts, *h[1:]) for h in found), strict=True)
    )
    order = np.argsort(rows.contract, kind="stable")
    edges = np.flatnonzero(np.diff(rows.contract[order])) + 1
    for mine in np.split(order, edges):
        folded = Folded(rows.take(mine), verdicts[mine])
        yield _History(folded, nows[mine], parts[mine], at[mine])


def _write_back(day: Day, history: _History) -> None:
    """Note the verdicts in the day and fold the contract again."""
    verdicts, folded = history.folded.verdicts, day.folded
    for part in np.unique(history.part).tolist():
        mine = history.part == part
        folded[int(part)].verdicts[history.at[mine]] = verdicts[mine]
    day.again(history.folded, history.nows)
