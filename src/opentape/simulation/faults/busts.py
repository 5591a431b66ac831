"""Prints that were never made, with a typing error in them, and the cancels that follow.

Each stands beside a print that was made and copies it, all but a price or a size. Both rows
have numbers above those of the day, which has no holes, and no truth: the day is what it
would be without them.
"""

from typing import Final

import numpy as np

from opentape.market.calendar import SECOND_NS
from opentape.market.money import MAX_PRICE, NANOS
from opentape.simulation.faults.kinds import FaultKind, entries, spelled
from opentape.simulation.records import Delivered, Fault

FIRST_SEQUENCE: Final = 1 << 30
"""Number of the first print added: above every other, and within 32 bits."""
_TICK: Final = NANOS // 100
_MOST_SIZE: Final = 1_000_000
_PRICE, _SIZE, _TYPED_TICK = range(3)
_SOONEST_S, _LATEST_S = 5.0, 600.0
"""From such a print to its cancel."""
_CANCEL: Final = ord("A")


class Busts:
    """Adds prints to slices in turn, and their cancels when they are due."""

    def __init__(self) -> None:
        self._added = 0
        self._waiting: list[Delivered] = []

    def add(
        self, rows: Delivered, rate: float, rng: np.random.Generator
    ) -> tuple[Delivered, list[Fault]]:
        """Return prints beside some of the rows, and the log of them; cancels wait."""
        hosts = rows.take((rng.random(rows.rows) < rate) & (rows.cancels == 0))
        numbers = FIRST_SEQUENCE + 2 * (self._added + np.arange(hosts.rows))
        self._added += hosts.rows
        bad = _mistyped(hosts, rng)._replace(sequence=numbers)
        seconds = np.exp(rng.uniform(np.log(_SOONEST_S), np.log(_LATEST_S), hosts.rows))
        cancels = bad._replace(
            ts_event=bad.ts_event + (seconds * SECOND_NS).astype(np.int64),
            sequence=numbers + 1,
            letter=np.full(hosts.rows, _CANCEL, np.uint8),
            cancels=numbers,
        )
        self._waiting.append(cancels)
        return bad, entries(FaultKind.BUSTED_PRINT, bad, _told(hosts, bad, seconds))

    def due(self, until_ns: int) -> list[Delivered]:
        """Return the cancels up to an instant, which have not been returned before."""
        if not self._waiting:
            return []
        waiting = Delivered.joined(self._waiting)
        due = waiting.ts_event <= until_ns
        self._waiting = [waiting.take(~due)]
        return [waiting.take(due)]


def _mistyped(hosts: Delivered, rng: np.random.Generator) -> Delivered:
    """Return prints with ten to a thousand times a price or size, or priced at a tick."""
    wrong = rng.integers(3, size=hosts.rows)
    factor = 10 ** rng.integers(1, 4, hosts.rows)
    cheap = hosts.price <= NANOS
    wrong = np.where(cheap & (wrong == _TYPED_TICK), _PRICE, wrong)
    too_high = hosts.price >= MAX_PRICE // factor
    wrong = np.where((wrong == _PRICE) & too_high, _TYPED_TICK, wrong)
    price = np.where(wrong == _PRICE, hosts.price * factor, hosts.price)
    size = np.minimum(hosts.size * factor, np.maximum(hosts.size, _MOST_SIZE))
    return hosts._replace(
        price=np.where(wrong == _TYPED_TICK, _TICK, price),
        size=np.where(wrong == _SIZE, size, hosts.size).astype(np.int32),
    )


def _told(hosts: Delivered, bad: Delivered, seconds: np.ndarray) -> list[str]:
    columns = (hosts.price, bad.price, hosts.size, bad.size, bad.sequence + 1, seconds)
    told: list[str] = []
    for price, typed, size, typed_size, number, after in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        wrong = (
            f"size {typed_size:,} for {size:,}"
            if typed == price
            else f"price {spelled(typed)} for {spelled(price)}"
        )
        told.append(f"{wrong}, never made, taken back by {number} after {after:.1f} s")
    return told
