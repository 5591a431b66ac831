"""When companies report, and by how much they surprise."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, is_session
from opentape.simulation.chance import stream

QUARTERS: Final = 8
"""Reports told of before a date."""
_FIRST_DAY, _LAST_DAY = 14, 48
"""Days after the end of a quarter between which companies report it."""
_JITTER: Final = 3
_MORNING: Final = 0.45
_LOSSES: Final = 0.25
"""Share of cheap companies that lose money."""
_CHEAP: Final = 60.0
"""Dollars a share."""
_GROWTH: Final = 0.02
_SURPRISE: Final = (0.04, 0.09)
_MONTHS: Final = (1, 4, 7, 10)


class Reports(NamedTuple):
    """Reports of one company, the oldest first; the last one is still to come."""

    day: NDArray[np.int64]
    """Days since 1970, sessions all."""
    before_open: bool
    """Whether it reports before the open, else after the close."""
    estimate: NDArray[np.float64]
    """Dollars a share, a quarter."""
    actual: NDArray[np.float64]
    """As `estimate`; NaN for the report to come."""

    @property
    def reacts(self) -> NDArray[np.int64]:
        """The first day that knows of each report; may be no session."""
        return self.day + (not self.before_open)

    @property
    def surprise(self) -> NDArray[np.float64]:
        """Actual less estimate as a share of the estimate."""
        return (self.actual - self.estimate) / np.abs(self.estimate)


def reports(seed: int, symbol: str, spot: float, date: dt.date) -> Reports:
    """Return the eight reports of a company before a date, and the one from then on."""
    rng = stream(seed, "earnings", symbol)
    usual = int(rng.integers(_FIRST_DAY, _LAST_DAY))
    before_open = bool(rng.random() < _MORNING)
    yearly = spot / float(rng.uniform(12.0, 45.0))
    loses = rng.random() < _LOSSES and spot < _CHEAP
    yearly *= -0.5 if loses else 1.0
    day = _days(seed, symbol, usual, date)
    ago = np.arange(QUARTERS, -1, -1)
    season = 1.0 + 0.08 * np.sin(0.5 * np.pi * np.arange(day.size) + rng.uniform(0.0, 6.3))
    estimate = yearly / 4.0 * season * (1.0 - _GROWTH) ** ago
    estimate = _cents(estimate + np.copysign(0.01, yearly))
    surprise = rng.normal(*_SURPRISE, day.size)
    actual = _cents(estimate + np.abs(estimate) * surprise)
    actual[-1] = np.nan
    return Reports(day, before_open, estimate, actual)


def _days(seed: int, symbol: str, usual: int, date: dt.date) -> NDArray[np.int64]:
    """Return the days of the last eight reports before a date and of the next."""
    months = [
        dt.date(date.year + at, month, 1) for at in (-3, -2, -1, 0, 1) for month in _MONTHS
    ]
    days = [_session_from(start, usual, seed, symbol) for start in months]
    past = sum(day < date for day in days)
    return np.array([(day - EPOCH).days for day in days[past - QUARTERS : past + 1]])


def _session_from(start: dt.date, usual: int, seed: int, symbol: str) -> dt.date:
    # keyed by the quarter: a report stands on one day whatever date asks for it
    rng = stream(seed, "earnings", symbol, start.toordinal())
    day = start + dt.timedelta(days=usual + int(rng.integers(-_JITTER, _JITTER + 1)))
    while not is_session(day):
        day += dt.timedelta(days=1)
    return day


def _cents(dollars: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(dollars, 2)
