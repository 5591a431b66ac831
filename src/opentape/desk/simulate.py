"""Simulate: play sessions and hand every part of them on as it is made."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.simulation.day import Slice, Snapshot, play
from opentape.simulation.market import Session, sessions
from opentape.simulation.options import MarketOptions
from opentape.simulation.records import Delivered, Fault, Truth
from opentape.simulation.world.names import Kind
from opentape.simulation.world.stock import StockPrints, StockTape, session_prints

THREADS: Final = 2
_MINUTE_NS: Final = 60 * SECOND_NS
_STOCK_PRINTS: Final = 0.25
"""Prints of the underlyings for each of their options'."""


class DayWriter(Protocol):
    """Where a day goes, part by part."""

    def write_past(self) -> None:
        """Take what is known before the open."""
        ...

    def write_interest(self, told: NDArray[np.int64]) -> None:
        """Take the morning's open interest, one a listed contract."""
        ...

    def write_tape(self, delivered: Delivered) -> None:
        """Take rows of the tape, in its order."""
        ...

    def write_truth(self, truth: Truth) -> None:
        """Take what is true of rows."""
        ...

    def write_snapshot(self, snapshot: Snapshot) -> None:
        """Take the chain at an instant."""
        ...

    def write_stock(self, prints: StockPrints) -> None:
        """Take prints of the underlyings, in order of time."""
        ...

    def close(self, faults: list[Fault], next_interest: NDArray[np.int64]) -> None:
        """Take what the faults did, and what the next morning says of open interest.

        What else is known after the close is in the session.
        """
        ...


class Breaking(Protocol):
    """What a feed breaks on the way."""

    faults: list[Fault]

    def apply(self, delivered: Delivered) -> Delivered:
        """Return rows as they are delivered."""
        ...

    def rest(self) -> Delivered | None:
        """Return rows that come after the last ones, None if none do."""
        ...

    def wrong_oi(
        self, open_interest: NDArray[np.int64], contract: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return the morning's open interest as it is told, below 0 where it is not."""
        ...

    def next_oi(
        self, open_interest: NDArray[np.int64], told: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the next morning's open interest as it is told."""
        ...


def simulate(
    options: MarketOptions,
    days: int,
    writer: Callable[[Session], AbstractContextManager[DayWriter]],
    breaking: Callable[[Session], Breaking],
    on_rows: Callable[[int], None] | None = None,
) -> Iterator[dt.date]:
    """Play sessions into writers, each left before the next is entered; yield their dates.

    Parameters
    ----------
    on_rows
        Called with the number of rows of the tape after each slice.
    """
    for session in sessions(options, days):
        with writer(session) as day:
            _play(session, options, day, breaking(session), on_rows)
        yield session.date


def _play(
    session: Session,
    options: MarketOptions,
    day: DayWriter,
    breaking: Breaking,
    on_rows: Callable[[int], None] | None,
) -> None:
    day.write_past()
    listed = np.arange(session.listing.series, dtype=np.int32)
    told = breaking.wrong_oi(session.morning.open_interest, listed)
    day.write_interest(told)
    parts = play(
        session.scene,
        options.prints,
        session.positions,
        threads=THREADS,
        snapshot_ns=options.snapshot_minutes * _MINUTE_NS,
    )
    for part in parts:
        if isinstance(part, Slice):
            day.write_truth(part.truth)
            day.write_tape(breaking.apply(part.delivered))
            if on_rows is not None:
                on_rows(part.delivered.rows)
        else:
            day.write_snapshot(part)
    if (rest := breaking.rest()) is not None:
        day.write_tape(rest)
    _play_stock(session, options.prints, day)
    after = breaking.next_oi(session.positions.open_interest, told)
    day.close(breaking.faults, after)


def _play_stock(session: Session, prints: int, day: DayWriter) -> None:
    scene = session.scene
    trades = scene.kind != Kind.INDEX
    share = np.where(trades, scene.activity, 0.0)
    total = max(float(share.sum()), 1e-12)

    def spot(name: NDArray[np.int64], ts: NDArray[np.int64]) -> NDArray[np.float64]:
        return scene.paths.at(name, ts)[0]

    tape = StockTape(
        seed=scene.seed,
        day=scene.day,
        session=scene.session,
        symbols=tuple(name.symbol for name in scene.names),
        prints=_STOCK_PRINTS * prints * share / total,
        spot=spot,
    )
    for prints_of_stock in session_prints(tape):
        day.write_stock(prints_of_stock)
