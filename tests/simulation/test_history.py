"""Daily bars, vols, macro series and reports that lead to a morning."""

import datetime as dt

import numpy as np
import pytest

from opentape.market.calendar import EPOCH, is_session
from opentape.simulation.options import MarketOptions
from opentape.simulation.world.earnings import QUARTERS, Reports, reports
from opentape.simulation.world.history import SESSIONS, History, Morning, history
from opentape.simulation.world.macro import macro
from opentape.simulation.world.names import DEFAULTS, Kind, Name, names_of

DATE = dt.date(2026, 5, 21)
SEED = 7
MARKET = names_of(MarketOptions(date=DATE, names=80))


def morning_of(names: tuple[Name, ...]) -> Morning:
    return Morning(
        tuple(name.symbol for name in names),
        np.array([name.spot for name in names]),
        np.array([name.vol for name in names]),
        np.array([int(name.kind) for name in names]),
        np.array([name.beta for name in names]),
        np.array([name.shares_m for name in names]),
    )


def reports_of(names: tuple[Name, ...]) -> dict[str, Reports]:
    return {
        name.symbol: reports(SEED, name.symbol, name.spot, DATE)
        for name in names
        if name.kind is Kind.STOCK
    }


@pytest.fixture(scope="module")
def past() -> History:
    return history(SEED, DATE, morning_of(MARKET), reports_of(MARKET))


def returns(past: History) -> np.ndarray:
    return np.diff(np.log(past.close), axis=0)


def test_the_sessions_are_the_last_before_the_date(past: History) -> None:
    days = [EPOCH + dt.timedelta(days=day) for day in past.day.tolist()]
    assert len(days) == SESSIONS
    assert days == sorted(set(days))
    assert all(is_session(day) for day in days)
    assert days[-1] == dt.date(2026, 5, 20)


def test_bars_are_ordered(past: History) -> None:
    assert (past.low <= np.minimum(past.open, past.close)).all()
    assert (past.high >= np.maximum(past.open, past.close)).all()
    assert (past.low > 0).all()


def test_it_ends_one_night_before_the_morning(past: History) -> None:
    spot = np.array([name.spot for name in MARKET])
    vol = np.array([name.vol for name in MARKET])
    gap = np.abs(np.log(spot / past.close[-1])) / (vol / np.sqrt(252))
    assert gap.max() < 3
    assert 0.1 < np.median(gap) < 1
    assert 0.5 < np.median(past.iv30[-1] / vol) < 1.5


def test_a_name_stays_when_others_join(past: History) -> None:
    few = MARKET[5:9]
    alone = history(SEED, DATE, morning_of(few), reports_of(few))
    for mine, all_of_them in zip(alone[2:], past[2:], strict=True):
        assert np.array_equal(mine, all_of_them[:, 5:9])


def test_another_seed_is_another_past(past: History) -> None:
    other = history(SEED + 1, DATE, morning_of(MARKET), reports_of(MARKET))
    assert (other.close != past.close).any(axis=0).all()


def test_implied_stands_above_realised(past: History) -> None:
    stocks = np.array([name.kind is not Kind.INDEX for name in MARKET])
    realised = returns(past).std(axis=0)[stocks] * np.sqrt(252)
    premium = past.iv30.mean(axis=0)[stocks] / realised
    assert 1.0 < np.median(premium) < 1.3
    assert (past.iv30 > 0.03).all()
    assert (past.iv30 < 6.0).all()


def test_vols_cluster_and_have_fat_tails(past: History) -> None:
    moves = returns(past)
    moves = moves / moves.std(axis=0)
    assert (moves**4).mean() > 3.5
    size = np.abs(moves)
    lagged = np.mean(
        [np.corrcoef(size[1:, at], size[:-1, at])[0, 1] for at in range(len(MARKET))]
    )
    assert lagged > 0.02


