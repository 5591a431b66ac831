"""Rows in the order of their numbers: what is missing among them, and what stood elsewhere.

A numbering is believed where most numbers follow on each other, as those of a feed that
numbers every row do. Elsewhere nothing can be told: a number left out may be a quote's.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality import clocks, stamps
from opentape.flow.quality.records import HOLE, Kind, flaws
from opentape.flow.records import Records
from opentape.pricing.jit import kernel

REACH: Final = 1 << 20
"""A jump over more numbers than this begins another numbering: it is no gap."""
_FOLLOW: Final = 0.5
"""Share of numbers that follow on the one before, from which on a numbering is believed."""
_SHARED: Final = 1 / 64
"""Share of rows whose number another row has too, up to which it is."""


class Edge(NamedTuple):
    """Where the rows that are done with end."""

    sequence: int
    ts: int


class Found(NamedTuple):
    """What is wrong with rows, and what their numbering leaves out."""

    flaws: Records
    """`records.FLAW`."""
    holes: Records
    """`records.HOLE`, ascending."""
    numbered: int
    """Rows whose numbering was believed."""


def nothing() -> Found:
    """Return that nothing is wrong."""
    return Found(flaws(0), np.zeros(0, HOLE), 0)


@kernel
def in_step(rows: Records, number: int) -> bool:
    """Return whether rows go on from a number in order of numbers, rows and instants."""
    follow = 0
    for i in range(rows.size):
        sequence = rows[i]["sequence"]
        if sequence <= number or (number >= 0 and sequence - number > REACH):
            return False
        if i > 0 and (
            rows[i]["row"] <= rows[i - 1]["row"] or rows[i]["ts"] < rows[i - 1]["ts"]
        ):
            return False
        follow += sequence == number + 1
        number = sequence
    return follow >= _FOLLOW * rows.size


def by_number(rows: Records) -> Records:
    """Return rows in the order of their numbers, those of one number as they came."""
    sequence = np.ascontiguousarray(rows["sequence"])
    if (sequence[1:] >= sequence[:-1]).all():
        return rows
    return rows[np.argsort(sequence, kind="stable")]


def main_of(rows: Records) -> NDArray[np.bool_]:
    """Return which rows are of the numbering that most of them are of."""
    if not rows.size:
        return np.zeros(0, np.bool_)
    numbers = np.sort(rows["sequence"])
    ends = np.append(np.flatnonzero(np.diff(numbers) > REACH), numbers.size - 1)
    longest = int(np.argmax(np.diff(ends, prepend=-1)))
    first = 0 if longest == 0 else int(ends[longest - 1]) + 1
    sequence = rows["sequence"]
    return (sequence >= numbers[first]) & (sequence <= numbers[ends[longest]])


def judge(rows: Records, edge: Edge | None, behind: Records) -> Found:
    """Return what is wrong with rows of one numbering.

    Parameters
    ----------
    rows
        `records.NUMBERED`, ordered by sequence.
    edge
        The row before them, None where there is none.
    behind
        Some rows that follow, which are judged later.
    """
    sequence = rows["sequence"]
    again = np.append(False, sequence[1:] == sequence[:-1])[: rows.size]
    repeats = rows[again & rows["refused"]]
    others = int((again & ~rows["refused"]).sum())
    rows = rows[~again] if again.any() else rows
    steps = np.diff(rows["sequence"])
    follow = int((steps == 1).sum())
    if others > _SHARED * rows.size or follow < _FOLLOW * steps.size:
        return nothing()._replace(flaws=of_rows(repeats, Kind.DUPLICATE))
    off = stamps.astray(rows["ts"], edge and edge.ts, behind["ts"])
    parts = [
        of_rows(repeats, Kind.DUPLICATE),
        displaced(rows),
        of_stamps(rows, off),
        clocks.skewed(rows[off == 0] if off.any() else rows),
    ]
    return Found(np.concatenate(parts), holes(rows, edge, off), rows.size)


def of_stamps(rows: Records, off: NDArray[np.int64]) -> Records:
    """Return a flaw for each row that is stamped far ahead of its place, or behind it."""
    found = of_rows(rows[off != 0], Kind.WRONG_TIME)
    found["value"] = off[off != 0]
    return found


def holes(rows: Records, edge: Edge | None, off: NDArray[np.int64]) -> Records:
    """Return the numbers that are missing between rows, and between them and the edge."""
    numbers, ts = rows["sequence"], stamps.set_right(rows["ts"], off)
    if edge is not None:
        numbers = np.append(edge.sequence, numbers)
        ts = np.append(edge.ts, ts)
    at = np.flatnonzero(np.diff(numbers) > 1)
    found: Records = np.zeros(at.size, HOLE)
    found["first"], found["last"] = numbers[at] + 1, numbers[at + 1] - 1
    found["before"], found["after"] = ts[at], ts[at + 1]
    return found


def displaced(rows: Records) -> Records:
    """Return the fewest rows without which the tape stood in the order of the numbers.

    Their value is by how many rows each stood behind its place; below 0 it came early.
    """
    row = np.ascontiguousarray(rows["row"])
    if (row[1:] > row[:-1]).all():
        return flaws(0)
    stays = np.empty(row.size, np.bool_)
    in_order(row, np.empty(row.size, np.int64), np.empty(row.size, np.int64), stays)
    rank = np.empty(row.size, np.int64)
    rank[np.argsort(row, kind="stable")] = np.arange(row.size)
    moved = np.flatnonzero(~stays)
    found = of_rows(rows[moved], Kind.DISORDER)
    found["value"] = rank[moved] - moved
    return found


@kernel
def in_order(
    values: NDArray[np.int64],
    tails: NDArray[np.int64],
    before: NDArray[np.int64],
    stays: NDArray[np.bool_],
) -> None:
    """Mark a longest ascending part of some values; `tails` and `before` are scratch."""
    length = 0
    for i in range(values.size):
        low, high = 0, length
        while low < high:
            middle = (low + high) // 2
            if values[tails[middle]] < values[i]:
                low = middle + 1
            else:
                high = middle
        before[i] = tails[low - 1] if low > 0 else -1
        tails[low] = i
        length = max(length, low + 1)
    stays[:] = False
    at = tails[length - 1] if length > 0 else -1
    while at >= 0:
        stays[at] = True
        at = before[at]


def of_rows(rows: Records, kind: Kind) -> Records:
    """Return a flaw of a kind for each of some rows."""
    found = flaws(rows.size)
    found["kind"] = kind
    found["ts"] = found["last"] = rows["ts"]
    for name in ("sequence", "row", "place", "venue"):
        found[name] = rows[name]
    return found
