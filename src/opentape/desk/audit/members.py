"""Which parent each print is a member of: a fold that keeps track, when asked.

A replay keeps the parents and forgets the prints. This folds what stands once more, in
steps so short that the members of every parent that closed are still at hand.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.fold import Fold
from opentape.flow.options import GatherOptions
from opentape.flow.records import NO_ROW, PARENT, Clock, Records, Verdict
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts

_RECENT: Final = 1 << 20
_STEP: Final = 1 << 18
NO_PARENT: Final = -1
"""Stands for the parent of a print that is in none that was kept."""


class Gathered(NamedTuple):
    """Parents, and which of them each print belongs to."""

    parents: Records
    """`records.PARENT`, in the order they closed."""
    owner: NDArray[np.int32]
    """Place in `parents` of each print's, `NO_PARENT` for none."""

    def of_parents(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return for each print its parent's value, 0 where it has no parent."""
        return np.append(values, np.zeros(1, values.dtype))[self.owner]


def gather_all(
    prints: PrintBatch,
    contracts: Contracts,
    options: GatherOptions,
    *,
    recent: int = _RECENT,
) -> Gathered:
    """Gather prints of one trade date, none of which is taken back or rejected.

    Parameters
    ----------
    prints
        In the order they are folded.
    recent
        Prints kept at hand, a power of two.
    """
    owner = np.full(prints.rows, NO_PARENT, np.int32)
    if not prints.rows:
        return Gathered(np.empty(0, PARENT), owner)
    fold = Fold(contracts, None, options, recent=recent)
    done = came = 0
    while came < prints.rows:
        step = min(_room(fold), _STEP)
        fold.push(prints.take(slice(came, came + step)))
        came += step
        done = _note(fold, owner, done)
    parents = fold.finish(whole=False)
    _note(fold, owner, done)
    verdicts = [folded.verdicts for folded in fold.day.folded]
    entered = np.flatnonzero(np.concatenate(verdicts) == Verdict.FOLDED)
    placed = np.full(prints.rows, NO_PARENT, np.int32)
    placed[entered] = owner[: entered.size]
    return Gathered(parents[-1].parents, placed)


def _room(fold: Fold) -> int:
    """Return how many prints can be folded before any at hand is overwritten."""
    clock, size = fold.day.clock, fold.day.recent.size
    return max(1, size - 1 - int(clock[Clock.ROWS] - clock[Clock.KEPT]))


def _note(fold: Fold, owner: NDArray[np.int32], done: int) -> int:
    """Note the members of the parents that closed since; return how many have closed."""
    closed = int(fold.day.clock[Clock.PARENTS])
    recent = fold.day.recent
    places = np.arange(done, closed, dtype=np.int32)
    rows = fold.day.parents["tail"][done:closed]
    while rows.size:
        owner[rows] = places
        rows = recent["link"][rows & (recent.size - 1)]
        more = rows != NO_ROW
        rows, places = rows[more], places[more]
    return closed
