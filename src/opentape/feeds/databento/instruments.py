"""Instrument numbers to contracts, and the open interest of each.

A day lists 1.5 million series and trades a tenth of them, so names stay text until a print
asks for one. The number of a series may be another one tomorrow: every name has its days.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.databento.header import Spans
from opentape.feeds.databento.records import (
    DEFINITION,
    STATISTICS,
    SYMBOL_MAPPING,
    Records,
)
from opentape.market import osi
from opentape.market.contract import MULTIPLIER, NO_CONTRACT, Contracts
from opentape.market.open_interest import OpenInterest

DAY_NS: Final = 86_400_000_000_000
UNDEF_TIME: Final = 2**64 - 1

_DAY_BITS: Final = 20
_ALWAYS: Final = (1 << _DAY_BITS) - 1
_OPEN_INTEREST: Final = 9
_DELETED: Final = 2
_DELETED_LETTER: Final = ord("D")
_UNDEF_MULTIPLIER: Final = 2**31 - 1
_PARSED: Final = 1 << 18
"""Symbols taken apart at once."""


class Names:
    """What numbers stood for, each for some days; spans of a number do not overlap."""

    def __init__(self) -> None:
        self.symbols: list[str] = []
        self._keys = np.empty(0, np.int64)
        self._ends = np.empty(0, np.int64)
        self._order = np.empty(0, np.int64)

    def add(self, spans: Spans) -> None:
        """Add names; of two for the same number from the same day the later counts."""
        keys = spans.numbers << _DAY_BITS | np.maximum(spans.first, 0)
        order = np.arange(keys.size) + len(self.symbols)
        self.symbols += spans.symbols
        keys = np.concatenate([self._keys, keys])
        sort = np.argsort(keys, kind="stable")
        self._keys = keys[sort]
        self._ends = np.concatenate([self._ends, spans.end])[sort]
        self._order = np.concatenate([self._order, order])[sort]

    def find(
        self, numbers: NDArray[np.int64], days: NDArray[np.int64], *, ended: bool = False
    ) -> NDArray[np.int64]:
        """Return the place in `symbols` of each number on its day, -1 for none.

        Parameters
        ----------
        ended : bool
            Take the last name that a number had, even where its days are over.
        """
        if not self._keys.size:
            return np.full(numbers.size, -1, np.int64)
        wanted = numbers << _DAY_BITS | days
        at = np.searchsorted(self._keys, wanted, side="right") - 1
        named = (at >= 0) & (self._keys[at] >> _DAY_BITS == numbers)
        return np.where(named & (ended | (days < self._ends[at])), self._order[at], -1)


class Statistics(NamedTuple):
    """Open interest as it was told, at most once a number."""

    numbers: NDArray[np.int64]
    about: NDArray[np.int64]
    """The time that it is for, as far as the feed says."""
    told: NDArray[np.int64]
    days: NDArray[np.int64]
    quantity: NDArray[np.int64]


class Instruments:
    """What the DBN files of one tape say of the instruments in them."""

    def __init__(self, contracts: Contracts) -> None:
        self.contracts = contracts
        self._defined = Names()
        self._mapped: list[Names] = []
        self._multipliers: dict[str, int] = {}
        self._statistics: list[Statistics] = []
        self._open_interest: OpenInterest | None = None

    def map(self, spans: Spans) -> Names:
        """Take the names that the header of a file gives; return them as one file's own."""
        names = Names()
        names.add(spans)
        self._mapped.append(names)
        return names

    def learn(self, records: Records, own: Names) -> None:
        """Take what records that are no prints tell: names, multipliers, open interest."""
        if records.kind == DEFINITION:
            self._define(records.fields)
        elif records.kind == SYMBOL_MAPPING:
            own.add(_mapping_spans(records.fields))
        elif records.kind == STATISTICS:
            found = _open_interest(records.fields)
            self._statistics += [] if found is None else [found]

    def places(
        self, numbers: NDArray[np.int64], days: NDArray[np.int64], own: Names
    ) -> NDArray[np.int32]:
        """Return the contract of each number on its day, `NO_CONTRACT` for none."""
        symbols = self._symbols(numbers, days, own)
        before = len(self.contracts)
        places = self.contracts.intern(symbols)
        if self._multipliers and len(self.contracts) > before:
            for symbol, place in zip(symbols, places.tolist(), strict=True):
                multiplier = self._multipliers.get(symbol, MULTIPLIER)
                if multiplier != MULTIPLIER and place != NO_CONTRACT:
                    self.contracts.set_multiplier(place, multiplier)
        return places

    @property
    def open_interest(self) -> OpenInterest | None:
        """The newest open interest of each contract, None if none was told."""
        if self._open_interest is None and self._statistics:
            columns = zip(*self._statistics, strict=True)
            told = _newest(Statistics(*(np.concatenate(column) for column in columns)))
            self._statistics.clear()
            symbols = self._symbols(told.numbers, told.days, Names())
            keys = np.concatenate(
                [
                    self.contracts.pack_parsed(
                        osi.parse_many(symbols[start : start + _PARSED])
                    )
                    for start in range(0, len(symbols), _PARSED)
                ]
            )
            known = keys != NO_CONTRACT
            self._open_interest = OpenInterest(keys[known], told.quantity[known])
        return self._open_interest

    def _symbols(
        self, numbers: NDArray[np.int64], days: NDArray[np.int64], own: Names
    ) -> list[str]:
        """Return each number's name: defined that day, mapped, or once defined."""
        symbols = [""] * numbers.size
        left = np.arange(numbers.size)
        dated = ((names, False) for names in (self._defined, own, *self._mapped))
        for names, ended in (*dated, (self._defined, True)):
            found = names.find(numbers[left], days[left], ended=ended)
            named = found >= 0
            places = found[named].tolist()
            for at, place in zip(left[named].tolist(), places, strict=True):
                symbols[at] = names.symbols[place]
            left = left[~named]
            if not left.size:
                break
        return symbols

    def _define(self, fields: NDArray[np.void]) -> None:
        fields = fields[fields["security_update_action"] != _DELETED_LETTER]
        symbols = [
            name.decode("ascii", "replace") for name in fields["raw_symbol"].tolist()
        ]
        days = days_of(fields)
        numbers = fields["instrument_id"].astype(np.int64)
        self._defined.add(Spans(numbers, symbols, days, days + 1))
        multipliers = fields["contract_multiplier"]
        odd = (multipliers > 0) & (multipliers != _UNDEF_MULTIPLIER)
        for at in np.flatnonzero(odd).tolist():
            self._multipliers[symbols[at]] = int(multipliers[at])


