"""Small simulated markets: a few names, a few thousand prints, in memory and in files."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from opentape.desk.simulate import simulate
from opentape.market.contract import Contract
from opentape.simulation.customers.book import Positions
from opentape.simulation.day import Slice, Snapshot, play
from opentape.simulation.market import Session, sessions
from opentape.simulation.options import MarketOptions
from opentape.simulation.records import Delivered, Truth
from opentape.wiring.simulated import making

DATE = dt.date(2026, 5, 21)
SYMBOLS = ("SPY", "SPX", "VIX", "NVDA", "ZAAA")


class Played(NamedTuple):
    """A session that is over."""

    session: Session
    delivered: Delivered
    truth: Truth
    parts: list[Slice | Snapshot]
    """In the order in which they came."""

    @property
    def positions(self) -> Positions:
        return self.session.positions

    @property
    def prints(self) -> np.ndarray:
        """Which rows are prints; the others are cancels."""
        return self.delivered.cancels == 0

    def contract(self, place: int) -> Contract:
        return self.session.listing.contracts[place]


def wanted(prints: int = 20_000, **changes) -> MarketOptions:
    return MarketOptions(**{"date": DATE, "symbols": SYMBOLS, "prints": prints} | changes)


def morning(prints: int = 20_000, **changes) -> Session:
    """A session that nobody has traded in yet."""
    return next(sessions(wanted(prints, **changes)))


def played(session: Session, prints: int, threads: int = 2) -> Played:
    parts = list(play(session.scene, prints, session.positions, threads=threads))
    slices = [part for part in parts if isinstance(part, Slice)]
    return Played(
        session,
        Delivered.joined([part.delivered for part in slices]),
        Truth._make(
            map(np.concatenate, zip(*[part.truth for part in slices], strict=True))
        ),
        parts,
    )


def days(count: int, prints: int = 6_000, **changes) -> list[Played]:
    """Sessions one after the other, each played before the next begins."""
    every = sessions(wanted(prints, **changes), count)
    return [played(session, prints) for session in every]


def folder(path: Path, prints: int = 6_000, *, days: int = 1, **changes) -> Path:
    """Write a market as the command does."""
    faults = changes.pop("faults", None)
    plan = making.plan(wanted(prints, **changes), faults)
    plan.prepare(path)

    def writer(session):
        return plan.folder(path, session, alone=days == 1)

    list(simulate(plan.options, days, writer, plan.breaking))
    return path
