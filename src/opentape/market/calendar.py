"""Trade dates, sessions and the instants at which contracts expire.

Holidays and half days are exchange_calendars' business, over a fixed range so that an
answer never moves with today's date and LEAPS of any listing fall inside it.
"""

import datetime as dt
import warnings
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from opentape.market.contract import Contract
from opentape.market.errors import InputError
from opentape.market.roots import AM_SETTLED

NEW_YORK: Final = ZoneInfo("America/New_York")
SECOND_NS: Final = 1_000_000_000
_LONGEST_BREAK: Final = 10
"""Days; longer than the exchanges were ever shut."""
EPOCH: Final = dt.date(1970, 1, 1)
_LATE_CLOSE_NS: Final = 900 * SECOND_NS
"""Options on indices and funds trade this long after the close of stocks."""
_UTC_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FIRST_DATE: Final = dt.date(1990, 1, 2)
LAST_DATE: Final = dt.date(2100, 12, 31)
"""The last date whose sessions are known."""


class Span(NamedTuple):
    """Two instants, nanoseconds since 1970 UTC; the second is not part of the span."""

    start_ns: int
    end_ns: int


def instant_ns(moment: dt.datetime) -> int:
    """Return a zoned datetime as nanoseconds since 1970 UTC, exactly."""
    since = moment - _UTC_EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def iso(ts_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC with six digits of a second, cut not rounded.

    Examples
    --------
    >>> iso(1_464_788_908_925_000_999)
    '2016-06-01T13:48:28.925000Z'
    """
    seconds, rest = divmod(ts_ns, SECOND_NS)
    return f"{_second(seconds)}.{rest // 1_000:06d}Z"


@lru_cache(1 << 15)
def _second(seconds: int) -> str:
    return (_UTC_EPOCH + dt.timedelta(seconds=seconds)).isoformat()[:19]


def trade_date(ts_ns: int) -> dt.date:
    """Return the calendar date in New York of an instant."""
    moment = _UTC_EPOCH + dt.timedelta(seconds=ts_ns // SECOND_NS)
    return moment.astimezone(NEW_YORK).date()


def day_of(date: dt.date) -> Span:
    """Return the instants from midnight to midnight in New York."""
    tomorrow = date + dt.timedelta(days=1)
    return Span(at_new_york(date, dt.time()), at_new_york(tomorrow, dt.time()))


def at_new_york(date: dt.date, time: dt.time) -> int:
    """Return a wall-clock time in New York as nanoseconds since 1970 UTC."""
    return instant_ns(dt.datetime.combine(date, time, tzinfo=NEW_YORK))


def is_session(date: dt.date) -> bool:
    """Return whether the exchanges open on a date."""
    return date in _sessions()


def session_of(date: dt.date) -> Span | None:
    """Return the open and close of a date's regular session, None if there is none."""
    return _sessions().get(date)


def session_before(date: dt.date) -> Span | None:
    """Return the hours of the last session before a date; None outside the calendar.

    Examples
    --------
    >>> iso(session_before(dt.date(2026, 5, 26)).end_ns)
    '2026-05-22T20:00:00.000000Z'
    """
    days = (date - dt.timedelta(days=back) for back in range(1, _LONGEST_BREAK + 1))
    return next(filter(None, map(session_of, days)), None)


def in_session(ts_ns: int) -> bool:
    """Return whether options trade: from the open to a quarter of an hour past the close.

    Examples
    --------
    >>> friday = dt.date(2026, 5, 22)
    >>> [in_session(at_new_york(friday, dt.time(hour, 10))) for hour in (9, 10, 16, 17)]
    [False, True, True, False]
    """
    session = session_of(trade_date(ts_ns))
    return session is not None and (
        session.start_ns <= ts_ns <= session.end_ns + _LATE_CLOSE_NS
    )


def is_open(ts_ns: int) -> bool:
    """Return whether stocks trade in their regular session.

    Examples
    --------
    >>> friday = dt.date(2026, 5, 22)
    >>> [is_open(at_new_york(friday, dt.time(hour, 10))) for hour in (9, 10, 16)]
    [False, True, False]
    """
    session = session_of(trade_date(ts_ns))
    return session is not None and session.start_ns <= ts_ns < session.end_ns


def trading_hours(start_ns: int, end_ns: int) -> float:
    """Return how long regular sessions are open between two instants, in hours.

    Examples
    --------
    >>> friday = at_new_york(dt.date(2026, 5, 22), dt.time(15, 0))
    >>> trading_hours(friday, at_new_york(dt.date(2026, 5, 26), dt.time(10, 0)))
    1.5
    """
    date, open_ns = trade_date(start_ns), 0
    while (day := day_of(date)).start_ns < end_ns:
        if session := session_of(date):
            first, last = max(session.start_ns, start_ns), min(session.end_ns, end_ns)
            open_ns += max(0, last - first)
        date = trade_date(day.end_ns)
    return open_ns / (3_600 * SECOND_NS)


def expiry_instant(contract: Contract) -> int:
    """Return when a contract's settlement price is fixed, nanoseconds since 1970 UTC.

    The open of its expiry date for roots that settle in the morning, else the close (13:00
    on a half day). An expiry on a day without a session settles on the session before:
    monthly contracts were dated Saturdays until 2015.

    Raises
    ------
    InputError
        If the expiry is outside the years that the calendar covers, 1990 to 2100.
    """
    date = contract.expiry
    sessions = _sessions()
    if not FIRST_DATE <= date <= LAST_DATE:
        raise InputError(
            f"an expiry must lie between {FIRST_DATE} and {LAST_DATE}, was {date}"
        )
    while date not in sessions:
        date -= dt.timedelta(days=1)
    opens, closes = sessions[date]
    return opens if contract.root in AM_SETTLED else closes


@cache
def _sessions() -> dict[dt.date, Span]:
    # 0.6 s with pandas behind it: whoever asks for no session does not pay for it.
    import exchange_calendars  # noqa: PLC0415

    with warnings.catch_warnings():
        # it warns of what it will have to change for the pandas after this one
        warnings.simplefilter("ignore", DeprecationWarning)
        calendar = exchange_calendars.get_calendar(
            "XNYS", start=str(FIRST_DATE), end=str(LAST_DATE)
        )
    schedule: Any = calendar.schedule  # a pandas frame, which checkers know half of
    dates = schedule.index.date.tolist()
    opens = schedule["open"].astype("datetime64[ns, UTC]").astype("int64").tolist()
    closes = schedule["close"].astype("datetime64[ns, UTC]").astype("int64").tolist()
    return {
        date: Span(opened, closed)
        for date, opened, closed in zip(dates, opens, closes, strict=True)
    }
