"""A slice of the day as rows: what customers sent, filled, with what went wrong later."""

from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.simulation.chance import stream
from opentape.simulation.customers.execution import Fills, fill, mean_prints, prints_of
from opentape.simulation.customers.orders import Ints, Orders, draw_orders, style_weights
from opentape.simulation.records import PACKAGES, STYLES
from opentape.simulation.scene import Scene

BUSTED: Final = 1.0 / 2_300.0
"""Share of prints that a cancel takes back later."""
_CORRECTED: Final = 0.25
"""Share of those that are reported again, at another price."""
_LATE: Final = 0.0025
"""Share of prints that are reported late or out of sequence."""
_CANCEL_S, _CANCEL_SPREAD = 40.0, 1.3
"""Median seconds from a print to its cancel, and deviation in logs."""
_LATE_S: Final = 25.0
_AFTER_CLOSE_NS: Final = 600 * SECOND_NS
"""The last cancels come this long after the close."""
_CANCEL: Final = STYLES.index("cancel")
_NO_PRINT: Final = -1
_UID_BITS: Final = 32


class Rows(NamedTuple):
    """Rows that are yet to be numbered, one a print or cancel, in no order."""

    uid: Ints
    """One number a print, whichever slice made it."""
    takes_back: Ints
    """The `uid` of the print that a cancel takes back, -1 for a print."""
    ts: Ints
    contract: Ints
    price: Ints
    """Cents, as the three that follow."""
    bid: Ints
    ask: Ints
    spot: Ints
    size: Ints
    bid_size: Ints
    ask_size: Ints
    venue: Ints
    letter: Ints
    parent: Ints
    """Counted from 0 in the slice until the rows are numbered."""
    package: Ints
    """The same from 1; 0 for none."""
    structure: Ints
    intent: Ints
    style: Ints
    aggressor: Ints
    customer: Ints
    opens: Ints
    roll: NDArray[np.bool_]
    hedge: NDArray[np.bool_]
    direction: Ints
    busted: NDArray[np.bool_]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.ts.size

    def take(self, places: Ints | NDArray[np.bool_]) -> "Rows":
        """Return the rows at `places`, in that order."""
        return Rows._make(column[places] for column in self)

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return rows of several as one, in the order given."""
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class Made(NamedTuple):
    """What one slice of the day made."""

    rows: Rows
    orders: int
    packages: int


def make_slice(scene: Scene, number: int, prints: int, shares: tuple[float, float]) -> Made:
    """Return the rows of one slice: exactly so many prints, and their cancels.

    Parameters
    ----------
    number
        Which slice of the day it is: its chance depends on nothing else.
    shares
        Where it begins and ends, as shares of the day's orders.
    """
    rng = stream(scene.seed, scene.day, "slice", number)
    orders, count = _drawn(scene, prints, shares, rng)
    package, packages = _packages(orders)
    fills = fill(scene, orders, count, rng)
    rows = _rows(orders, package, fills, number)
    rows = _late(rows, scene.session.end_ns, rng)
    return Made(_with_busts(rows, scene.session.end_ns, number, rng), orders.rows, packages)


def _drawn(
    scene: Scene, prints: int, shares: tuple[float, float], rng: np.random.Generator
) -> tuple[Orders, Ints]:
    """Return orders and how many prints each becomes, in sum exactly `prints`."""
    if not prints:
        nothing = np.zeros(0, np.int64)
        return draw_orders(scene, 1, shares, rng).take(nothing), nothing
    weight = style_weights(scene).mean(axis=0)
    usual = float(weight @ mean_prints() / weight.sum())
    while True:
        sent = int(1.1 * prints / usual) + 64
        orders = draw_orders(scene, sent, shares, rng)
        count = prints_of(orders, rng)
        total = np.cumsum(np.bincount(orders.send, count, sent))
        needed = int(np.searchsorted(total, prints)) + 1
        kept = np.flatnonzero(orders.send < needed)
        orders, count = orders.take(kept), count[kept]
        # orders of one contract come first: what is too much is taken from the last of them
        alone = int((orders.structure == 0).sum())
        most = int(count[:alone].sum() - (count.sum() - prints))
        if count.sum() >= prints and most > 0:
            break
    running = np.cumsum(count[:alone])
    last = int(np.searchsorted(running, most))
    count[last] -= running[last] - most
    places = np.concatenate([np.arange(last + 1), np.arange(alone, count.size)])
    return orders.take(places), count[places]


def _packages(orders: Orders) -> tuple[Ints, int]:
    """Return the package of each order, counted from 1, and how many there are."""
    package = np.zeros(orders.rows, np.int64)
    legs = np.flatnonzero(orders.structure > 0)
    distinct, at = np.unique(orders.send[legs], return_inverse=True)
    package[legs] = at + 1
    return package, distinct.size


def _rows(orders: Orders, package: Ints, fills: Fills, number: int) -> Rows:
    at, quotes = fills.order, fills.seen.quotes
    count = fills.ts.size
    return Rows(
        uid=(number << _UID_BITS) + np.arange(count),
        takes_back=np.full(count, _NO_PRINT),
        ts=fills.ts,
        contract=(2 * orders.strike + orders.put)[at],
        price=fills.price,
        bid=quotes.bid,
        ask=quotes.ask,
        spot=np.rint(100.0 * fills.seen.spot).astype(np.int64),
        size=fills.size,
        bid_size=quotes.bid_size,
        ask_size=quotes.ask_size,
        venue=fills.venue,
        letter=fills.letter,
        parent=at,
        package=package[at],
        structure=orders.structure[at],
        intent=orders.intent[at],
        style=orders.style[at],
        aggressor=fills.aggressor,
        customer=orders.customer[at],
        opens=orders.opens[at].astype(np.int64),
        roll=orders.roll[at],
        hedge=orders.hedge[at],
        direction=orders.direction[at],
        busted=np.zeros(count, np.bool_),
    )


def _late(rows: Rows, end_ns: int, rng: np.random.Generator) -> Rows:
    """Return rows some of which were reported late: after their time, with their letter."""
    packed = np.array([name in PACKAGES for name in STYLES])[rows.style]
    late = (rng.random(rows.rows) < _LATE) & ~packed
    letter = np.where(rng.random(rows.rows) < 0.4, ord("B"), ord("D"))  # noqa: PLR2004
    after = (_LATE_S * rng.exponential(size=rows.rows) * SECOND_NS).astype(np.int64)
    ts = np.minimum(rows.ts + after, end_ns + _AFTER_CLOSE_NS)
    return rows._replace(
        ts=np.where(late, ts, rows.ts), letter=np.where(late, letter, rows.letter)
    )


def _with_busts(rows: Rows, end_ns: int, number: int, rng: np.random.Generator) -> Rows:
    """Return rows and, beside them, the cancels of some, and what replaced a few."""
    busted = rng.random(rows.rows) < BUSTED
    rows = rows._replace(busted=busted)
    cancels = rows.take(busted)
    count = cancels.rows
    after = _CANCEL_S * np.exp(_CANCEL_SPREAD * rng.standard_normal(count))
    ts = np.minimum(
        cancels.ts + (after * SECOND_NS).astype(np.int64), end_ns + _AFTER_CLOSE_NS
    )
    again = rng.random(count) < _CORRECTED
    off = np.where(rng.random(count) < 0.5, 1, -1)  # noqa: PLR2004 - either way
    corrected = cancels._replace(
        uid=(number << _UID_BITS) + rows.rows + np.arange(count),
        ts=ts + SECOND_NS // 1_000,
        price=np.maximum(cancels.price + off, 1),
        letter=np.full(count, ord("D")),
        busted=np.zeros(count, np.bool_),
    )
    cancels = cancels._replace(
        uid=np.full(count, _NO_PRINT),
        takes_back=cancels.uid,
        ts=ts,
        letter=np.where(rng.random(count) < 0.85, ord("A"), ord("C")),  # noqa: PLR2004
        style=np.full(count, _CANCEL),
        aggressor=np.zeros(count, np.int64),
        busted=np.zeros(count, np.bool_),
    )
    return Rows.joined([rows, cancels, corrected.take(again)])
