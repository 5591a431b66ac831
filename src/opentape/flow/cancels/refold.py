"""Fold the rows of some contracts again, and note what came out otherwise than before.

A contract's state is a pure function of its own rows and of where the clock stood at each,
so the rest of the day does not notice. A parent that comes out as it was stays where it is
in the log.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opentape.flow import line
from opentape.flow.day import Day, doubled
from opentape.flow.past.rows import Found
from opentape.flow.records import (
    CONTRACT,
    NO_ROW,
    PARENT,
    PRINT,
    Clock,
    Records,
    aligned,
)
from opentape.pricing.jit import kernel

_RECENT = 1 << 10
_READ_AT_ONCE = 1 << 10
_NEVER = -(1 << 62)
_NO_ROW = NO_ROW


def refold(day: Day, found: Sequence[Found], wanted: NDArray[np.bool_]) -> None:
    """Fold wanted contracts once more, from nothing, as the verdicts of their rows say.

    Parameters
    ----------
    found
        All rows of the wanted contracts; there may be others among them.
    """
    places = np.flatnonzero(wanted)
    _empty(day, places)
    again = _Again(day, wanted)
    for one in found:
        again.fold(one)
    again.end()
    _log(day, again.parents, wanted)
    _move_open(day, again.recent, places)


class _Again:
    """The fold of some contracts with a clock, recent prints and parents of its own."""

    def __init__(self, day: Day, wanted: NDArray[np.bool_]) -> None:
        self._day = day
        self._wanted = wanted
        self._clock = np.zeros_like(day.clock)
        self._clock[Clock.NOW] = _NEVER
        self._readings = np.empty(_READ_AT_ONCE, np.uint16)
        self._parents: Records = np.empty(0, PARENT)
        self.recent: Records = aligned(PRINT, _RECENT)

    @property
    def parents(self) -> Records:
        """What was gathered."""
        return self._parents[: self._clock[Clock.PARENTS]]

    def fold(self, found: Found) -> None:
        """Fold rows that come next."""
        day = self._day
        batch, verdicts = day.rows.parts[found.part].take(found.at)
        clocks = day.rows.clocks(found)
        self._make_room(batch.rows)
        came = 0
        while came < batch.rows:
            came = line.fold_again(
                batch, came, verdicts, clocks, self._wanted, self._readings, self.recent,
                day.states, day.series, self._parents, self._clock, day.rules,
            )  # fmt: skip
            if came < batch.rows:
                self.recent = doubled(self.recent, self._clock)

    def end(self) -> None:
        """Close what has been closed by now."""
        day = self._day
        self._make_room(0)
        line.tick(
            int(day.clock[Clock.NOW]), self.recent, day.states, day.series,
            self._parents, self._clock, day.rules,
        )  # fmt: skip

    def _make_room(self, rows: int) -> None:
        clock = self._clock
        kept = self.parents
        wanted = kept.size + int(clock[Clock.ROWS] - clock[Clock.PASSED]) + rows
        if wanted > self._parents.size:
            self._parents = np.empty(2 * wanted, PARENT)
            self._parents[: kept.size] = kept


def _empty(day: Day, places: NDArray[np.int64]) -> None:
    """Forget what was folded of some contracts."""
    kept = day.states[places]
    fresh: Records = np.zeros(places.size, CONTRACT)
    fresh["oi"], fresh["sequence"] = kept["oi"], kept["sequence"]
    day.states[places] = fresh
    day.series["proven"][places] = 0


def _log(day: Day, parents: Records, wanted: NDArray[np.bool_]) -> None:
    """Put parents into the log in place of those of wanted contracts that differ."""
    log = day.parents[: day.clock[Clock.PARENTS]]
    places = np.empty(log.size, np.int64)
    before = places[: _standing(log, wanted, places)]
    before = before[np.argsort(log["row"][before], kind="stable")]
    order = np.argsort(parents["row"], kind="stable")
    gone, fresh = np.ones(before.size, np.bool_), np.ones(order.size, np.bool_)
    _match(log, before, parents, order, gone, fresh)
    changed = parents[np.sort(order[fresh])]
    changed["tail"] = NO_ROW
    day.undo(np.sort(before[gone]), changed)


@kernel
def _standing(log: Records, wanted: NDArray[np.bool_], places: NDArray[np.int64]) -> int:
    """Write where the standing parents of wanted contracts are; return how many."""
    count = 0
    for i in range(log.size):
        if wanted[log[i]["contract"]] and not log[i]["dropped"]:
            places[count] = i
            count += 1
    return count


@kernel
def _match(
    log: Records,
    before: NDArray[np.int64],
    parents: Records,
    order: NDArray[np.int64],
    gone: NDArray[np.bool_],
    fresh: NDArray[np.bool_],
) -> None:
    """Note which parents are there on both sides; both are in the order of their row."""
    i, j = 0, 0
    while i < before.size and j < order.size:
        one, other = log[int(before[i])], parents[int(order[j])]
        if one["row"] == other["row"] and _same(one, other):
            gone[i], fresh[j] = False, False
            i += 1
            j += 1
        elif one["row"] <= other["row"]:
            i += 1
        else:
            j += 1


@kernel
def _same(one: np.void, other: np.void) -> bool:
    """Return whether two parents agree in all but where their members are at hand."""
    first = (
        one["contract"] == other["contract"]
        and one["side"] == other["side"]
        and one["first_ts"] == other["first_ts"]
        and one["last_ts"] == other["last_ts"]
        and one["sequence"] == other["sequence"]
        and one["venue"] == other["venue"]
        and one["spot"] == other["spot"]
    )
    worth = (
        one["size"] == other["size"]
        and one["notional_high"] == other["notional_high"]
        and one["notional_low"] == other["notional_low"]
        and one["price_min"] == other["price_min"]
        and one["price_max"] == other["price_max"]
    )
    made = (
        one["venues"] == other["venues"]
        and one["legs"] == other["legs"]
        and one["iso_legs"] == other["iso_legs"]
        and one["flags"] == other["flags"]
        and one["aggressor"] == other["aggressor"]
        and one["nbbo"] == other["nbbo"]
        and one["sweep"] == other["sweep"]
    )
    return first and worth and made


def _move_open(day: Day, again: Records, places: NDArray[np.int64]) -> None:
    """Point open windows at their prints where the day has them at hand."""
    held = places[day.states["held"][places].any(axis=1)]
    kept, rows = int(day.clock[Clock.KEPT]), int(day.clock[Clock.ROWS])
    for place in held.tolist():
        _point(day.states, place, again, day.recent, kept, rows)


@kernel
def _point(
    contracts: Records, place: int, again: Records, recent: Records, kept: int, rows: int
) -> None:
    """Link the members of a contract's open windows as the day has them at hand.

    Its prints from `kept` to `rows` are at hand, in the same order as in `again`.
    """
    mask, there = recent.size - 1, again.size - 1
    state = contracts[place]
    for side in range(2):
        if state["held"][side] == 0:
            continue
        member, after, at = int(state["tail"][side]), _NO_ROW, rows - 1
        while member != _NO_ROW and at >= kept:
            mine = recent[at & mask]
            theirs = again[member & there]
            if mine["contract"] == place and mine["row"] == theirs["row"]:
                if after == _NO_ROW:
                    state["tail"][side] = at
                else:
                    recent[after & mask]["link"] = at
                after, member = at, int(theirs["link"])
            at -= 1
        recent[after & mask]["link"] = _NO_ROW
