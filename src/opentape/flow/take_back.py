"""Cancels: find the print that each one names, and fold its contract without it.

A contract's state is a pure function of its own prints, so taking one back means folding
that contract again; the rest of the day does not notice.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.day import Day, Folded
from opentape.flow.records import NO_ROW, Verdict
from opentape.market.columns import WITHDRAWN, PrintBatch
from opentape.pricing.jit import kernel

_LATE = int(Verdict.LATE)
_VENUES = 64
_MIX = 0x9E3779B1


class Outcome(NamedTuple):
    """What a round of cancels came to."""

    prints: PrintBatch
    """What was taken back."""
    unmatched: int
    """Cancels that named no print."""


class _Rows(NamedTuple):
    """Rows of the day that matter to some cancels, in the order they came."""

    folded: Folded
    part: NDArray[np.int64]
    """Which part of the day each is in, and `at`, where in it."""
    at: NDArray[np.int64]


def take_back(day: Day) -> Outcome:
    """Apply the cancels that have not been, in the order they came."""
    unmatched = 0
    prints: list[PrintBatch] = []
    for rows in _by_contract(_candidates(day)):
        batch, verdicts = rows.folded
        for cancel in np.flatnonzero(verdicts == Verdict.CANCEL).tolist():
            row = match(batch, verdicts, cancel)
            verdicts[cancel] = Verdict.CANCEL_DONE
            if row == NO_ROW:
                unmatched += 1
            else:
                verdicts[row] = Verdict.TAKEN_BACK
                prints.append(batch.take(slice(row, row + 1)))
        _write_back(day, rows)
    return Outcome(_folded_without(day, prints), unmatched)


def take_back_withdrawn(day: Day) -> PrintBatch:
    """Take back what the file itself says was cancelled later; return it."""
    prints: list[PrintBatch] = []
    for batch, verdicts in day.folded:
        rows = (batch.marks & WITHDRAWN != 0) & (verdicts <= _LATE)
        verdicts[rows] = Verdict.TAKEN_BACK
        prints.append(batch.take(rows))
    return _folded_without(day, prints)


def _folded_without(day: Day, prints: list[PrintBatch]) -> PrintBatch:
    """Fold the contracts of some prints again, and return the prints as one batch."""
    taken = PrintBatch.joined([PrintBatch.empty(0), *prints])
    day.again(np.unique(taken.contract).astype(np.int64))
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


def _candidates(day: Day) -> _Rows:
    """Return the cancels, and every row that could be what one of them names."""
    pending = [batch.take(verdicts == Verdict.CANCEL) for batch, verdicts in day.folded]
    cancels = PrintBatch.joined(pending)
    named = cancels.cancels > 0
    by_terms = np.unique(_terms(cancels, slice(None))[~named])
    by_name = np.unique(_numbered(cancels, cancels.cancels, slice(None))[named])
    wanted = np.zeros(len(day.states), np.bool_)
    wanted[cancels.contract] = True
    found = [
        _part_candidates(part, folded, wanted, (by_terms, by_name))
        for part, folded in enumerate(day.folded)
    ]
    return _Rows(
        Folded(
            PrintBatch.joined([rows.folded.batch for rows in found]),
            np.concatenate([rows.folded.verdicts for rows in found]),
        ),
        np.concatenate([rows.part for rows in found]),
        np.concatenate([rows.at for rows in found]),
    )


def _part_candidates(
    part: int,
    folded: Folded,
    wanted: NDArray[np.bool_],
    keys: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> _Rows:
    batch, verdicts = folded
    by_terms, by_name = keys
    near = np.flatnonzero(wanted[batch.contract])
    mine = verdicts[near] == Verdict.CANCEL
    mine |= _among(_terms(batch, near), by_terms)
    mine |= _among(_numbered(batch, batch.sequence, near), by_name)
    at = near[mine]
    return _Rows(Folded(batch.take(at), verdicts[at]), np.full(at.size, part), at)


def _terms(batch: PrintBatch, at: NDArray[np.int64] | slice) -> NDArray[np.int64]:
    """Return a number that prints of one contract, venue, size and price share."""
    listed = batch.contract[at].astype(np.int64) * _VENUES + batch.venue[at]
    return (listed * _MIX + batch.size[at]) * _MIX + batch.price[at]


def _numbered(
    batch: PrintBatch, sequence: NDArray[np.int64], at: NDArray[np.int64] | slice
) -> NDArray[np.int64]:
    """Return a number that prints of one contract, venue and sequence share."""
    listed = batch.contract[at].astype(np.int64) * _VENUES + batch.venue[at]
    return listed * _MIX + sequence[at]


def _among(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of `keys` are in `wanted`, which is sorted and short."""
    if not wanted.size:
        return np.zeros(keys.size, np.bool_)
    at = np.minimum(np.searchsorted(wanted, keys), wanted.size - 1)
    return wanted[at] == keys


def _by_contract(rows: _Rows) -> Iterator[_Rows]:
    batch, verdicts = rows.folded
    order = np.argsort(batch.contract, kind="stable")
    edges = np.flatnonzero(np.diff(batch.contract[order])) + 1
    for mine in np.split(order, edges):
        yield _Rows(
            Folded(batch.take(mine), verdicts[mine]), rows.part[mine], rows.at[mine]
        )


def _write_back(day: Day, rows: _Rows) -> None:
    """Note the verdicts in the day."""
    written = [folded.verdicts for folded in day.folded]
    verdicts = rows.folded.verdicts.tolist()
    for part, at, verdict in zip(
        rows.part.tolist(), rows.at.tolist(), verdicts, strict=True
    ):
        written[part][at] = verdict
