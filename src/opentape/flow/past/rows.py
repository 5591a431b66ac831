"""The rows of a trade date as they came, in parts that are neither many nor copied much."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.past import seek
from opentape.market.columns import PrintBatch

_FULL: Final = 1 << 16
"""Small parts are joined when they come to so many rows."""
_SMALL: Final = _FULL // 2
_PENDING: Final = 1 << 10
"""Small parts that may stand side by side."""


class Folded(NamedTuple):
    """Rows of the date as they came, and what became of each."""

    batch: PrintBatch
    verdicts: NDArray[np.uint8]
    """`records.Verdict` of each row."""

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Folded":
        """Return the rows at `places`, in that order."""
        return Folded(self.batch.take(places), self.verdicts[places])


class Found(NamedTuple):
    """Some rows of a part."""

    part: int
    at: NDArray[np.int64]
    """Where in it they are, ascending."""


class Stood(NamedTuple):
    """Some rows of the date beside the clock of then, in the order they came."""

    rows: Folded
    clocks: NDArray[np.int64]
    """Where the clock stood when each had just come."""


class Rows:
    """Every row of a trade date, and the ticks between them."""

    def __init__(self) -> None:
        self.parts: list[Folded] = []
        """The rows, in parts one after the other."""
        self.count = 0
        self._begins: list[int] = []
        """Number of the first row of each part."""
        self._settled = 0
        """Parts before this one are large, and stay as they are."""
        self._small = 0
        """Rows in the parts from there on."""
        self._blocks: list[NDArray[np.int64]] = []
        """Surveys of the first parts, as `seek.survey` makes them."""
        self._after: list[int] = []
        """Where the clock stood after each of those."""
        self._reach: list[tuple[int, int]] = []
        """The first and the last instant in each of them."""
        self._ticks: NDArray[np.int64] = np.empty((64, 2), np.int64)
        self._ticked = 0

    def keep(self, rows: Folded) -> None:
        """Take rows that were folded; their columns must not be written to afterwards."""
        self.parts.append(rows)
        self._begins.append(self.count)
        self.count += rows.verdicts.size
        self._small += rows.verdicts.size
        if rows.verdicts.size >= _SMALL:
            self._settled, self._small = len(self.parts), 0
        elif self._small >= _FULL:
            self._join(self._settled, len(self.parts))
            self._settled, self._small = len(self.parts), 0
        elif len(self.parts) - self._settled >= _PENDING:
            self._tidy()

    def tick(self, now: int) -> None:
        """Note that time alone moved the clock after the rows so far."""
        if self._ticked and self._ticks[self._ticked - 1, 0] == self.count:
            self._ticked -= 1
        elif self._ticked == len(self._ticks):
            self._ticks = np.concatenate([self._ticks, np.empty_like(self._ticks)])
        self._ticks[self._ticked] = self.count, now
        self._ticked += 1

    def of(self, wanted: NDArray[np.bool_]) -> list[Found]:
        """Return the rows of wanted contracts, whatever became of them."""
        self._tidy()
        named = np.flatnonzero(wanted)
        if not named.size:
            return []
        first, last = int(named[0]), int(named[-1])
        room = self._room()
        found: list[Found] = []
        for part, (batch, _) in enumerate(self.parts):
            count = seek.of_contracts(batch.contract, wanted, first, last, room)
            if count:
                found.append(Found(part, room[:count].copy()))
        return found

    def between(self, wanted: NDArray[np.bool_], since: int, until: int) -> list[Found]:
        """Return the rows of wanted contracts with ``since <= ts < until``."""
        self._survey()
        room = self._room()
        found: list[Found] = []
        for part, ((batch, _), blocks) in enumerate(
            zip(self.parts, self._blocks, strict=True)
        ):
            first, last = self._reach[part]
            if first < until and since <= last:
                count = seek.between(
                    batch.ts_event, batch.contract, blocks, wanted, since, until, room
                )
                found.append(Found(part, room[:count].copy()))
        return found

    def stood(self, found: Sequence[Found]) -> Stood:
        """Return rows that were found, and where the clock stood at each."""
        rows = [self.parts[part].take(at) for part, at in found]
        return Stood(_joined(rows), np.concatenate([*map(self._clocks, found)]))

    def mark(self, found: Sequence[Found], verdicts: NDArray[np.uint8]) -> None:
        """Note what became of rows that were found, one after the other."""
        first = 0
        for part, at in found:
            self.parts[part].verdicts[at] = verdicts[first : first + at.size]
            first += at.size

    def _clocks(self, found: Found) -> NDArray[np.int64]:
        self._survey()
        part, at = found
        (batch, verdicts), begins = self.parts[part], self._begins[part]
        ticks = self._ticks_in(begins, begins + verdicts.size)
        clocks = np.empty(at.size, np.int64)
        seek.clocks(batch.ts_event, verdicts, begins, ticks, self._blocks[part], at, clocks)
        return clocks

    def _survey(self) -> None:
        """Survey the parts that came since the last time."""
        if len(self._blocks) == len(self.parts):
            return
        self._tidy()
        for part in range(len(self._blocks), len(self.parts)):
            (batch, verdicts), begins = self.parts[part], self._begins[part]
            blocks = np.empty((-(-verdicts.size // seek.BLOCK), seek.FACTS), np.int64)
            ticks = self._ticks_in(begins, begins + verdicts.size)
            now = self._after[-1] if part else seek.NEVER
            now = seek.survey(batch.ts_event, verdicts, begins, ticks, now, blocks)
            self._blocks.append(blocks)
            self._after.append(now)
            first, last = blocks[:, seek.FIRST].min(), blocks[:, seek.LAST].max()
            self._reach.append((int(first), int(last)))

    def _tidy(self) -> None:
        """Join small parts that are no larger than what comes after: few are left."""
        starts: list[int] = []
        sizes: list[int] = []
        for part in range(self._settled, len(self.parts)):
            starts.append(part)
            sizes.append(self.parts[part].verdicts.size)
            while len(sizes) > 1 and sizes[-2] <= 2 * sizes[-1]:
                sizes[-2:] = [sizes[-2] + sizes[-1]]
                starts.pop()
        for first, end in reversed([*pairwise([*starts, len(self.parts)])]):
            self._join(first, end)

    def _join(self, first: int, end: int) -> None:
        """Make one part of several."""
        parts = self.parts[first:end]
        if len(parts) < 2:  # noqa: PLR2004
            return
        self.parts[first:end] = [_joined(parts)]
        del self._begins[first + 1 : end]
        for surveyed in (self._blocks, self._after, self._reach):
            del surveyed[first:]

    def _ticks_in(self, first: int, end: int) -> NDArray[np.int64]:
        """Return the ticks before each of the rows from `first` on, up to `end`."""
        ticked = self._ticks[: self._ticked, 0]
        low, high = np.searchsorted(ticked, (first, end)).tolist()
        return self._ticks[low:high]

    def _room(self) -> NDArray[np.int64]:
        return np.empty(
            max((part.verdicts.size for part in self.parts), default=0), np.int64
        )


def _joined(parts: Sequence[Folded]) -> Folded:
    batch = PrintBatch.joined([part.batch for part in parts])
    return Folded(batch, np.concatenate([part.verdicts for part in parts]))
