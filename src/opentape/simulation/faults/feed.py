"""A feed with faults: slices of a tape in, the same slices as they are delivered out."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import day_of
from opentape.market.contract import Contracts
from opentape.simulation.chance import stream
from opentape.simulation.faults import clocks, interest, order, prices, quotes, stamps
from opentape.simulation.faults.busts import FIRST_SEQUENCE, Busts
from opentape.simulation.faults.kinds import FaultKind, entries
from opentape.simulation.records import Delivered, Fault

_NEVER: Final = 1 << 62
NO_SEQUENCE: Final = 0
"""In the log of wrong open interest, which hits no print."""


class Faults:
    """Breaks a day slice by slice: gaps first, then quotes, prints added, clocks, order.

    What is broken depends on the seed, the date, the kind and the number of the slice and
    on nothing else. A quote is broken in one way at most.

    Parameters
    ----------
    rates
        How often, as `FaultKind` says of each; kinds that are not named do not happen.
    contracts
        The contracts of the day, by their places.
    day
        Ordinal of the date.
    """

    def __init__(
        self, rates: Mapping[FaultKind, float], contracts: Contracts, seed: int, day: int
    ) -> None:
        self.faults: list[Fault] = []
        """What was done so far; a row that is hit twice is in it twice."""
        self._rates = dict(rates)
        self._contracts = contracts
        self._seed, self._day = seed, day
        self._start_ns = day_of(dt.date.fromordinal(day)).start_ns
        self._slice = 0
        self._in_gap = 0
        self._memory = quotes.Memory(len(contracts), self._start_ns)
        self._busts = Busts()

    def apply(self, delivered: Delivered) -> Delivered:
        """Return the next slice of the day as the feed delivers it."""
        until = int(delivered.ts_event[-1]) if delivered.rows else 0
        rows = self._quoted(self._without_gaps(delivered))
        return self._sent(self._with_busts(rows, until))

    def rest(self) -> Delivered | None:
        """Return what comes after the last slice, cancels alone, None if nothing does."""
        due = self._busts.due(_NEVER)
        rows = Delivered.joined(due) if due else None
        if rows is None or not rows.rows:
            return None
        return self._sent(rows.take(np.argsort(rows.ts_event, kind="stable")))

    def wrong_oi(
        self, open_interest: NDArray[np.int64], contract: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return the open interest that a morning's file says some contracts have.

        Parameters
        ----------
        open_interest
            As it is; what is 0 stays.
        contract
            Place of the contract of each row.

        Returns
        -------
        ndarray
            `UNKNOWN_OI` where the file does not list the contract.
        """
        kind = FaultKind.WRONG_OI
        rng = self._stream(kind, 0)
        written = interest.wrong(open_interest, self._rates.get(kind, 0.0), rng)
        places = contract[written.at].tolist()
        symbols = [self._contracts[place].symbol for place in places]
        self.faults += [
            Fault(kind.value, NO_SEQUENCE, self._start_ns, f"{symbol} {how}")
            for symbol, how in zip(symbols, written.how, strict=True)
        ]
        return written.open_interest

    def next_oi(
        self, open_interest: NDArray[np.int64], told: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the open interest that the file of the next morning says.

        Parameters
        ----------
        open_interest
            As it will be.
        told
            What the file of this morning said.
        """
        for kind, rate in self._asked(FaultKind.REPEATED_OI):
            if self._stream(kind, 0).random() < rate:
                said = f"{int((told >= 0).sum()):,} contracts as this morning"
                self.faults.append(Fault(kind.value, NO_SEQUENCE, self._start_ns, said))
                return told
        return open_interest

    def _stream(self, kind: FaultKind, number: int | None = None) -> np.random.Generator:
        number = self._slice if number is None else number
        return stream(self._seed, self._day, "fault", kind.value, number)

    def _asked(self, *kinds: FaultKind) -> Iterator[tuple[FaultKind, float]]:
        return ((kind, self._rates[kind]) for kind in kinds if kind in self._rates)

    def _without_gaps(self, rows: Delivered) -> Delivered:
        for kind, rate in self._asked(FaultKind.GAP):
            lost, self._in_gap = order.swallowed(
                rows.rows, rate, self._in_gap, self._stream(kind)
            )
            gone = rows.take(lost)
            self.faults += entries(kind, gone, ["swallowed"] * gone.rows)
            rows = rows.take(~lost)
        return rows

    def _quoted(self, rows: Delivered) -> Delivered:
        whole = rows.cancels == 0
        for kind, rate in self._asked(
            FaultKind.STALE_NBBO, FaultKind.CROSSED_NBBO, FaultKind.MISSING_NBBO
        ):
            rng = self._stream(kind)
            hit = whole & (rng.random(rows.rows) < rate)
            broken = self._broken(kind, rows, hit, rng)
            self.faults += entries(kind, rows.take(broken.at), quotes.told(rows, broken))
            whole[broken.at] = False
            rows = broken.rows
        return self._priced(rows, whole)

    def _priced(self, rows: Delivered, whole: NDArray[np.bool_]) -> Delivered:
        for kind, rate in self._asked(FaultKind.IMPOSSIBLE_PRICE):
            rng = self._stream(kind)
            priced = prices.impossible(rows, whole & (rng.random(rows.rows) < rate))
            self.faults += entries(kind, rows.take(priced.at), priced.how)
            rows = priced.rows
        return rows

    def _broken(
        self,
        kind: FaultKind,
        rows: Delivered,
        hit: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> quotes.Broken:
        if kind is FaultKind.STALE_NBBO:
            return self._memory.stale(rows, hit, rng)
        if kind is FaultKind.CROSSED_NBBO:
            return quotes.crossed(rows, hit)
        return quotes.missing(rows, hit, rng)

    def _with_busts(self, rows: Delivered, until_ns: int) -> Delivered:
        for kind, rate in self._asked(FaultKind.BUSTED_PRINT):
            bad, log = self._busts.add(rows, rate, self._stream(kind))
            self.faults += log
            rows = Delivered.joined([rows, bad, *self._busts.due(until_ns)])
            rows = rows.take(np.argsort(rows.ts_event, kind="stable"))
        return rows

    def _sent(self, made: Delivered) -> Delivered:
        """Return rows by the clocks of their venues, in the order of the file."""
        rows = made
        for kind, rate in self._asked(FaultKind.CLOCK_SKEW):
            key = int(self._stream(kind, 0).integers(1 << 62))
            ahead = clocks.offsets_ms(made, rate, key)
            off = ahead != 0
            hit = made.take(off)
            self.faults += entries(kind, hit, clocks.told(hit, ahead[off]))
            rows = clocks.skewed(made, ahead)
        rows = self._stamped(made, rows)
        places = self._laid(made)
        self._slice += 1
        return rows if places is None else rows.take(places)

    def _stamped(self, made: Delivered, rows: Delivered) -> Delivered:
        """Return rows some of whose stamps are far off, of those whose clocks are right."""
        for kind, rate in self._asked(FaultKind.WRONG_TIME):
            rng = self._stream(kind)
            right = (made.ts_event == rows.ts_event) & (made.cancels == 0)
            right &= made.sequence < FIRST_SEQUENCE
            stamped = stamps.astray(rows, right & (rng.random(rows.rows) < rate), rng)
            self.faults += entries(kind, made.take(stamped.at), stamped.how)
            rows = stamped.rows
        return rows

    def _laid(self, made: Delivered) -> NDArray[np.intp] | None:
        if not self._rates.keys() & {FaultKind.DISORDER, FaultKind.DUPLICATE}:
            return None
        nothing = np.empty(0, np.intp), np.empty(0, np.int64)
        moved = again = nothing
        for kind, rate in self._asked(FaultKind.DISORDER):
            moved = order.moves(made.rows, rate, self._stream(kind))
        for kind, rate in self._asked(FaultKind.DUPLICATE):
            again = order.repeats(made.rows, rate, self._stream(kind))
        laid = order.laid(made.rows, moved, again)
        early_late = ("late" if by > 0 else "early" for by in laid.by.tolist())
        shifted = zip(np.abs(laid.by).tolist(), early_late, strict=True)
        after = (f"again after {rows:,} rows" for rows in laid.after.tolist())
        self.faults += entries(
            FaultKind.DISORDER,
            made.take(laid.moved),
            (f"{rows:,} rows {way}" for rows, way in shifted),
        )
        self.faults += entries(FaultKind.DUPLICATE, made.take(laid.again), after)
        return laid.places
