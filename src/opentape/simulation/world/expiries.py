"""When options on a name expire, as exchanges list them."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

from opentape.market.calendar import is_session
from opentape.simulation.world.names import Name

_FRIDAY, _WEDNESDAY = 4, 2
_DAY: Final = dt.timedelta(days=1)
_DAILY: Final = frozenset({"SPY", "QQQ", "IWM", "SPX"})
_BUSY: Final = 40
"""Names up to this rank have weeklies for longer and more strikes."""
_QUIET: Final = 600
"""Names beyond this rank have monthlies only."""


class Cycle(NamedTuple):
    """How far ahead a name's expiries reach."""

    weekdays: frozenset[int]
    """Weekdays that have an expiry over the next two weeks."""
    weeks: int
    months: int
    januaries: int


class Expiry(NamedTuple):
    """One expiry of a name."""

    root: str
    date: dt.date


def cycle_of(name: Name) -> Cycle:
    """Return what is listed on a name: dailies, weeklies, monthlies and LEAPS."""
    if name.symbol in _DAILY:
        return Cycle(frozenset(range(5)), 8, 12, 3)
    if name.symbol == "VIX":
        return Cycle(frozenset({_WEDNESDAY}), 6, 9, 0)
    if name.rank <= _BUSY:
        return Cycle(frozenset({0, _WEDNESDAY, _FRIDAY}), 6, 8, 2)
    if name.rank <= _QUIET:
        return Cycle(frozenset({_FRIDAY}), 6, 5, 2)
    return Cycle(frozenset(), 0, 4, 1)


def expiries_of(name: Name, date: dt.date) -> list[Expiry]:
    """Return the expiries listed on a date, in order, that date's own included.

    Where the day has no session the contract expires on the session before.
    """
    cycle = cycle_of(name)
    if name.symbol == "VIX":
        return _vix(date, cycle)
    fridays = [day for day in _ahead(date) if day.weekday() == _FRIDAY]
    thirds = [day for day in fridays if is_third(day)]
    chosen = {day for day in _fortnight(date) if day.weekday() in cycle.weekdays}
    chosen |= {*fridays[: cycle.weeks], *thirds[: cycle.months]}
    januaries = [day for day in thirds if day.month == 1][: cycle.januaries]
    if name.symbol != "SPX":
        days = sorted({_session(day) for day in chosen.union(januaries)})
        return [Expiry(name.symbol, day) for day in days]
    settled = {_session(day) for day in (*thirds[: cycle.months], *januaries)}
    # a contract that settles in the morning stopped trading on the day before
    monthly = {Expiry("SPX", day) for day in settled if day > date}
    weekly = {Expiry("SPXW", _session(day)) for day in chosen}
    return sorted(monthly | weekly, key=lambda one: (one.date, one.root))


def is_third(day: dt.date) -> bool:
    """Return whether a Friday is the third of its month."""
    return 15 <= day.day <= 21  # noqa: PLR2004 - where a third of anything lies


def _vix(date: dt.date, cycle: Cycle) -> list[Expiry]:
    """Return Wednesdays; a monthly is thirty days before a third Friday.

    Where that Friday or that Wednesday has no session, the monthly is the last session
    before the Wednesday; the week of a monthly has no weekly.
    """
    thirds = [day for day in _ahead(date) if day.weekday() == _FRIDAY and is_third(day)]
    months = [_session(_session(day) - 30 * _DAY) for day in thirds]
    # settled on the open: nothing trades on the day itself
    monthly = [day for day in months if day > date][: cycle.months]
    wednesdays = [day for day in _ahead(date + _DAY) if day.weekday() == _WEDNESDAY]
    taken = {day - 30 * _DAY for day in thirds}
    weeks = [day for day in wednesdays if _session(day) > date][: cycle.weeks]
    weekly = [_session(day) for day in weeks if day not in taken]
    found = [Expiry("VIX", day) for day in monthly]
    found += [Expiry("VIXW", day) for day in weekly]
    return sorted(found, key=lambda one: one.date)


def _ahead(date: dt.date) -> Iterator[dt.date]:
    return (date + days * _DAY for days in range(1_200))


def _fortnight(date: dt.date) -> list[dt.date]:
    return [date + days * _DAY for days in range(14)]


def _session(day: dt.date) -> dt.date:
    """Return the last session at or before a day."""
    while not is_session(day):
        day -= _DAY
    return day
