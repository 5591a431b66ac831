"""Cancels, and the rows that they name."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.records import Kind, flaws
from opentape.flow.records import Records, Verdict
from opentape.market.columns import PrintBatch

_MOST: Final = 1 << 16
"""Rejects and cancels kept at a time; a feed with more has other worries."""
_LATE, _CANCEL = int(Verdict.LATE), int(Verdict.CANCEL)
_FIELDS: Final = ("ts_event", "sequence", "row", "contract", "venue", "price", "size")
_Key = tuple[int, ...]


class _Row(NamedTuple):
    """A row of a batch as plain numbers."""

    at: int
    """How many rows were folded before it."""
    ts_event: int
    sequence: int
    row: int
    contract: int
    venue: int
    price: int
    size: int
    cancels: int
    verdict: int

    @property
    def number(self) -> _Key:
        """What a cancel that names it says."""
        return self.contract, self.venue, self.sequence

    @property
    def terms(self) -> _Key:
        """What a cancel that names no number says."""
        return self.contract, self.venue, self.size, self.price

    @property
    def taken(self) -> _Key:
        """What this cancel says."""
        return (self.contract, self.venue, self.cancels) if self.cancels > 0 else self.terms


class Cancels:
    """Cancels that took nothing back so far, and the rows that they may name instead.

    Those are rejects, and prints that came behind their cancel and so still count.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._waiting: dict[_Key, list[_Row]] = {}
        self._numbers: set[int] = set()
        self._sorted: NDArray[np.int64] | None = np.empty(0, np.int64)
        self._others: dict[_Key, list[_Row]] = {}
        self._standing: Records | None = flaws(0)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """What the cancels that wait name, ascending: a print with one of them is odd."""
        if self._sorted is None:
            self._sorted = np.array(sorted(self._numbers), np.int64)
        return self._sorted

    def folded(self, batch: PrintBatch, verdicts: NDArray[np.uint8], odd: int) -> None:
        """Take rows as they were folded.

        Parameters
        ----------
        odd
            How many of them are cancels, rejects, or prints that cancels name.
        """
        first = self._rows
        self._rows += batch.rows
        if not odd:
            return
        met = (verdicts >= _CANCEL) & (verdicts != Verdict.DUPLICATE)
        named = batch.cancels[verdicts == _CANCEL].tolist()
        numbers = self._numbers.union(number for number in named if number > 0)
        if numbers:
            met |= (verdicts <= _LATE) & np.isin(batch.sequence, list(numbers))
        for row in _rows(batch, verdicts, np.flatnonzero(met), first):
            self._meet(row)

    def taken_back(self, prints: PrintBatch) -> Records:
        """Take prints that were taken back; return them."""
        verdicts = np.full(prints.rows, Verdict.TAKEN_BACK, np.uint8)
        rows = list(_rows(prints, verdicts, np.arange(prints.rows), 0))
        for row in rows:
            _ = self._pop(row.number) or self._pop(row.terms)
        return _told(rows, Kind.BUSTED_PRINT)

    def standing(self) -> Records:
        """Return the cancels that took nothing back, or the rows that they name.

        True when every cancel so far was applied. What is returned never changes.
        """
        if self._standing is None:
            waiting = sorted(row for rows in self._waiting.values() for row in rows)
            named, unmatched = self._named(waiting)
            named = _told(named, Kind.BUSTED_PRINT)
            unmatched = _told(unmatched, Kind.UNMATCHED_CANCEL)
            named["value"] = 1
            self._standing = np.concatenate([named, unmatched])
        return self._standing

    def _meet(self, row: _Row) -> None:
        """Take a cancel, a reject, or a print that a cancel before it may name."""
        if row.verdict == _CANCEL:
            self._wait(row)
        elif row.verdict > _LATE or self._waiting.get(row.number):
            self._standing = None
            if len(self._others) < _MOST:
                self._others.setdefault(row.number, []).append(row)
                if row.verdict > _LATE:
                    self._others.setdefault(row.terms, []).append(row)

    def _wait(self, cancel: _Row) -> None:
        self._standing = self._sorted = None
        if len(self._waiting) < _MOST:
            self._waiting.setdefault(cancel.taken, []).append(cancel)
            if cancel.cancels > 0:
                self._numbers.add(cancel.cancels)

    def _pop(self, key: _Key) -> bool:
        """Forget the first cancel that says this; return whether there was one."""
        rows = self._waiting.get(key)
        if rows is None:
            return False
        self._standing = self._sorted = None
        cancel = rows.pop(0)
        if not rows:
            del self._waiting[key]
            self._numbers.discard(cancel.cancels)
        return True

    def _named(self, waiting: list[_Row]) -> tuple[list[_Row], list[_Row]]:
        """Return the rows that cancels name, each once, and the cancels that name none."""
        named: dict[int, _Row] = {}
        unmatched: list[_Row] = []
        for cancel in waiting:
            some = self._others.get(cancel.taken, [])
            fit = [
                row
                for row in some
                if row.at not in named and (cancel.cancels > 0 or row.at < cancel.at)
            ]
            if fit:
                named[fit[-1].at] = fit[-1]
            else:
                unmatched.append(cancel)
        return list(named.values()), unmatched


def _rows(
    batch: PrintBatch, verdicts: NDArray[np.uint8], at: NDArray[np.intp], first: int
) -> Iterator[_Row]:
    columns = [getattr(batch, name)[at] for name in (*_FIELDS, "cancels")]
    columns = [at + first, *columns, verdicts[at]]
    for values in zip(*(one.tolist() for one in columns), strict=True):
        yield _Row(*values)


def _told(rows: Iterable[_Row], kind: Kind) -> Records:
    """Return a flaw of a kind for each of some rows."""
    kept = list(rows)
    found = flaws(len(kept))
    found["kind"] = kind
    found["ts"] = found["last"] = [row.ts_event for row in kept]
    found["sequence"] = [row.sequence for row in kept]
    found["row"] = [row.row for row in kept]
    found["place"] = [row.contract for row in kept]
    found["venue"] = [row.venue for row in kept]
    return found
