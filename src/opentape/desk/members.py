"""Which rows of the tape a parent is made of."""

import numpy as np

from opentape.flow import pair
from opentape.flow.day import Day
from opentape.flow.records import NO_ROW, Clock, Verdict


def rows_of(day: Day, parent: np.void) -> tuple[int, ...] | None:
    """Return the rows of a parent in the order they came; None where that is not clear.

    They are read off the recent prints. A parent that a cancel made anew, or that closed
    long before the rows folded last, is searched for in the date so far.

    Parameters
    ----------
    parent
        A `records.PARENT` of the date.
    """
    at_hand = _recent(day, int(parent["tail"]))
    return at_hand if at_hand is not None else _sought(day, parent)


def _recent(day: Day, tail: int) -> tuple[int, ...] | None:
    recent, rows = day.recent, int(day.clock[Clock.ROWS])
    found: list[int] = []
    at = tail
    while at != NO_ROW:
        if rows - at > recent.size:
            return None
        one = recent[at & (recent.size - 1)]
        found.append(int(one["row"]))
        at = int(one["link"])
    return tuple(reversed(found)) or None


def _sought(day: Day, parent: np.void) -> tuple[int, ...] | None:
    wanted = np.zeros(day.states.size, np.bool_)
    wanted[parent["contract"]] = True
    since, until = int(parent["first_ts"]), int(parent["last_ts"]) + 1
    found = day.rows.between(wanted, since, until)
    batch, verdicts = day.rows.stood(found).rows
    batch = batch.take(verdicts == Verdict.FOLDED)
    readings = np.empty(batch.rows, np.uint16)
    pair.read(batch, day.rules[0], readings)
    mine = readings & pair.SIDE_BITS == parent["side"]
    if parent["legs"] > 1:
        mine &= readings & pair.MAY_SWEEP > 0
    else:
        mine &= batch.row == parent["row"]
    # a print from behind the tape may stand alone in the middle of a window
    size, legs = batch.size[mine].sum(), np.count_nonzero(mine)
    whole = size == parent["size"] and legs == parent["legs"]
    return tuple(batch.row[mine].tolist()) if whole else None
