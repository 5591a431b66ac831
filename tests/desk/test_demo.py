"""Which session a demo plays, by the wall clock of New York."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.desk.demo import INTO_NS, placed
from opentape.market.calendar import (
    NEW_YORK,
    SECOND_NS,
    at_new_york,
    day_of,
    instant_ns,
    session_of,
    trade_date,
)

MINUTE_NS = 60 * SECOND_NS
FIRST = instant_ns(dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
LAST = instant_ns(dt.datetime(2031, 1, 1, tzinfo=dt.UTC))


def at(text):
    """Nanoseconds of a time in New York."""
    moment = dt.datetime.fromisoformat(text)
    return at_new_york(moment.date(), moment.time())


@pytest.mark.parametrize(
    ("now", "date", "into_minutes"),
    [
        # the session under way is played where it stands
        ("2026-05-21 09:30", "2026-05-21", 0),
        ("2026-05-21 09:31", "2026-05-21", 1),
        ("2026-05-21 15:59", "2026-05-21", 389),
        # after the close, on a weekend, over Memorial Day: the session that follows
        ("2026-05-21 16:00", "2026-05-22", 120),
        ("2026-05-21 09:29", "2026-05-21", 120),
        ("2026-05-22 16:01", "2026-05-26", 120),
        ("2026-05-23 12:00", "2026-05-26", 120),
        ("2026-05-25 23:59", "2026-05-26", 120),
        # at night: no more than the date in New York has had
        ("2026-05-21 03:00", "2026-05-21", 120),
        ("2026-05-21 00:45", "2026-05-21", 45),
        ("2026-05-21 00:00", "2026-05-21", 0),
        # the day after Thanksgiving closes at one
        ("2025-11-28 12:59", "2025-11-28", 209),
        ("2025-11-28 13:00", "2025-12-01", 120),
        ("2025-11-27 10:00", "2025-11-28", 120),
        # clocks go forward on 8 March and back on 1 November
        ("2026-03-08 04:00", "2026-03-09", 120),
        ("2026-03-08 03:30", "2026-03-09", 120),
        ("2026-11-01 01:30", "2026-11-02", 90),
        ("2026-11-01 04:00", "2026-11-02", 120),
    ],
)
def test_what_is_played_when(now, date, into_minutes):
    found = placed(at(now))
    assert f"{found.date}" == date
    into = found.from_ns - session_of(found.date).start_ns
    assert into == into_minutes * MINUTE_NS
    assert found.from_ns + found.shift_ns == at(now)


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_is_two_hours(fold):
    moment = dt.datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=fold)
    now = instant_ns(moment.astimezone(dt.UTC))
    found = placed(now)
    passed = found.from_ns - session_of(found.date).start_ns
    assert passed == (90 + 30 * fold) * MINUTE_NS


@given(st.integers(FIRST, LAST - 1))
def test_a_demo_plays_what_has_not_expired_on_the_date_that_it_is(now):
    found = placed(now)
    opens, closes = session_of(found.date)
    assert opens <= found.from_ns < closes
    assert found.from_ns + found.shift_ns == now
    # it is the first session that is not over
    assert now < closes
    date = trade_date(now)
    while date < found.date:
        earlier = session_of(date)
        assert earlier is None or earlier.end_ns <= now
        date += dt.timedelta(days=1)
    if opens <= now:
        assert found.shift_ns == 0
    else:
        assert found.shift_ns < 0
        assert 0 <= found.from_ns - opens <= INTO_NS
        # the day so far is of one date in New York
        assert opens + found.shift_ns >= day_of(trade_date(now)).start_ns
