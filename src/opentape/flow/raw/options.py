"""The option tape as it comes: prints, and minutes of every underlying and expiry."""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from opentape.flow.day import Day
from opentape.flow.past.rows import Folded, Found
from opentape.flow.raw import read
from opentape.flow.raw.newest import Newest
from opentape.flow.raw.records import ALWAYS, MINUTE_NS, NEVER, TRADE
from opentape.flow.raw.shelf import joined
from opentape.flow.raw.table import Table
from opentape.flow.raw.views import OptionView, Series
from opentape.flow.records import Records
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.roots import underlying_of

MINUTES: Final = 1_500
"""Minutes that are kept, back from the newest print of the tape."""
BLOCK: Final = 100
"""Contracts from which on a print is a block."""
_READ_AT_ONCE: Final = 1 << 10
_CHUNK: Final = 1 << 13
"""Prints counted at a time: few enough to stay in cache from step to step."""
_DAY_BITS: Final = 20
_Number = TypeVar("_Number", np.int32, np.int64, np.bool_)


class OptionTape:
    """Raw option flow of every underlying; tell it to a `Fold` as whoever watches.

    Batches of one print or of a million give the same. All but `Contracts` belongs to the
    thread that folds.
    """

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._minutes = Table(MINUTE_NS, MINUTES)
        self._by_expiry = Table(MINUTE_NS, MINUTES)
        self._newest = Newest(BLOCK)
        self._names: dict[str, int] = {}
        self._of_root: list[int] = []
        self._expiries: list[dict[int, int]] = []
        """Slots of `by_expiry` by expiry, for each underlying."""
        self._columns: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
        """The same as expiries and slots, which ascend."""
        self._known = self._slots = 0
        self._owner = np.zeros(0, np.int32)
        self._slot = np.zeros(0, np.int32)
        self._last = np.zeros(0, np.int64)
        """When each contract traded last, and last before today."""
        self._before = np.zeros(0, np.int64)
        self._traded = np.zeros(0, np.int32)
        self._since = NEVER
        self._oldest = ALWAYS
        """No contract of those counted in `traded` traded last before this."""
        self._touched = np.zeros(0, np.bool_)
        self._readings = np.empty(_READ_AT_ONCE, np.uint16)
        self._trades: Records = np.empty(_CHUNK, TRADE)
        self._owners_of = np.empty(_CHUNK, np.int32)
        self._slots_of = np.empty(_CHUNK, np.int32)

    def folded(self, rows: Folded, rules: Records) -> None:
        """Count the prints among rows that were folded."""
        self._admit()
        for first in range(0, rows.verdicts.size, _CHUNK):
            part = rows
            if rows.verdicts.size > _CHUNK:
                some = slice(first, first + _CHUNK)
                part = Folded(rows.batch.take(some), rows.verdicts[some])
            self._count(self._read(part, rules, self._trades), rules)

    def _count(self, trades: Records, rules: Records) -> None:
        if not trades.size:
            return
        owners, slots = self._owners_of[: trades.size], self._slots_of[: trades.size]
        read.own(trades, self._owner, self._slot, owners, slots, self._touched)
        self._minutes.add(trades, owners)
        self._by_expiry.add(trades, slots)
        self._newest.add(trades, owners)
        since = self._minutes.since_ns
        if since > self._since:
            self._forget(since)
        begins = int(rules["date_from"][0])
        last, before = self._last, self._before
        first = read.note(trades, slots, since, begins, last, before, self._traded)
        self._oldest = min(self._oldest, first)

    def taken_back(self, prints: PrintBatch, day: Day) -> None:
        """Leave prints out that a cancel took back, as if they had never come.

        The minutes they were in are counted anew from all that the day keeps. Only the
        newest prints stay fewer by them: what they pushed out does not come back.
        """
        self._admit()
        counted = Folded(prints, np.zeros(prints.rows, np.uint8))
        gone = self._read(counted, day.rules, np.empty(prints.rows, TRADE))
        if not gone.size:
            return
        places = gone["place"]
        owners, slots = self._owner[places], self._slot[places]
        self._newest.remove(gone, owners)
        self._touched[owners] = True
        starts = gone["ts"] - gone["ts"] % MINUTE_NS
        for start in set[int](starts.tolist()):
            mine = starts == start
            self._again(day, start, np.unique(owners[mine]), np.unique(slots[mine]))
        newest = places[gone["ts"] >= self._last[places]]
        if newest.size:
            self._trade_last(day, np.unique(newest))

    def _again(
        self, day: Day, start: int, owners: NDArray[np.int32], slots: NDArray[np.int32]
    ) -> None:
        """Count a minute of some underlyings, and of some of their expiries, anew."""
        if start < self._minutes.since_ns:
            return
        owned = np.zeros(len(self._names), np.bool_)
        owned[owners] = True
        wanted = owned[self._owner]
        left = self._standing(day, day.rows.between(wanted, start, start + MINUTE_NS))
        places = left["place"]
        self._minutes.again(start, owners, left, self._owner[places])
        self._by_expiry.again(start, slots, left, self._slot[places])

    def _trade_last(self, day: Day, places: NDArray[np.int32]) -> None:
        """Find out when contracts traded last whose newest print was taken back."""
        counted = places[self._last[places] >= self._since]
        wanted = np.zeros(self._owner.size, np.bool_)
        wanted[places] = True
        left = self._standing(day, day.rows.of(wanted))
        self._last[places] = self._before[places]
        np.maximum.at(self._last, left["place"], left["ts"])
        ceased = counted[self._last[counted] < self._since]
        np.subtract.at(self._traded, self._slot[ceased], 1)
        self._oldest = min(self._oldest, int(self._last[counted].min(initial=ALWAYS)))

    def earlier(self, prints: PrintBatch) -> None:
        """Leave rows out whose trade date is over: its minutes are told."""

    def view(self, symbol: str) -> OptionView | None:
        """Return an underlying's tape as it is now, None where none was ever named."""
        owner = self._names.get(symbol)
        if owner is None:
            return None
        expiries, slots = self._columns[owner]
        since = self._minutes.since_ns
        return OptionView(
            minutes=Series(
                self._minutes.closed(owner),
                self._minutes.opened(np.array([owner], np.int32)),
                since,
            ),
            by_expiry=Series(
                self._by_expiry.closed(owner), self._by_expiry.opened(slots), since
            ),
            slots=self._expiries[owner],
            expiries=expiries,
            traded=self._traded[slots],
            recent=self._newest.recent(owner),
            blocks=self._newest.blocks(owner),
        )

    def touched(self) -> list[str]:
        """Return the underlyings that anything came for since this was last asked."""
        names, touched = list(self._names), np.flatnonzero(self._touched)
        self._touched[touched] = False
        return [names[owner] for owner in touched.tolist()]

    def _read(self, rows: Folded, rules: Records, room: Records) -> Records:
        count = read.options(rows.batch, rows.verdicts, rules, self._readings, room)
        return room[:count]

    def _standing(self, day: Day, found: Sequence[Found]) -> Records:
        """Return the prints among some rows that still count, in the order they came."""
        left: list[Records] = [np.empty(0, TRADE)]
        for part, at in found:
            rows = day.rows.parts[part].take(at)
            left.append(self._read(rows, day.rules, np.empty(at.size, TRADE)))
        return joined(left)

    def _forget(self, since: int) -> None:
        """Count the contracts that traded since an instant, later than that of before."""
        self._since = since
        if since <= self._oldest:
            return
        last = self._last[: self._known]
        recent = last >= since
        counted = np.bincount(self._slot[: self._known][recent], minlength=self._slots)
        self._traded[: self._slots] = counted
        self._oldest = int(last.min(where=recent, initial=ALWAYS))

    def _admit(self) -> None:
        """Make room for the contracts that were named since the last time."""
        known, now = self._known, len(self._contracts)
        if known == now:
            return
        owners = self._named_owners()[self._contracts.root_codes[known:now]]
        slots = self._named_slots(owners, self._contracts.expiry_days[known:now])
        self._owner = _roomy(self._owner, now, 0)
        self._slot = _roomy(self._slot, now, 0)
        self._last = _roomy(self._last, now, NEVER)
        self._before = _roomy(self._before, now, NEVER)
        self._owner[known:now], self._slot[known:now] = owners, slots
        self._known = now

    def _named_owners(self) -> NDArray[np.int32]:
        """Return the place of the underlying of every root, new ones numbered on."""
        roots, before = self._contracts.roots, len(self._names)
        for root in roots[len(self._of_root) :]:
            owner = self._names.setdefault(underlying_of(root), len(self._names))
            self._of_root.append(owner)
        fresh = range(before, len(self._names))
        self._expiries.extend({} for _ in fresh)
        self._minutes.admit(np.array(fresh, np.int32))
        self._newest.admit(len(self._names))
        self._touched = _roomy(self._touched, len(self._names), 0)
        return np.array(self._of_root, np.int32)

    def _named_slots(
        self, owners: NDArray[np.int32], days: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Return the slot of each underlying and expiry; new ones are numbered on."""
        keys = owners.astype(np.int64) << _DAY_BITS | days
        pairs, at = np.unique(keys, return_inverse=True)
        found: list[int] = []
        fresh: list[int] = []
        owned: list[int] = (pairs >> _DAY_BITS).tolist()
        dated: list[int] = (pairs & (1 << _DAY_BITS) - 1).tolist()
        for owner, day in zip(owned, dated, strict=True):
            slot = self._expiries[owner].get(day)
            if slot is None:
                slot = self._slots + len(fresh)
                # another thread may be reading the slots of an earlier view
                self._expiries[owner] = {**self._expiries[owner], day: slot}
                fresh.append(owner)
            found.append(slot)
        self._by_expiry.admit(np.array(fresh, np.int32))
        self._columns.extend(_columns({}) for _ in self._expiries[len(self._columns) :])
        for owner in set(fresh):
            self._columns[owner] = _columns(self._expiries[owner])
        self._slots += len(fresh)
        self._traded = _roomy(self._traded, self._slots, 0)
        return np.array(found, np.int32)[at]


def _columns(slots: dict[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return np.array(list(slots), np.int64), np.array(list(slots.values()), np.int32)


def _roomy(column: NDArray[_Number], length: int, fill: int) -> NDArray[_Number]:
    """Return a column that is at least so long, and grows seldom."""
    if length <= column.size:
        return column
    grown = np.full(max(length, 2 * column.size), fill, column.dtype)
    grown[: column.size] = column
    return grown
