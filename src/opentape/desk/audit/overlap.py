"""How far the engine's parents and the orders of the truth are made of the same prints."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.evidence import Evidence
from opentape.desk.audit.members import NO_PARENT, Gathered
from opentape.flow.records import Records


class Orders(NamedTuple):
    """The orders of the truth, by number; 0 is none.

    An order is made of its prints that stand on the tape and are not taken back: what a
    fault swallowed the engine cannot know.
    """

    prints: NDArray[np.int64]
    size: NDArray[np.int64]

    @property
    def real(self) -> NDArray[np.bool_]:
        """Which have prints at all."""
        return self.prints > 0


class Majorities(NamedTuple):
    """Parents and orders of which one holds more than half of the other's contracts."""

    order: NDArray[np.int64]
    """By parent: the order that most of its contracts are of, 0 where there is none."""
    parent: NDArray[np.int64]
    """By order: the parent that holds most of its contracts, `NO_PARENT` for none."""


def orders_of(evidence: Evidence) -> Orders:
    """Return the orders that the day's prints are children of."""
    number, live = evidence.truth.parent, evidence.live
    prints = np.bincount(number[live], minlength=1)
    size = np.bincount(number[live], evidence.prints.size[live], 1)
    return Orders(prints, size.astype(np.int64))


def by_order(evidence: Evidence, orders: Orders, column: NDArray[Any]) -> NDArray[Any]:
    """Return by order what its prints all have in a column, 0 where it has no print."""
    values = np.zeros(orders.size.size, column.dtype)
    live = evidence.live
    values[evidence.truth.parent[live]] = column[live]
    return values


def any_of(
    evidence: Evidence, orders: Orders, prints: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return by order whether one of its prints is among those marked."""
    found = np.zeros(orders.size.size, np.bool_)
    found[evidence.truth.parent[prints & evidence.live]] = True
    return found


def majorities(
    evidence: Evidence,
    orders: Orders,
    gathered: Gathered,
    wanted: NDArray[np.bool_],
) -> Majorities:
    """Return who is mostly made of whom, among the parents `wanted`.

    More than half, so that there is one of each at most.
    """
    parents = gathered.parents
    mine = gathered.of_parents(wanted).astype(np.bool_) & evidence.live
    width = orders.size.size
    keys = gathered.owner[mine].astype(np.int64) * width + evidence.truth.parent[mine]
    distinct, at = np.unique(keys, return_inverse=True)
    shared = np.bincount(at, evidence.prints.size[mine], distinct.size).astype(np.int64)
    parent, order = np.divmod(distinct, width)
    return _strict(parents, orders, (parent, order, shared))


def _strict(
    parents: Records,
    orders: Orders,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> Majorities:
    parent, order, shared = pairs
    of_parent = np.zeros(parents.size, np.int64)
    of_order = np.full(orders.size.size, NO_PARENT, np.int64)
    most = 2 * shared > parents["size"][parent]
    of_parent[parent[most]] = order[most]
    most = 2 * shared > orders.size[order]
    of_order[order[most]] = parent[most]
    return Majorities(of_parent, of_order)
