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
_QUOTE: Final = ("bid", "ask", "bid_size", "ask_size")
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

    def __init__(self, contracts: int, start_ns: int) -> None:
        """Take how many contracts there are, and the first instant of the date."""
        self._start_ns = start_ns
        self._last = {name: np.zeros(contracts, np.int64) for name in ("ts_event", *_QUOTE)}

    def stale(
        self, rows: Delivered, hit: NDArray[np.bool_], rng: np.random.Generator
    ) -> Broken:
        """Return the rows; those hit have a quote of their contract from seconds before.

        Rows without an earlier print of their contract, or whose quote has not moved since,
        stay as they are. Then remember the prints of the rows.
        """
        at = np.flatnonzero(hit)
        age = (rng.uniform(_LEAST_AGE_S, _MOST_AGE_S, at.size) * SECOND_NS).astype(np.int64)
        until = rows.ts_event[at] - age
        old = self._as_of(rows, rows.contract[at], until)
        self._learn(rows)
        moved = [old[name] != getattr(rows, name)[at] for name in _QUOTE]
        found = (old["ts_event"] > 0) & (old["ts_event"] <= until) & np.any(moved, axis=0)
        at, old = at[found], {name: column[found] for name, column in old.items()}
        seconds = (rows.ts_event[at] - old["ts_event"]) / SECOND_NS
        how = [f"bid and ask of {one:.1f} s before" for one in seconds.tolist()]
        return Broken(_quoted(rows, at, old), at, how)

    def _as_of(
        self, rows: Delivered, contract: NDArray[np.int32], until: NDArray[np.int64]
    ) -> dict[str, NDArray[np.int64]]:
        """Return the last print of some contracts up to instants within the rows."""
        wanted = np.zeros(self._last["ts_event"].size, np.bool_)
        wanted[contract] = True
        near = np.flatnonzero(wanted[rows.contract] & (rows.cancels == 0))
        near = near[np.argsort(rows.contract[near], kind="stable")]
        keys = self._keys(rows.contract[near], rows.ts_event[near])
        found = np.searchsorted(keys, self._keys(contract, until), "right") - 1
        place = near[np.maximum(found, 0)]
        here = (found >= 0) & (rows.contract[place] == contract)
        return {
            name: np.where(here, getattr(rows, name)[place], last[contract])
            for name, last in self._last.items()
        }

    def _learn(self, rows: Delivered) -> None:
        """Keep the newest print of each contract: of equal places the last is written."""
        prints = rows.take(rows.cancels == 0)
        for name, last in self._last.items():
            last[prints.contract] = getattr(prints, name)

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


def _quoted(
    rows: Delivered, at: NDArray[np.intp], quotes: dict[str, NDArray[np.int64]]
) -> Delivered:
    """Return rows with other quotes at some places."""
    changed = {name: getattr(rows, name).copy() for name in _QUOTE}
    for name, column in changed.items():
        column[at] = quotes[name]
    return rows._replace(**changed)
