"""The quote before each print, carried from one block of records to the next."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.databento.records import CMBP_1, TCBBO, TRADES, Records
from opentape.market.columns import VENUE_QUOTE
from opentape.market.money import MAX_PRICE, UNKNOWN

NATIONAL: Final = 30
"""The publisher whose quotes in `mbp-1` are the national best."""
_PUBLISHER_BITS: Final = 16


class PrintQuotes(NamedTuple):
    """Bid and ask of each print, and whose they are."""

    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    marks: NDArray[np.uint8]


class LastQuotes:
    """The last quote told under each key."""

    def __init__(self) -> None:
        self._keys = np.empty(0, np.int64)
        self._bid = np.empty(0, np.int64)
        self._ask = np.empty(0, np.int64)

    def before(
        self,
        keys: NDArray[np.int64],
        quotes: tuple[NDArray[np.int64], NDArray[np.int64]],
        told: NDArray[np.bool_],
        asked: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what was last told before each row that asks; it is kept for later calls.

        Parameters
        ----------
        keys : int64
            Whose quote each row tells or asks for.
        quotes : int64, int64
            Bid and ask, of use where `told`.
        told, asked : bool
            No row does both.
        """
        bid, ask = (np.full(keys.size, UNKNOWN) for _ in quotes)
        if told.any() or (self._keys.size and asked.any()):
            part = np.flatnonzero(told | asked)
            order = part[np.argsort(keys[part], kind="stable")]
            key, at = keys[order], np.arange(order.size)
            fresh = np.append(True, key[1:] != key[:-1])
            run = np.maximum.accumulate(np.where(fresh, at, 0))
            newest = np.maximum.accumulate(np.where(told[order], at, -1))
            inside = newest >= run
            source, here = order[newest[inside]], order[inside]
            bid[here], ask[here] = (side[source] for side in quotes)
            bid[order[~inside]], ask[order[~inside]] = self._held(key[~inside])
            last = np.append(fresh[1:], True) & inside
            self._keep(key[last], *(side[order[newest[last]]] for side in quotes))
        return bid[asked], ask[asked]

    def _held(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        at, held = self._find(keys)
        if not self._keys.size:
            return np.full(keys.size, UNKNOWN), np.full(keys.size, UNKNOWN)
        return (
            np.where(held, self._bid[at], UNKNOWN),
            np.where(held, self._ask[at], UNKNOWN),
        )

    def _keep(
        self, keys: NDArray[np.int64], bid: NDArray[np.int64], ask: NDArray[np.int64]
    ) -> None:
        """Keep the quotes of keys that are sorted and distinct."""
        at, held = self._find(keys)
        self._bid[at[held]], self._ask[at[held]] = bid[held], ask[held]
        fresh = ~held
        if fresh.any():
            at = np.searchsorted(self._keys, keys[fresh])
            self._keys = np.insert(self._keys, at, keys[fresh])
            self._bid = np.insert(self._bid, at, bid[fresh])
            self._ask = np.insert(self._ask, at, ask[fresh])

    def _find(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        if not self._keys.size:
            return np.zeros(keys.size, np.int64), np.zeros(keys.size, np.bool_)
        at = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
        return at, self._keys[at] == keys


class Book:
    """What the records of one file told of quotes so far."""

    def __init__(self) -> None:
        self._own = LastQuotes()
        self._consolidated = LastQuotes()
        self._national = LastQuotes()

    def of(self, records: Records, trades: NDArray[np.bool_]) -> PrintQuotes:
        """Return the quote before each trade of some records.

        A trade's level is the book just before it; where it is empty the last update of
        the same book is taken. The national best, where it is told apart, goes first.
        """
        count = np.count_nonzero(trades)
        if records.kind == TRADES:
            none = np.full(count, UNKNOWN)
            return PrintQuotes(none, none, np.zeros(count, np.uint8))
        quotes = bid, ask = _amounts(records.fields)
        numbers = records.fields["instrument_id"].astype(np.int64)
        empty = trades & (bid == UNKNOWN) & (ask == UNKNOWN)
        if records.kind in (CMBP_1, TCBBO):
            bid[empty], ask[empty] = self._consolidated.before(
                numbers, quotes, ~trades, empty
            )
            return PrintQuotes(bid[trades], ask[trades], np.zeros(count, np.uint8))
        publishers = records.fields["publisher_id"]
        keys = numbers << _PUBLISHER_BITS | publishers
        bid[empty], ask[empty] = self._own.before(keys, quotes, ~trades, empty)
        best = self._national.before(
            numbers, quotes, ~trades & (publishers == NATIONAL), trades
        )
        known = (best[0] != UNKNOWN) | (best[1] != UNKNOWN)
        return PrintQuotes(
            np.where(known, best[0], bid[trades]),
            np.where(known, best[1], ask[trades]),
            np.where(known, 0, VENUE_QUOTE).astype(np.uint8),
        )


def _amounts(fields: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bid, ask = fields["bid_px_00"], fields["ask_px_00"]
    return (
        np.where(np.abs(bid) < MAX_PRICE, bid, UNKNOWN),
        np.where(np.abs(ask) < MAX_PRICE, ask, UNKNOWN),
    )
