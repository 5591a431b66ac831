"""Expiries as the exchanges' own calendars have them."""

import datetime as dt
from collections import defaultdict

import pytest

import markets
from opentape.market.calendar import is_session
from opentape.simulation.world.expiries import expiries_of
from opentape.simulation.world.names import names_of


def listed(symbol, date, rank=None):
    """Dates by root, each as month and day."""
    (name,) = names_of(markets.wanted(symbols=(symbol,)))
    name = name if rank is None else name._replace(rank=rank)
    found = defaultdict(list)
    for expiry in expiries_of(name, dt.date.fromisoformat(date)):
        found[expiry.root].append(f"{expiry.date}")
    return found


def test_spy_expires_every_day_for_two_weeks():
    found = listed("SPY", "2026-05-21")["SPY"]
    # Memorial Day is the 25th
    assert found[:9] == [
        f"2026-{day}"
        for day in (
            *("05-21", "05-22", "05-26", "05-27", "05-28", "05-29"),
            *("06-01", "06-02", "06-03"),
        )
    ]
    # then Fridays, of which Juneteenth moves the third of June
    assert found[9:14] == [
        f"2026-{d}" for d in ("06-05", "06-12", "06-18", "06-26", "07-02")
    ]


def test_a_friday_without_a_session_expires_on_thursday():
    assert "2025-04-17" in listed("NVDA", "2025-04-08")["NVDA"]  # Good Friday is the 18th
    assert "2026-06-18" in listed("ZAAA", "2026-05-21")["ZAAA"]  # Juneteenth
    assert "2026-07-02" in listed("NVDA", "2026-06-25")["NVDA"]  # the 4th is a Saturday


@pytest.mark.parametrize("date", ["2026-05-21", "2025-04-08", "2024-12-20", "2026-12-24"])
@pytest.mark.parametrize("symbol", ["SPY", "SPX", "VIX", "NVDA", "ZAAA"])
def test_expiries_are_sessions_in_order_and_none_is_past(symbol, date):
    for dates in listed(symbol, date).values():
        assert dates == sorted(set(dates))
        assert dates[0] >= date
        assert all(is_session(dt.date.fromisoformat(one)) for one in dates)


def test_the_morning_settled_monthly_is_not_listed_on_its_day():
    before, on = listed("SPX", "2026-05-14"), listed("SPX", "2026-05-15")
    assert before["SPX"][0] == "2026-05-15"
    assert on["SPX"][0] == "2026-06-18"
    assert before["SPXW"][0] == "2026-05-14"
    assert on["SPXW"][0] == "2026-05-15"
    # Good Friday moved the monthly to Thursday, whose morning settles it
    assert listed("SPX", "2025-04-16")["SPX"][0] == "2025-04-17"
    assert listed("SPX", "2025-04-17")["SPX"][0] == "2025-05-16"


def test_leaps_are_of_january():
    assert listed("NVDA", "2026-05-21")["NVDA"][-2:] == ["2027-01-15", "2028-01-21"]
    assert listed("SPY", "2026-05-21")["SPY"][-2:] == ["2028-01-21", "2029-01-19"]
    index = listed("SPX", "2026-05-21")
    assert index["SPX"][-2:] == ["2028-01-21", "2029-01-19"]
    assert index["SPXW"][-1] < "2027-06"


def test_busy_stocks_have_three_weeklies_a_week_and_quiet_ones_none():
    busy = listed("NVDA", "2026-05-21")["NVDA"]
    assert busy[:5] == [f"2026-{d}" for d in ("05-22", "05-27", "05-29", "06-01", "06-03")]
    usual = listed("ZAAA", "2026-05-21", rank=300)["ZAAA"]
    assert usual[:3] == ["2026-05-22", "2026-05-29", "2026-06-05"]
    quiet = listed("ZAAA", "2026-05-21", rank=2_000)["ZAAA"]
    assert quiet == ["2026-06-18", "2026-07-17", "2026-08-21", "2026-09-18", "2027-01-15"]


def test_vix_expires_thirty_days_before_a_third_friday():
    """Final settlement dates of VIX futures, which its options share."""
    assert listed("VIX", "2024-12-02")["VIX"][:7] == [
        *("2024-12-18", "2025-01-22", "2025-02-19", "2025-03-18"),
        *("2025-04-16", "2025-05-21", "2025-06-18"),
    ]
    # Juneteenth moves May's to a Tuesday
    assert listed("VIX", "2026-05-04")["VIX"][:3] == [
        *("2026-05-19", "2026-06-17", "2026-07-22")
    ]


def test_vix_weeklies_are_the_other_wednesdays():
    assert listed("VIX", "2026-05-04")["VIXW"] == [
        *("2026-05-06", "2026-05-13", "2026-05-27", "2026-06-03", "2026-06-10")
    ]
    assert listed("VIX", "2026-05-06")["VIXW"][0] == "2026-05-13"
