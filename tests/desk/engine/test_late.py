"""Views of a while ago, for plans whose data is late."""

import datetime as dt

import pytest

from opentape.desk.engine.late import STEP_NS, Late
from opentape.desk.keys.delay import seen_until_ns
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.state.market import Feeds, Market
from opentape.flow.options import FlowOptions
from opentape.market.calendar import at_new_york
from opentape.market.errors import NotReady

THURSDAY, FRIDAY = dt.date(2026, 5, 21), dt.date(2026, 5, 22)


def market(as_of_ns):
    return Market(
        names={}, version=1, as_of_ns=as_of_ns, feeds=Feeds(), options=FlowOptions()
    )


def at(date, hour, minute=0):
    return at_new_york(date, dt.time(hour, minute))


def kept(begin, end, minutes=15, step=7 * 10**9):
    late, views = Late(minutes), [market(ts) for ts in range(begin, end + 1, step)]
    for one in views:
        late.keep(one)
    return late, views


def test_a_late_view_is_the_newest_of_its_instant_to_a_minute():
    late, views = kept(at(THURSDAY, 10), at(THURSDAY, 12))
    for minutes in (0, 1, 5, 15):
        until = views[-1].as_of_ns - minutes * STEP_NS
        found = late.until(until)
        assert found.as_of_ns <= until
        assert until - found.as_of_ns < STEP_NS + 7 * 10**9


def test_nothing_newer_than_the_plan_is_shown():
    late, views = kept(at(THURSDAY, 10), at(THURSDAY, 10, 10))
    with pytest.raises(NotReady, match="has not run for so long"):
        late.until(views[0].as_of_ns - 1)
    assert late.until(views[0].as_of_ns) is views[0]


def test_end_of_day_is_the_close_of_the_last_session():
    late = Late(15)
    for date in (THURSDAY, FRIDAY):
        for one in range(at(date, 15), at(date, 18), 11 * 10**9):
            late.keep(market(one))
    noon = at(FRIDAY, 17, 30)
    until = seen_until_ns(Plan.FREE, PlanOptions(), noon)
    found = late.until(until)
    assert until == at(FRIDAY, 16)
    assert 0 <= until - found.as_of_ns < 11 * 10**9


def test_during_a_session_the_one_before_is_shown():
    late = Late(15)
    for one in range(at(THURSDAY, 15), at(THURSDAY, 17), 11 * 10**9):
        late.keep(market(one))
    for one in range(at(FRIDAY, 10), at(FRIDAY, 11), 11 * 10**9):
        late.keep(market(one))
    until = seen_until_ns(Plan.FREE, PlanOptions(), at(FRIDAY, 11))
    found = late.until(until)
    assert until == at(THURSDAY, 16)
    assert 0 <= until - found.as_of_ns < 11 * 10**9
