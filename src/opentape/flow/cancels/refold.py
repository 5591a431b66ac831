"""Fold the rows of some contracts again, and note what came out otherwise than before.

A contract's state is a pure function of its own rows and of where the clock stood at each,
so the rest of the day does not notice. A parent that comes out as it was stays where it is
in the log.
"""

import numpy as np
from numpy.typing import NDArray

from opentape.flow import line
from opentape.flow.day import Day, doubled
from opentape.flow.past.rows import Stood
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


def refold(day: Day, stood: Stood, wanted: NDArray[np.bool_]) -> None:
    """Fold wanted contracts once more, from nothing, as the verdicts of their rows say.

    Parameters
    ----------
    stood
        All rows of the wanted contracts; there may be others among them.
    """
    places = np.flatnonzero(wanted)
    _empty(day, places)
    parents, recent = _folded_again(day, stood, wanted)
    _log(day, parents, wanted)
    _move_open(day, recent, places)


def _folded_again(
    day: Day, stood: Stood, wanted: NDArray[np.bool_]
) -> tuple[Records, Records]:
    """Return the parents of rows, and the prints that open windows may still need."""
    (batch, verdicts), clocks = stood
    clock = np.zeros_like(day.clock)
    clock[Clock.NOW] = _NEVER
    # what is never written to costs nothing
    parents: Records = np.empty(batch.rows, PARENT)
    recent, readings = aligned(PRINT, _RECENT), np.empty(_READ_AT_ONCE, np.uint16)
    came = 0
    while True:
        came = line.fold_again(
            batch, came, verdicts, clocks, wanted, readings, recent, day.states,
            day.series, parents, clock, day.rules,
        )  # fmt: skip
        if came == batch.rows:
            break
        recent = doubled(recent, clock)
    now = int(day.clock[Clock.NOW])
    line.tick(now, recent, day.states, day.series, parents, clock, day.rules)
    return parents[: clock[Clock.PARENTS]], recent


def _empty(day: Day, places: NDArray[np.int64]) -> None:
    """Forget what was folded of some contracts."""
    kept = day.states[places]
    fresh: Records = np.zeros(places.size, CONTRACT)
    fresh["oi"], fresh["sequence"] = kept["oi"], kept["sequence"]
    day.states[places] = fresh
    day.series["proven"][places] = 0


def _log(day: Day, parents: Records, wanted: NDArray[np.bool_]) -> None:
    """Put parents into the log in place of those of wanted contracts that differ."""
    log, before = day.parents, day.parents_of(wanted)
    before = before[np.argsort(log["row"][before], kind="stable")]
    order = np.argsort(parents["row"], kind="stable")
    gone, fresh = np.ones(before.size, np.bool_), np.ones(order.size, np.bool_)
    _match(log, before, parents, order, gone, fresh)
    changed = parents[np.sort(order[fresh])]
    changed["tail"] = NO_ROW
    day.undo(np.sort(before[gone]), changed)


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
