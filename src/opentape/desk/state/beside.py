"""What is known of a market beside its tapes: the past, its rates, and who is who."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.state.history import History
from opentape.market.calendar import EPOCH, day_of, session_of


class Series(NamedTuple):
    """One number a session, oldest first; never empty."""

    date: NDArray[np.int64]
    """Days since 1970-01-01."""
    value: NDArray[np.float64]
    """In the unit in which it is published."""

    @property
    def latest(self) -> float:
        """The newest value."""
        return float(self.value[-1])


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """What an underlying is; None where nobody said."""

    sector: str | None = None
    """One of eleven GICS sectors, ``Fund`` or ``Index``."""
    name: str | None = None
    market_cap: int | None = None
    """Dollars."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A company's report on a quarter, given or to come."""

    date: dt.date
    """The session on which it reports."""
    time: str | None = None
    """``bmo`` before the open, ``amc`` after the close; None where nobody said."""
    eps_estimate: float | None = None
    """Dollars a share."""
    eps_actual: float | None = None
    """Dollars a share; None while it is to come."""


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Beside(NamedTuple):
    """All of it, by symbol or by name; empty where nothing was given."""

    history: Mapping[str, History] = _NOTHING
    macro: Mapping[str, Series] = _NOTHING
    """``vix``, ``vix_3m``, ``dgs10``, ``fed_funds`` and whatever else was given."""
    companies: Mapping[str, Company] = _NOTHING
    reports: Mapping[str, tuple[Report, ...]] = _NOTHING
    """Oldest first."""

    def sector(self, symbol: str) -> str | None:
        """Return the sector of an underlying, None where nobody said."""
        company = self.companies.get(symbol)
        return None if company is None else company.sector

    @property
    def macro_ns(self) -> int | None:
        """When the oldest of the newest macro values was known, ns since 1970 UTC."""
        ends = (_close_of(int(series.date[-1])) for series in self.macro.values())
        return min(ends, default=None)


def _close_of(day: int) -> int:
    """Return when a day's values are known: its close, or where none is its end."""
    date = EPOCH + dt.timedelta(days=day)
    return (session_of(date) or day_of(date)).end_ns
