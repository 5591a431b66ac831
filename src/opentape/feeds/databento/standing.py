"""The consolidated quote that stands for each contract at an instant.

`cbbo-1s` and `cbbo-1m` write a record where a quote or the last trade changed within the
interval, and none where nothing did: a quote stands until the next record of its session.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.databento.instruments import Instruments, Names, days_of
from opentape.feeds.databento.prints import KINDS
from opentape.feeds.databento.records import (
    CBBO_1M,
    CBBO_1S,
    Block,
    Records,
    parts,
    read_header,
)
from opentape.feeds.raw.inflate import Inflated
from opentape.market.calendar import day_of, trade_date
from opentape.market.contract import NO_CONTRACT, Contracts
from opentape.market.errors import BadFile
from opentape.market.money import NANOS
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import SHOWN, Skips

_QUOTES: Final = frozenset({CBBO_1S, CBBO_1M})
_DAY_BITS: Final = 20
_FIRST_NS: Final = 631_152_000_000_000_000
_PAST_NS: Final = 4_102_444_800_000_000_000
_UNDEF_PRICE: Final = 2**63 - 1
HELD: Final = 1 << 20


class Standing(NamedTuple):
    """Quotes, at most one a number and day of a file."""

    row: NDArray[np.int64]
    """Which record of all files each is, counted from 0."""
    number: NDArray[np.int64]
    day: NDArray[np.int64]
    ts: NDArray[np.int64]
    """The end of the interval in which it was made, nanoseconds since 1970 UTC."""
    bid: NDArray[np.float64]
    """Dollars, NaN where there is none."""
    ask: NDArray[np.float64]
    last: NDArray[np.float64]
    """Price of the session's last trade so far."""
    bid_size: NDArray[np.int64]
    ask_size: NDArray[np.int64]

    def take(self, places: NDArray[np.bool_] | NDArray[np.intp]) -> "Standing":
        """Return the rows at `places`."""
        return Standing._make(column[places] for column in self)

    @classmethod
    def joined(cls, pieces: "Sequence[Standing]") -> "Standing":
        """Return the rows of all pieces, one after the other."""
        return cls._make(np.concatenate(columns) for columns in zip(*pieces, strict=True))

    def newest(self) -> "Standing":
        """Return the last row by time of each number and day, oldest first."""
        order = np.argsort(self.ts, kind="stable")
        keys = (self.number << _DAY_BITS | self.day)[order]
        _, from_end = np.unique(keys[::-1], return_index=True)
        return self.take(order[np.sort(keys.size - 1 - from_end)])


class StandingQuotes:
    """What the DBN files of one chain tell."""

    def __init__(
        self, contracts: Contracts, skips: Skips, as_of_ns: int | None, *, held: int = HELD
    ) -> None:
        """Take where to put what is found, and the instant that is asked for, if one is.

        Parameters
        ----------
        held : int
            Quotes to hold before all but the newest of each contract are let go.
        """
        self._most = held
        self._instruments = Instruments(contracts)
        self._skips = skips
        self._as_of_ns = as_of_ns
        self._told: list[tuple[Names, Standing]] = []
        self._schemas: list[str] = []
        self._rows = 0
        """Records of the files read before."""

    def read(self, file: Inflated) -> int:
        """Take what a file tells, quotes only up to the instant; return its records.

        Raises
        ------
        BadFile
            If it is damaged.
        """
        header = read_header(file)
        own = self._instruments.map(header.spans)
        self._schemas.append(str(header.schema or "mixed"))
        held: list[Standing] = []
        rows = 0
        for part in parts(file, header):
            if isinstance(part, Block):
                for group in part.groups:
                    if group.kind not in KINDS:
                        held += self._read(group, own)
                rows += part.rows
            elif part is not header:
                # another file was put after the first
                own.add(part.spans)
            if sum(piece.ts.size for piece in held) > self._most:
                held = [Standing.joined(held).newest()]
        if held:
            self._told.append((own, Standing.joined(held).newest()))
        self._rows += rows
        return rows

    def standing(self) -> tuple[NDArray[np.int32], Standing]:
        """Return contracts and quotes of the newest session, oldest first.

        Raises
        ------
        BadFile
            If there are none.
        """
        newest = max((int(s.ts.max()) for _, s in self._told if s.ts.size), default=None)
        if newest is None:
            told = ", ".join(self._schemas)
            raise BadFile(
                "a chain of DBN files has cbbo-1s or cbbo-1m records at or before the "
                f"instant that is asked for, was {told} without"
            )
        session = day_of(trade_date(newest))
        found = [(own, s.take(s.ts >= session.start_ns)) for own, s in self._told]
        contract = np.concatenate(
            [self._instruments.places(s.number, s.day, own) for own, s in found]
        )
        quotes = Standing.joined([s for _, s in found])
        unnamed = contract == NO_CONTRACT
        self._refuse("bad_contract", quotes.row[unnamed], quotes.number[unnamed])
        order = np.argsort(quotes.ts, kind="stable")
        order = order[~unnamed[order]]
        return contract[order], quotes.take(order)

    def open_interest(self, contract: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return what the files tell of each contract, `UNKNOWN_OI` where nothing."""
        known = self._instruments.open_interest or OpenInterest.none()
        return known.of(self._instruments.contracts)[contract]

    def _read(self, records: Records, own: Names) -> list[Standing]:
        if records.kind not in _QUOTES:
            self._instruments.learn(records, own)
            return []
        fields, rows = records.fields, records.rows + self._rows
        stamps = fields["ts_recv"]
        wrong = (stamps < _FIRST_NS) | (stamps >= _PAST_NS)
        self._refuse("bad_time", rows[wrong], stamps[wrong])
        wanted = ~wrong
        if self._as_of_ns is not None:
            wanted &= stamps <= self._as_of_ns
        fields = fields[wanted]
        quotes = Standing(
            row=rows[wanted],
            number=fields["instrument_id"].astype(np.int64),
            day=days_of(fields),
            ts=fields["ts_recv"].astype(np.int64),
            bid=_dollars(fields["bid_px_00"]),
            ask=_dollars(fields["ask_px_00"]),
            last=_dollars(fields["price"]),
            bid_size=fields["bid_sz_00"].astype(np.int64),
            ask_size=fields["ask_sz_00"].astype(np.int64),
        )
        return [quotes.newest()]

    def _refuse(
        self, reason: str, rows: NDArray[np.int64], found: NDArray[np.integer[Any]]
    ) -> None:
        shown = zip(rows[:SHOWN].tolist(), map(str, found[:SHOWN].tolist()), strict=True)
        self._skips.add(reason, rows.size, shown)


def _dollars(nanos: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(nanos == _UNDEF_PRICE, np.nan, nanos / NANOS)
