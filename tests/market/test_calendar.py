"""Sessions, trade dates and the instants at which contracts settle."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.calendar import (
    at_new_york,
    day_of,
    expiry_instant,
    instant_ns,
    is_session,
    iso,
    session_of,
    trade_date,
)
from opentape.market.contract import Contract, Right
from opentape.market.errors import InputError

NEW_YORK = ZoneInfo("America/New_York")


def contract(root: str, expiry: dt.date) -> Contract:
    return Contract(root=root, expiry=expiry, strike_mills=1_000, right=Right.CALL)


@pytest.mark.parametrize(
    ("root", "expiry", "settles"),
    [
        ("SPY", dt.date(2025, 12, 19), "2025-12-19T21:00:00.000000Z"),
        ("SPXW", dt.date(2025, 7, 18), "2025-07-18T20:00:00.000000Z"),
        ("SPX", dt.date(2025, 12, 19), "2025-12-19T14:30:00.000000Z"),
        ("VIX", dt.date(2025, 7, 16), "2025-07-16T13:30:00.000000Z"),
        ("SPY", dt.date(2025, 11, 28), "2025-11-28T18:00:00.000000Z"),  # half day
        ("SPX", dt.date(2025, 11, 28), "2025-11-28T14:30:00.000000Z"),
        ("SPY", dt.date(2025, 4, 18), "2025-04-17T20:00:00.000000Z"),  # Good Friday
        ("SPY", dt.date(2014, 12, 20), "2014-12-19T21:00:00.000000Z"),  # dated Saturday
        ("SPX", dt.date(2014, 12, 20), "2014-12-19T14:30:00.000000Z"),
        ("SPY", dt.date(2028, 1, 21), "2028-01-21T21:00:00.000000Z"),
        ("SPY", dt.date(2028, 12, 15), "2028-12-15T21:00:00.000000Z"),
        ("SPY", dt.date(1990, 1, 2), "1990-01-02T21:00:00.000000Z"),
    ],
)
def test_when_a_contract_settles(root: str, expiry: dt.date, settles: str) -> None:
    assert iso(expiry_instant(contract(root, expiry))) == settles


@pytest.mark.parametrize(
    "expiry", [dt.date(1989, 12, 29), dt.date(1970, 1, 1), dt.date(2101, 1, 3), dt.date.max]
)
def test_an_expiry_outside_the_calendar_is_an_error(expiry: dt.date) -> None:
    with pytest.raises(InputError, match=rf"an expiry must lie between .*, was {expiry}"):
        expiry_instant(contract("SPY", expiry))


def test_sessions() -> None:
    assert is_session(dt.date(2025, 12, 19))
    assert not is_session(dt.date(2025, 12, 20))
    assert not is_session(dt.date(2025, 12, 25))
    assert session_of(dt.date(2025, 12, 25)) is None
    span = session_of(dt.date(2025, 12, 24))
    assert span is not None
    assert [iso(ns)[11:16] for ns in span] == ["14:30", "18:00"]


@given(st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2200, 1, 1)))  # noqa: DTZ001
def test_instants_are_exact(moment: dt.datetime) -> None:
    zoned = moment.replace(tzinfo=dt.UTC)
    ns = instant_ns(zoned)
    assert ns % 1_000 == 0
    assert iso(ns) == f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert iso(ns + 999) == iso(ns)
    assert trade_date(ns) == zoned.astimezone(NEW_YORK).date()


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 1, 1)))
def test_a_day_runs_from_midnight_to_midnight(date: dt.date) -> None:
    """Twenty-three to twenty-five hours, when clocks change."""
    span = day_of(date)
    assert trade_date(span.start_ns) == date
    assert trade_date(span.end_ns - 1) == date
    assert trade_date(span.end_ns) == date + dt.timedelta(days=1)
    assert span.start_ns == at_new_york(date, dt.time())
    assert span.end_ns - span.start_ns in {h * 3_600 * 10**9 for h in (23, 24, 25)}
