"""The numbers of a feed: kept until their neighbours have come, then judged."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality import order, scan
from opentape.flow.quality.order import REACH, Edge, Found, of_rows
from opentape.flow.quality.records import HOLE, MINUTE_NS, NUMBERED, Kind, flaws
from opentape.flow.quality.stamps import NEAR, last_of
from opentape.flow.records import Records
from opentape.market.columns import PrintBatch

WAIT: Final = 1 << 13
"""Rows that are judged at a time; as many more have come by then."""
_BEYOND: Final = 8
"""A gap is told once so many numbers behind it have come."""


class Standing(NamedTuple):
    """How far the numbers are known, as it was at an instant; it never changes."""

    holes: Records
    """`records.HOLE`, ascending, of rows that were judged."""
    waiting: Records
    """`records.NUMBERED`: rows whose neighbours may still come."""
    edge: Edge | None
    numbered: int
    """Rows that were judged by a numbering."""

    def now(self) -> Found:
        """Return what the rows that wait would come to by themselves, and every hole.

        A hole counts once a few numbers behind it have come: a row may be early.
        """
        done = _settled(self, self.waiting, self.waiting.size)
        behind = np.sort(self.waiting["sequence"])
        last = behind[-_BEYOND] if behind.size >= _BEYOND else -1
        fresh = done.found.holes
        told = fresh[fresh["last"] < last]
        holes = np.concatenate([done.holes, told])
        numbered = self.numbered + done.found.numbered
        return Found(done.found.flaws, holes, numbered)


class _Settled(NamedTuple):
    """What judging some rows came to."""

    found: Found
    holes: Records
    """Holes of before, less the numbers that came late."""
    edge: Edge | None
    left: Records
    """Rows that wait on."""


class Numbers:
    """Judges rows by their numbers, so many at a time whatever the batches are.

    Parameters
    ----------
    wait
        Rows that are judged at a time; as many more have come by then.
    """

    def __init__(self, wait: int = WAIT) -> None:
        self._wait = wait
        self._holes: Records = np.zeros(0, HOLE)
        self._edge: Edge | None = None
        self._numbered = 0
        self._waiting: Records = np.empty(2 * wait, NUMBERED)
        self._held = 0

    def add(self, batch: PrintBatch, verdicts: NDArray[np.uint8]) -> list[Records]:
        """Take rows in the order they came; return the flaws of those that were judged."""
        told: list[Records] = []
        came = 0
        while came < batch.rows:
            came, self._held = scan.enter(batch, verdicts, came, self._waiting, self._held)
            if self._held == self._waiting.size:
                told.append(self._settle())
        return told

    def standing(self) -> Standing:
        """Return how far the numbers are known."""
        waiting = self._waiting[: self._held]
        return Standing(self._holes, waiting, self._edge, self._numbered)

    def _settle(self) -> Records:
        done = _settled(self.standing(), self._waiting, self._wait)
        self._holes = np.concatenate([done.holes, done.found.holes])
        self._edge = done.edge
        self._numbered += done.found.numbered
        # views hold the rows that waited: they are replaced, never written over
        self._waiting = np.empty(2 * self._wait, NUMBERED)
        self._held = done.left.size
        self._waiting[: self._held] = done.left
        return done.found.flaws


def _settled(standing: Standing, waiting: Records, most: int) -> _Settled:
    """Judge the rows of the lowest numbers, up to so many, or all that wait."""
    edge = standing.edge
    if order.in_step(waiting, -1 if edge is None else edge.sequence):
        rows, left = waiting[:most], waiting[most:]
        right = np.zeros(rows.size, np.int64)
        found = Found(flaws(0), order.holes(rows, edge, right), rows.size)
        return _Settled(found, standing.holes, _edge(rows, edge), left)
    edge, mine = _numbering(waiting, edge)
    rows = order.by_number(waiting if mine.all() else waiting[mine])
    late = int(np.searchsorted(rows["sequence"], edge.sequence, "right")) if edge else 0
    filled = _filled(standing.holes, rows[:late])
    rows = rows[late:]
    end = rows.size if most == waiting.size else _cut(rows, most)
    found = order.judge(rows[:end], edge, rows[end : end + NEAR])
    told = np.concatenate([filled.flaws, found.flaws])
    edge, left = _edge(rows[:end], edge), rows[end:]
    return _Settled(found._replace(flaws=told), filled.holes, edge, left)


def _edge(rows: Records, edge: Edge | None) -> Edge | None:
    """Return the last of some rows, or what was before them."""
    return Edge(int(rows["sequence"][-1]), last_of(rows["ts"])) if rows.size else edge


def _numbering(
    waiting: Records, edge: Edge | None
) -> tuple[Edge | None, NDArray[np.bool_]]:
    """Return where the numbering of most rows stands, and which rows are of it."""
    if edge is None:
        return None, order.main_of(waiting)
    mine = _near(waiting, edge)
    if 2 * int(mine.sum()) < waiting.size:
        # most rows are of another numbering by now: the feed began anew
        return None, order.main_of(waiting)
    return edge, mine


def _near(rows: Records, edge: Edge) -> NDArray[np.bool_]:
    """Return which rows go on with the numbering that ended at an edge."""
    sequence = np.ascontiguousarray(rows["sequence"])
    if sequence.max(initial=0) - edge.sequence <= REACH:
        return sequence > edge.sequence - REACH
    numbers = np.sort(sequence[sequence > edge.sequence])
    jumps = np.flatnonzero(np.diff(numbers, prepend=edge.sequence) > REACH)
    end = numbers[jumps[0]] if jumps.size else np.iinfo(np.int64).max
    return (sequence < end) & (sequence > edge.sequence - REACH)


def _cut(rows: Records, most: int) -> int:
    """Return how many rows to judge: none that a later one stands before, if it can be."""
    half = min(most, rows.size)
    if half < 2:  # noqa: PLR2004
        return half
    row = np.ascontiguousarray(rows["row"])
    latest = np.maximum.accumulate(row)[: half - 1]
    earliest = np.minimum.accumulate(row[::-1])[::-1][1:half]
    clean = np.flatnonzero(latest < earliest) + 1
    return int(clean[-1]) if clean.size and clean[-1] > half // 2 else half


def _filled(holes: Records, late: Records) -> Found:
    """Take numbers that came late out of the holes; repeats of rejects were there before.

    Returns the flaws and what is left of the holes.
    """
    if not late.size:
        return Found(flaws(0), holes, 0)
    numbers = late["sequence"]
    at = np.searchsorted(holes["last"], numbers)
    inside = at < holes.size
    inside[inside] = holes["first"][at[inside]] <= numbers[inside]
    again = ~inside & late["refused"]
    off = np.zeros(late.size, np.int64)
    off[inside] = _outside(late[inside]["ts"], holes[at[inside]])
    moved = late[inside & (off == 0)]
    told = [
        of_rows(moved, Kind.DISORDER),
        order.of_stamps(late, off),
        of_rows(late[again], Kind.DUPLICATE),
    ]
    return Found(np.concatenate(told), _split(holes, np.unique(numbers[inside])), 0)


def _outside(ts: NDArray[np.int64], holes: Records) -> NDArray[np.int64]:
    """Return by how much rows are stamped ahead of the holes that they belong into."""
    first = np.minimum(holes["before"], holes["after"])
    last = np.maximum(holes["before"], holes["after"])
    off = np.maximum(ts - last, 0) + np.minimum(ts - first, 0)
    return np.where(np.abs(off) > MINUTE_NS, off, 0)


def _split(holes: Records, numbers: NDArray[np.int64]) -> Records:
    """Return holes without some of their numbers, which are ascending."""
    if not numbers.size:
        return holes
    at = np.searchsorted(holes["last"], numbers)
    parts = holes[np.sort(np.concatenate([np.arange(holes.size), at]))]
    parts["first"] = np.sort(np.concatenate([holes["first"], numbers + 1]))
    parts["last"] = np.sort(np.concatenate([holes["last"], numbers - 1]))
    return parts[parts["first"] <= parts["last"]]