def days_of(fields: NDArray[np.void]) -> NDArray[np.int64]:
    """Return the day of each record in UTC, days since 1970: the one that names go by."""
    received, event = fields["ts_recv"], fields["ts_event"]
    told = np.where(received == UNDEF_TIME, event, received)
    return np.minimum(told // DAY_NS, _ALWAYS).astype(np.int64)


def _mapping_spans(fields: NDArray[np.void]) -> Spans:
    """Return the names that a live feed gives; they hold until it gives others."""
    given, asked = (
        [name.decode("ascii", "replace") for name in fields[column].tolist()]
        for column in ("stype_out_symbol", "stype_in_symbol")
    )
    named = osi.parse_many(given).ok.tolist()
    symbols = [a if ok else b for a, b, ok in zip(given, asked, named, strict=True)]
    numbers = fields["instrument_id"].astype(np.int64)
    return Spans(
        numbers, symbols, np.zeros_like(numbers), np.full_like(numbers, _ALWAYS + 1)
    )


def _open_interest(fields: NDArray[np.void]) -> Statistics | None:
    quantity = fields["quantity"]
    keep = (fields["stat_type"] == _OPEN_INTEREST) & (fields["update_action"] != _DELETED)
    keep &= (quantity >= 0) & (quantity != np.iinfo(quantity.dtype).max)
    # every venue repeats the number that the clearing house gave it, one after the other
    same = np.ones(max(fields.size - 1, 0), np.bool_)
    for name in ("instrument_id", "quantity", "ts_ref", "ts_event"):
        same &= fields[name][1:] == fields[name][:-1]
    keep[1:] &= ~(same & keep[:-1])
    fields = fields[keep]
    if not fields.size:
        return None
    event, about = fields["ts_event"], fields["ts_ref"]
    return _newest(
        Statistics(
            fields["instrument_id"].astype(np.int64),
            np.where(about == UNDEF_TIME, event, about).astype(np.int64),
            event.astype(np.int64),
            days_of(fields),
            fields["quantity"].astype(np.int64),
        )
    )


def _newest(told: Statistics) -> Statistics:
    """Return what was told last of each number."""
    order = np.lexsort((told.told, told.about, told.numbers))
    numbers = told.numbers[order]
    last = order[np.append(numbers[1:] != numbers[:-1], True)]
    return Statistics(*(column[last] for column in told))
