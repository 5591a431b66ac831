"""Open interest: told each morning, of every contract, and moved by no more than volume."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.records import Kind, Source, flaws
from opentape.flow.records import Records
from opentape.market.calendar import EPOCH, SECOND_NS, Span, session_of, trade_date
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest

_SOON_NS: Final = 300 * SECOND_NS
"""A tape that begins so soon after the open has the volume of the day."""
_REPEATED: Final = 20
"""Contracts that traded, from which on none whose open interest moved is a repeat."""


class Mornings:
    """Open interest of every contract, beside what it traded."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._told: OpenInterest | None = None
        self._next: OpenInterest | None = None
        self._fresh = False
        """Whether what was told is of the date's own morning."""
        self._known = 0
        self.interest = np.empty(0, np.int64)
        """By place; `UNKNOWN_OI` where it was not told."""
        self.noted = np.empty(0, np.bool_)
        """Contracts of which it was said whether it was told."""
        self.volume = np.empty(0, np.int64)
        """Contracts traded on the date."""
        self._listed = np.empty(0, np.int64)
        """The volume of the date that the newest chain says."""
        self._chains: dict[str, int] = {}
        """When the newest chain of each underlying was taken."""
        self._begun_ns = 0

    def settle(self, interest: OpenInterest) -> None:
        """Take the open interest of a morning before the first print of its date."""
        if self._begun_ns:
            self._next = interest
        else:
            self._told, self._known, self._fresh = interest, 0, True
            self.admit()

    def admit(self) -> None:
        """Make room for the contracts that were named since the last time."""
        known, now = self._known, len(self._contracts)
        if known == now:
            return
        if now > self.interest.size:
            self._grow(max(now, 2 * self.interest.size))
        told = self._told
        self.interest[known:now] = (
            UNKNOWN_OI if told is None else told.of(self._contracts, known)[: now - known]
        )
        self.noted[known:now] = not self._fresh
        self.volume[known:now] = self._listed[known:now] = 0
        self._known = now

    def began(self, first_ns: int) -> Records:
        """Take the first print of a date; return whether its open interest is missing."""
        if self._begun_ns:
            return flaws(0)
        self._begun_ns = first_ns
        return flaws(0) if self._told is not None else _whole(Kind.MISSING_OI, first_ns, 1)

    def chain(self, chain: Chain) -> Records:
        """Take a chain; return the contracts that it lists and that no morning told of."""
        self.admit()
        places = chain.contract
        self._chains[chain.underlying] = chain.as_of
        self._listed[places] = np.maximum(self._listed[places], chain.volume)
        fresh = places[~self.noted[places]]
        self.noted[fresh] = True
        missing = fresh[self.interest[fresh] == UNKNOWN_OI]
        day = (trade_date(chain.as_of) - EPOCH).days
        missing = missing[self._contracts.expiries(missing) >= day]
        return _each(missing, Kind.MISSING_OI, chain.as_of)

    def taken_back(self, prints: PrintBatch) -> None:
        """Leave prints out of the volume."""
        np.subtract.at(self.volume, prints.contract, prints.size)

    def turn(self, span: Span, last_gap_ns: int) -> Records:
        """Begin a date; return what is wrong with its open interest.

        Parameters
        ----------
        last_gap_ns
            When the last print that is known to be missing was made; 0 for none.
        """
        self.admit()
        before, told = self.interest[: self._known].copy(), self._told
        fresh, self._next = self._next, None
        found = flaws(0)
        if fresh is not None:
            self._told = fresh
            now = fresh.of(self._contracts)[: self._known]
            if told is not None and self._whole_day():
                found = self._moved(before, now, span, last_gap_ns)
        elif told is not None:
            found = _whole(Kind.MISSING_OI, span.start_ns, 1)
        self._known, self._begun_ns, self._fresh = 0, 0, fresh is not None
        self._chains.clear()
        self.admit()
        return found

    def _whole_day(self) -> bool:
        """Return whether the tape of the date that ends had its beginning."""
        session = session_of(trade_date(self._begun_ns))
        return session is not None and self._begun_ns <= session.start_ns + _SOON_NS

    def _moved(
        self,
        before: NDArray[np.int64],
        now: NDArray[np.int64],
        span: Span,
        last_gap_ns: int,
    ) -> Records:
        known = (before != UNKNOWN_OI) & (now != UNKNOWN_OI)
        volume = np.maximum(self.volume, self._listed)[: self._known]
        traded = known & (volume > 0)
        if traded.sum() >= _REPEATED and (before[traded] == now[traded]).all():
            return _whole(Kind.REPEATED_OI, span.start_ns, int(known.sum()))
        wrong = known & (np.abs(now - before) > volume)
        wrong &= self._contracts.expiry_days[: self._known] >= _day(span)
        places = np.flatnonzero(wrong & self._complete(last_gap_ns)).astype(np.int32)
        found = _each(places, Kind.WRONG_OI, span.start_ns)
        found["value"] = (now - before)[places]
        return found

    def _complete(self, last_gap_ns: int) -> NDArray[np.bool_]:
        """Return the contracts whose volume is known: nothing is missing behind a chain."""
        places = np.arange(self._known, dtype=np.int32)
        names = self._contracts.underlying_names()
        known = [self._chains.get(name, 0) >= last_gap_ns for name in names]
        return np.array(known, np.bool_)[self._contracts.underlyings(places)]

    def _grow(self, size: int) -> None:
        for name in ("interest", "noted", "volume", "_listed"):
            column: NDArray[np.int64] = getattr(self, name)
            grown = np.zeros(size, column.dtype)
            grown[: column.size] = column
            setattr(self, name, grown)


def _day(span: Span) -> int:
    return (trade_date(span.start_ns) - EPOCH).days


def _whole(kind: Kind, ts: int, count: int) -> Records:
    """Return a flaw of all open interest."""
    found = flaws(1)
    found["kind"], found["source"], found["count"] = kind, Source.OPEN_INTEREST, count
    found["ts"] = found["last"] = ts
    return found


def _each(places: NDArray[np.int32], kind: Kind, ts: int) -> Records:
    """Return a flaw of the open interest of each of some contracts."""
    found = flaws(places.size)
    found["kind"], found["source"] = kind, Source.OPEN_INTEREST
    found["ts"] = found["last"] = ts
    found["place"] = places
    return found
