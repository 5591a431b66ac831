"""Quotes that a feed breaks: stale, crossed, or not there. It marks none of them."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.market.money import UNKNOWN
from opentape.simulation.faults.kinds import spelled
from opentape.simulation.records import Delivered

_LEAST_AGE_S, _MOST_AGE_S = 1.0, 10.0
"""A stale quote is at least so old; it is that of the print before, so often older."""
_TIME_BITS: Final = 37
"""Microseconds of a day."""
_NO_SIDES: Final = ("no bid", "no ask", "no bid and no ask")


class Broken(NamedTuple):
    """Rows some of whose quotes are wrong."""

    rows: Delivered
    at: NDArray[np.intp]
    """Where in them."""
    how: list[str]
    """What is wrong with each."""


class Memory:
    """The last print of each contract before a slice, which stale quotes are taken from."""

    def __init__(self, start_ns: int) -> None:
        """Take the first instant of the date."""
        self._start_ns = start_ns
        self._last: Delivered | None = None

    def stale(
        self, rows: Delivered, hit: NDArray[np.bool_], rng: np.random.Generator
    ) -> Broken:
        """Return the rows; those hit have a quote of their contract from seconds before.

        Rows without an earlier print of their contract, or whose quote has not moved since,
        stay as they are. Then remember the prints of the rows.
        """
        known = self._learn(rows)
        keys = self._keys(known.contract, known.ts_event)
        at = np.flatnonzero(hit)
        age = (rng.uniform(_LEAST_AGE_S, _MOST_AGE_S, at.size) * SECOND_NS).astype(np.int64)
        wanted = self._keys(rows.contract[at], rows.ts_event[at] - age)
        found = np.searchsorted(keys, wanted, "right") - 1
        same = (found >= 0) & (known.contract[found] == rows.contract[at])
        old = known.take(np.maximum(found, 0))
        new = rows.take(at)
        moved = (old.bid != new.bid) | (old.ask != new.ask)
        moved |= (old.bid_size != new.bid_size) | (old.ask_size != new.ask_size)
        is_stale = same & moved
        old, new, at = old.take(is_stale), new.take(is_stale), at[is_stale]
        seconds = (new.ts_event - old.ts_event) / SECOND_NS
        how = [f"bid and ask of {one:.1f} s before" for one in seconds.tolist()]
        return Broken(_quoted(rows, at, old), at, how)

    def _learn(self, rows: Delivered) -> Delivered:
        """Return what is known of all contracts, by contract and time; keep the newest."""
        prints = rows.take(rows.cancels == 0)
        known = prints if self._last is None else Delivered.joined([self._last, prints])
        known = known.take(np.argsort(known.contract, kind="stable"))
        newest = np.append(known.contract[1:] != known.contract[:-1], True)[: known.rows]
        self._last = known.take(newest)
        return known

    def _keys(
        self, contract: NDArray[np.int32], ts_event: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        micros = np.maximum(ts_event - self._start_ns, 0) // 1_000
        return (contract.astype(np.int64) << _TIME_BITS) + micros


def crossed(rows: Delivered, hit: NDArray[np.bool_]) -> Broken:
    """Return the rows; those hit have bid and ask exchanged, where each is a price."""
    at = np.flatnonzero(hit & (rows.bid > 0) & (rows.ask > rows.bid))
    bid, ask = rows.bid.copy(), rows.ask.copy()
    bid[at], ask[at] = rows.ask[at], rows.bid[at]
    how = ["bid and ask exchanged"] * at.size
    return Broken(rows._replace(bid=bid, ask=ask), at, how)


def missing(rows: Delivered, hit: NDArray[np.bool_], rng: np.random.Generator) -> Broken:
    """Return the rows; those hit lack their bid, their ask or both, with the sizes."""
    at = np.flatnonzero(hit)
    lacks = rng.integers(len(_NO_SIDES), size=at.size)
    no_bid, no_ask = at[lacks != 1], at[lacks != 0]
    bid, bid_size = rows.bid.copy(), rows.bid_size.copy()
    ask, ask_size = rows.ask.copy(), rows.ask_size.copy()
    bid[no_bid], bid_size[no_bid] = UNKNOWN, 0
    ask[no_ask], ask_size[no_ask] = UNKNOWN, 0
    broken = rows._replace(bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)
    return Broken(broken, at, [_NO_SIDES[one] for one in lacks.tolist()])


def told(rows: Delivered, broken: Broken) -> Iterator[str]:
    """Yield what is wrong with each quote that is broken, and the quote that it had."""
    hit = rows.take(broken.at)
    columns = (hit.bid, hit.ask, hit.bid_size, hit.ask_size)
    were = zip(*(column.tolist() for column in columns), strict=True)
    for how, (bid, ask, bid_size, ask_size) in zip(broken.how, were, strict=True):
        yield f"{how}, not {spelled(bid)} x {spelled(ask)} for {bid_size} x {ask_size}"


def _quoted(rows: Delivered, at: NDArray[np.intp], quotes: Delivered) -> Delivered:
    """Return rows with the quotes of other rows at some places."""
    names = ("bid", "ask", "bid_size", "ask_size")
    changed = {name: getattr(rows, name).copy() for name in names}
    for name, column in changed.items():
        column[at] = getattr(quotes, name)
    return rows._replace(**changed)
