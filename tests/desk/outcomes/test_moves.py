"""Moves are from the price that was known to the price that came, or not known."""

import datetime as dt

import numpy as np
import pytest

from opentape.desk.outcomes.columns import PARTS, TAGS, Path, Told, Watched
from opentape.desk.outcomes.moves import (
    HORIZONS,
    follow,
    moves,
    price_at,
    session_numbers,
)
from opentape.market.calendar import SECOND_NS, session_of

MINUTE_NS = 60 * SECOND_NS
FRIDAY, MONDAY_OFF, TUESDAY = (dt.date(2026, 5, day) for day in (22, 25, 26))
NAMES = [horizon.name for horizon in HORIZONS]


def told(ts_ns: list[int], symbol: str = "SPY") -> Told:
    rows = len(ts_ns)
    ones = np.ones(rows, np.int64)
    return Told(
        np.array(ts_ns, np.int64), np.array([symbol] * rows), ones.astype(np.int8), ones,
        ones, np.ones((rows, len(PARTS)), np.int64), np.ones((rows, len(TAGS)), np.bool_),
    )  # fmt: skip


def session(date: dt.date, minutes: list[float], start: float = 100.0) -> Watched:
    """A session whose price is `start` and the minutes since the open."""
    hours = session_of(date)
    ts_ns = np.arange(hours.start_ns, hours.end_ns + 1, 30 * SECOND_NS)
    price = start + (ts_ns - hours.start_ns) / MINUTE_NS
    at = [hours.start_ns + round(each * MINUTE_NS) for each in minutes]
    return Watched(date, hours, told(at), {"SPY": Path(ts_ns, price)})


def answered(*sessions: Watched) -> list[dict[str, float]]:
    followed = [follow(one) for one in sessions]
    rows = moves(followed, session_numbers([one.date for one in sessions]))
    return [dict(zip(NAMES, row, strict=True)) for row in rows.tolist()]


def test_each_horizon_is_basis_points_of_the_price_then() -> None:
    (row, *_) = answered(session(FRIDAY, [100.0]), session(TUESDAY, [1.0], start=400.0))
    assert row["5min"] == pytest.approx(1e4 * 5 / 200)
    assert row["30min"] == pytest.approx(1e4 * 30 / 200)
    assert row["close"] == pytest.approx(1e4 * 290 / 200)
    assert row["1session"] == pytest.approx(1e4 * (790 / 200 - 1))
    assert np.isnan(row["3sessions"])


def test_a_holiday_is_no_session_and_a_missing_one_is_not_skipped() -> None:
    assert session_numbers([FRIDAY, TUESDAY]) == {FRIDAY: 0, TUESDAY: 1}
    wednesday = TUESDAY + dt.timedelta(days=1)
    (row, _) = answered(session(FRIDAY, [1.0]), session(wednesday, [1.0]))
    assert np.isnan(row["1session"])


def test_near_the_close_what_would_lie_beyond_is_not_known() -> None:
    before, at_last, at_close = answered(session(FRIDAY, [360.0, 387.0, 390.0]))
    assert before["30min"] == pytest.approx(1e4 * 30 / 460)
    assert np.isnan(at_last["5min"])
    assert at_last["close"] == pytest.approx(1e4 * 3 / 487)
    assert all(np.isnan(value) for value in at_close.values())


def test_a_half_day_closes_early() -> None:
    (row,) = answered(session(dt.date(2025, 11, 28), [200.0]))
    assert row["close"] == pytest.approx(1e4 * 10 / 300)


def test_an_underlying_without_prices_is_not_known() -> None:
    one = session(FRIDAY, [10.0])
    assert all(
        np.isnan(value)
        for rows in (
            answered(one._replace(told=told([int(one.told.ts_ns[0])], "QQQ"))),
            answered(one._replace(paths={"SPY": Path(np.empty(0, int), np.empty(0))})),
        )
        for value in rows[0].values()
    )


def test_an_old_price_is_none() -> None:
    path = Path(np.array([100, 400]) * SECOND_NS, np.array([1.0, 2.0]))
    asked = np.array([99, 100, 220, 221, 400]) * SECOND_NS
    assert price_at(path, asked).tolist() == pytest.approx(
        [np.nan, 1.0, 1.0, np.nan, 2.0], nan_ok=True
    )