def test_prices_fall_when_vol_rises(past: History) -> None:
    for at in (0, 1, 3):
        change = np.diff(np.log(past.iv30[:, at]))
        assert np.corrcoef(returns(past)[:, at], change)[0, 1] < -0.4


def test_names_follow_the_market(past: History) -> None:
    moves = returns(past)
    assert np.corrcoef(moves[:, 0], moves[:, 3])[0, 1] > 0.999
    assert np.corrcoef(moves[:, 0], moves[:, 4])[0, 1] < -0.4
    stocks = [np.corrcoef(moves[:, 0], moves[:, at])[0, 1] for at in range(12, 80)]
    assert 0.2 < np.median(stocks) < 0.8


def test_indices_trade_no_shares(past: History) -> None:
    index = np.array([name.kind is Kind.INDEX for name in MARKET])
    assert (past.volume[:, index] == 0).all()
    assert (past.volume[:, ~index] > 0).all()


def test_half_days_are_quiet(past: History) -> None:
    day = (dt.date(2025, 11, 28) - EPOCH).days
    at = int(np.searchsorted(past.day, day))
    assert np.median(past.volume[at, :3] / np.median(past.volume[:, :3], axis=0)) < 0.8


def test_vol_rises_to_a_report_and_falls_after(past: History) -> None:
    told = reports_of(MARKET)
    ratios, moves = [], returns(past)
    size = np.abs(moves) / moves.std(axis=0)
    sizes = []
    for column, name in enumerate(MARKET):
        if name.kind is not Kind.STOCK:
            continue
        for day in told[name.symbol].reacts[-4:-1].tolist():
            at = int(np.searchsorted(past.day, day))
            ratios.append(past.iv30[at, column] / past.iv30[at - 1, column])
            sizes.append(size[at - 1, column])
    assert 0.6 < np.median(ratios) < 0.95
    assert np.mean(sizes) > 1.5


def test_a_session_more_drops_the_oldest(past: History) -> None:
    bar = History(past.symbols, *(column[-1:] for column in past[1:]))
    grown = past.then(bar)
    assert grown.close.shape == past.close.shape
    assert np.array_equal(grown.close[:-1], past.close[1:])


def test_macro_follows_the_vol_index(past: History) -> None:
    told = macro(SEED, DATE, past)
    assert np.array_equal(told.vix, past.close[:, past.symbols.index("VIX")])
    spy = 100 * past.iv30[:, 0]
    assert np.corrcoef(np.log(told.vix), np.log(spy))[0, 1] > 0.8
    assert np.diff(np.log(told.vix_3m)).std() < np.diff(np.log(told.vix)).std()
    assert (told.dgs10 > 0).all()
    assert set(np.abs(np.diff(told.fed_funds)).round(2).tolist()) <= {0.0, 0.25}
    assert told.day.size == told.vix.size == told.fed_funds.size == SESSIONS


def test_macro_does_without_the_vol_index(past: History) -> None:
    alone = history(SEED, DATE, morning_of(DEFAULTS[:1]), {})
    with_index, without = macro(SEED, DATE, past), macro(SEED, DATE, alone)
    assert np.abs(np.log(without.vix / with_index.vix)).max() < 0.2


def test_reports_come_four_times_a_year() -> None:
    told = reports(SEED, "NVDA", 178.0, DATE)
    assert told.day.size == QUARTERS + 1
    gaps = np.diff(told.day)
    assert (gaps > 80).all()
    assert (gaps < 105).all()
    days = [EPOCH + dt.timedelta(days=day) for day in told.day.tolist()]
    assert days[-2] < DATE <= days[-1]
    assert all(is_session(day) for day in days)
    assert np.isnan(told.actual[-1])
    assert np.isfinite(told.actual[:-1]).all()


def test_a_report_stands_on_its_day_whenever_asked() -> None:
    early = reports(SEED, "NVDA", 178.0, DATE)
    later = reports(SEED, "NVDA", 178.0, DATE + dt.timedelta(days=120))
    assert set(early.day[2:].tolist()) <= set(later.day.tolist())
