"""Open interest: told each morning, of every contract, and moved by no more than volume."""

import datetime as dt
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
    """Open interest of every contract, beside what it traded.

    Parameters
    ----------
    oi_date
        The trade date of the first open interest, where it is not the first date.
    """

    def __init__(self, contracts: Contracts, oi_date: dt.date | None = None) -> None:
        self._contracts = contracts
        self._told: OpenInterest | None = None
        self._oi_date = oi_date
        self._fresh = False
        """Whether what was told is of the date's own morning."""
        self._known = 0
        self.interest = np.empty(0, np.int64)
        """By place; `UNKNOWN_OI` where it was not told."""
        self.noted = np.empty(0, np.bool_)
        """Contracts that traded, of which it was said whether it was told."""
        self.volume = np.empty(0, np.int64)
        """Contracts traded on the date."""
        self._listed = np.empty(0, np.int64)
        """The volume of the date that chains say."""
        self._seen = np.empty(0, np.bool_)
        """Contracts that a chain listed."""
        self._span = Span(0, 0)
        self._begun_ns = 0
        self._chains: dict[str, int] = {}
        """When the newest chain of each underlying was taken."""
        self._early: list[Chain] = []
        """Chains that came before the first print of their date."""

    def settle(self, interest: OpenInterest, last_gap_ns: int) -> Records:
        """Take the open interest of a morning; return what is wrong with it.

        Parameters
        ----------
        last_gap_ns
            When the last print that is known to be missing was made; 0 for none.
        """
        found = flaws(0)
        if self._begun_ns and self._told is not None and self._whole_day():
            found = self._moved(interest, last_gap_ns)
        if self._begun_ns:
            # it counts from the next date on
            self._oi_date = trade_date(self._span.end_ns)
        elif self._told is not None:
            # what was handed on is told anew
            self._oi_date = None
        self._told = interest
        return found

    def admit(self) -> None:
        """Make room for the contracts that were named since the last time."""
        known, now = self._known, len(self._contracts)
        if known == now:
            return
        if now > self.interest.size:
            self._grow(max(now, 2 * self.interest.size))
        told = self._told if self._fresh else None
        self.interest[known:now] = (
            UNKNOWN_OI if told is None else told.of(self._contracts, known)[: now - known]
        )
        self.noted[known:now] = self._seen[known:now] = told is None
        self.volume[known:now] = self._listed[known:now] = 0
        self._known = now

    def turn(self, span: Span) -> None:
        """Begin a date."""
        date = trade_date(span.start_ns)
        self._oi_date = self._oi_date or date
        self._fresh = self._told is not None and self._oi_date >= date
        self._span, self._begun_ns, self._known = span, 0, 0
        self._chains.clear()
        self.admit()

    def began(self, first_ns: int) -> Records:
        """Take the first print of a date; return what is wrong with its morning so far."""
        if self._begun_ns:
            return flaws(0)
        self._begun_ns = first_ns
        early, self._early = self._early, []
        told = [self.chain(chain) for chain in early]
        missing = flaws(0) if self._fresh else _whole(Kind.MISSING_OI, first_ns, 1)
        return np.concatenate([missing, *told])

    def chain(self, chain: Chain) -> Records:
        """Take a chain; return contracts that it lists and the morning left out."""
        if not self._begun_ns or chain.as_of >= self._span.end_ns:
            self._early.append(chain)
            return flaws(0)
        if chain.as_of < self._span.start_ns:
            return flaws(0)
        self.admit()
        places, as_of = chain.contract, chain.as_of
        self._chains[chain.underlying] = max(as_of, self._chains.get(chain.underlying, 0))
        self._listed[places] = np.maximum(self._listed[places], chain.volume)
        fresh = places[~self._seen[places]]
        self._seen[fresh] = True
        missing = fresh[self.interest[fresh] == UNKNOWN_OI]
        day = (trade_date(as_of) - EPOCH).days
        missing = missing[self._contracts.expiries(missing) >= day]
        return _each(missing, Kind.MISSING_OI, as_of)

    def taken_back(self, prints: PrintBatch) -> None:
        """Leave prints out of the volume."""
        np.subtract.at(self.volume, prints.contract, prints.size)

    def _whole_day(self) -> bool:
        """Return whether the tape of the date had its beginning."""
        session = session_of(trade_date(self._begun_ns))
        return session is not None and self._begun_ns <= session.start_ns + _SOON_NS

    def _moved(self, told: OpenInterest, last_gap_ns: int) -> Records:
        """Return what of the next morning's open interest the volume does not allow."""
        self.admit()
        before = self.interest[: self._known]
        now = told.of(self._contracts)[: self._known]
        known = (before != UNKNOWN_OI) & (now != UNKNOWN_OI)
        volume = np.maximum(self.volume, self._listed)[: self._known]
        traded = known & (volume > 0)
        if traded.sum() >= _REPEATED and (before[traded] == now[traded]).all():
            return _whole(Kind.REPEATED_OI, self._span.end_ns, int(known.sum()))
        wrong = known & (np.abs(now - before) > volume)
        places = np.flatnonzero(wrong & self._complete(last_gap_ns)).astype(np.int32)
        found = _each(places, Kind.WRONG_OI, self._span.end_ns)
        found["value"] = (now - before)[places]
        return found

    def _complete(self, last_gap_ns: int) -> NDArray[np.bool_]:
        """Return the contracts whose volume is known: nothing is missing behind a chain."""
        places = np.arange(self._known, dtype=np.int32)
        names = self._contracts.underlying_names()
        known = [self._chains.get(name, 0) >= last_gap_ns for name in names]
        return np.array(known, np.bool_)[self._contracts.underlyings(places)]

    def _grow(self, size: int) -> None:
        for name in ("interest", "noted", "volume", "_listed", "_seen"):
            column: NDArray[np.int64] = getattr(self, name)
            grown = np.zeros(size, column.dtype)
            grown[: column.size] = column
            setattr(self, name, grown)


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
