"""How far an underlying went after an instant."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.outcomes.columns import Path, Told, Watched
from opentape.desk.outcomes.controls import cells
from opentape.market.calendar import SECOND_NS, is_session

Floats = NDArray[np.float64]


class Horizon(NamedTuple):
    """How long after a signal is looked."""

    name: str
    within_ns: int | None
    """Of the same session; None for up to a close."""
    sessions: int
    """Which close: 0 that of the session, 1 that of the next."""

    @property
    def spanned(self) -> int:
        """How many sessions one move can touch."""
        return 1 + self.sessions


HORIZONS: Final = (
    Horizon("5min", 300 * SECOND_NS, 0),
    Horizon("30min", 1_800 * SECOND_NS, 0),
    Horizon("close", None, 0),
    Horizon("1session", None, 1),
    Horizon("3sessions", None, 3),
    Horizon("5sessions", None, 5),
)
WITHIN: Final = tuple(one.within_ns for one in HORIZONS if one.within_ns is not None)
"""The first horizons: those within a session, nanoseconds."""
_FRESH_NS: Final = 120 * SECOND_NS
"""A price older than this is not known any more."""
_FRESH_CLOSE_NS: Final = 900 * SECOND_NS
_BPS: Final = 1e4


def price_at(path: Path, ts_ns: NDArray[np.int64], fresh_ns: int = _FRESH_NS) -> Floats:
    """Return the last price at or before instants, NaN where none is fresh."""
    if not path.ts_ns.size:
        return np.full(ts_ns.size, np.nan)
    at = np.searchsorted(path.ts_ns, ts_ns, side="right") - 1
    found = np.maximum(at, 0)
    known = (at >= 0) & (ts_ns - path.ts_ns[found] <= fresh_ns)
    return np.where(known, path.price[found], np.nan)


class Followed(NamedTuple):
    """One session after all: what of it later ones ask for, without its prices."""

    date: dt.date
    told: Told
    cell: NDArray[np.str_]
    """What each signal is compared within."""
    before: Floats
    """Price when it was told, dollars; NaN where that is not known."""
    within: Floats
    """Prices at the horizons of the session, a column each of `WITHIN`."""
    closes: Mapping[str, float]
    """Of underlyings, dollars."""


def follow(session: Watched) -> Followed:
    """Return a session with prices where they are asked for."""
    told, hours = session.told, session.hours
    prices = np.full((told.rows, 1 + len(WITHIN)), np.nan)
    for symbol in np.unique(told.symbol).tolist():
        path = session.paths.get(symbol)
        if path is None:
            continue
        rows = np.flatnonzero((told.symbol == symbol) & (told.ts_ns < hours.end_ns))
        for column, later_ns in enumerate((0, *WITHIN)):
            ts_ns = told.ts_ns[rows] + later_ns
            found = price_at(path, ts_ns)
            prices[rows, column] = np.where(ts_ns <= hours.end_ns, found, np.nan)
    return Followed(
        date=session.date,
        told=told,
        cell=cells(told, hours.start_ns),
        before=prices[:, 0],
        within=prices[:, 1:],
        closes=_closes(session),
    )


def session_numbers(dates: Sequence[dt.date]) -> dict[dt.date, int]:
    """Return how many sessions came before each from the first of the dates to the last."""
    day, number, found = min(dates), 0, dict[dt.date, int]()
    while day <= max(dates):
        found[day] = number
        number += is_session(day)
        day += dt.timedelta(days=1)
    return {date: found[date] for date in dates}


def moves(sessions: Sequence[Followed], numbers: Mapping[dt.date, int]) -> Floats:
    """Return the move after each signal, a row a signal, a column a horizon.

    In basis points of the price when it was told, unsigned by its direction; NaN where
    either price is not known, or the session was over before.
    """
    closes = {numbers[one.date]: one.closes for one in sessions}
    return np.concatenate([_of_session(one, numbers[one.date], closes) for one in sessions])


def _of_session(
    session: Followed, number: int, closes: Mapping[int, Mapping[str, float]]
) -> Floats:
    after = np.full((session.told.rows, len(HORIZONS)), np.nan)
    after[:, : len(WITHIN)] = session.within
    symbols, place = np.unique(session.told.symbol, return_inverse=True)
    for column, horizon in enumerate(HORIZONS[len(WITHIN) :], len(WITHIN)):
        then = closes.get(number + horizon.sessions, {})
        prices = [then.get(symbol, np.nan) for symbol in symbols.tolist()]
        after[:, column] = np.array(prices)[place] if prices else np.nan
    return _BPS * (after / session.before[:, None] - 1.0)


def _closes(session: Watched) -> dict[str, float]:
    end = np.array([session.hours.end_ns])
    return {
        symbol: float(price_at(path, end, _FRESH_CLOSE_NS)[0])
        for symbol, path in session.paths.items()
    }
