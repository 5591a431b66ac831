"""Prints of stocks: what a minute of them looks like, and that it comes out again."""

import datetime as dt

import numpy as np
import pytest

from opentape.market.calendar import EPOCH, session_of
from opentape.simulation.world import stock
from opentape.simulation.world.stock import MICS, StockPrints, StockTape

DATE = dt.date(2026, 5, 21)
SESSION = session_of(DATE)
SYMBOLS = ("SPY", "SPX", "NVDA", "ZAAA")
SPOTS = np.array([652.0, 6540.0, 178.0, 22.0])
CENT = 10_000_000


def spot(name: np.ndarray, ts: np.ndarray) -> np.ndarray:
    return SPOTS[name] * (1 + 1e-4 * np.sin(ts / 1e11))


def tape(prints: tuple[float, ...] = (40_000, 0, 30_000, 500), seed: int = 7) -> StockTape:
    assert SESSION is not None
    return StockTape(seed, (DATE - EPOCH).days, SESSION, SYMBOLS, np.array(prints), spot)


def joined(parts: list[StockPrints]) -> StockPrints:
    return StockPrints(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


@pytest.fixture(scope="module")
def day() -> StockPrints:
    made = tape()
    return joined([stock.minute(made, at) for at in range(made.minutes)])


def test_minutes_come_out_again_in_any_order() -> None:
    made = tape()
    later, first = stock.minute(made, 200), stock.minute(made, 0)
    for one, other in ((later, stock.minute(made, 200)), (first, stock.minute(made, 0))):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_another_seed_is_another_tape() -> None:
    one, other = stock.minute(tape(), 5), stock.minute(tape(seed=8), 5)
    assert not np.array_equal(one.ts_event, other.ts_event)


def test_prints_stand_in_their_minute_and_in_order(day: StockPrints) -> None:
    assert SESSION is not None
    assert (np.diff(day.ts_event) >= 0).all()
    assert day.ts_event[0] >= SESSION.start_ns
    assert day.ts_event[-1] < SESSION.end_ns


def test_indices_do_not_trade(day: StockPrints) -> None:
    assert set(day.name.tolist()) == {0, 2, 3}


def test_there_are_as_many_as_expected(day: StockPrints) -> None:
    assert day.ts_event.size == pytest.approx(70_500, rel=0.1)


def test_the_day_is_a_u(day: StockPrints) -> None:
    assert SESSION is not None
    minute = (day.ts_event - SESSION.start_ns) // stock.MINUTE_NS
    counts = np.bincount(minute, minlength=390)
    assert counts[:30].sum() > 1.5 * counts[180:210].sum()
    assert counts[-30:].sum() > 1.4 * counts[180:210].sum()
    assert stock.intensity(390).sum() == pytest.approx(1.0)


def test_quotes_are_whole_cents_around_the_spot(day: StockPrints) -> None:
    assert (day.bid % CENT == 0).all()
    assert (day.ask % CENT == 0).all()
    assert (day.ask > day.bid).all()
    middle = (day.bid + day.ask) / 2e9
    at = spot(day.name, day.ts_event)
    assert (np.abs(middle / at - 1)[day.name == 0] < 2e-4).all()
    assert (day.bid_size >= 100).all()
    assert (day.ask_size >= 100).all()


def test_busy_names_are_tight() -> None:
    made = tape()
    ts = np.full(4, made.session.start_ns)
    bid, ask = stock.quotes(
        made, np.array([2, 2, 3, 3]), ts, np.array([178.0, 30, 178, 22])
    )
    width = (ask - bid) // CENT
    assert width[1] == 1
    assert width[2] > width[0]


def test_prints_are_mostly_at_the_quote(day: StockPrints) -> None:
    at = (day.price == day.bid) | (day.price == day.ask)
    assert 0.75 < at.mean() < 0.95
    outside = (day.price < day.bid) | (day.price > day.ask)
    assert 0.005 < outside.mean() < 0.03


def test_sizes_have_odd_lots_and_blocks(day: StockPrints) -> None:
    assert (day.size > 0).all()
    assert 0.5 < (day.size < 100).mean() < 0.8
    assert 0.15 < (day.size == 100).mean() < 0.35
    assert 1e-4 < (day.size >= stock.BLOCK_SHARES).mean() < 1e-3
    dear, cheap = day.size[day.name == 0], day.size[day.name == 3]
    assert (dear < 100).mean() > (cheap < 100).mean()
    assert day.size.mean() == pytest.approx(110, rel=0.3)


def test_venues_are_those_of_stocks(day: StockPrints) -> None:
    shares = np.bincount(day.venue, minlength=len(MICS)) / day.venue.size
    assert shares[MICS.index("FINN")] == pytest.approx(0.45, abs=0.06)
    assert (shares > 0).all()
    parts = (day.price % CENT != 0) & (day.price * 2 != day.bid + day.ask)
    assert {MICS[at] for at in np.unique(day.venue[parts]).tolist()} == {"FINN"}


@pytest.mark.parametrize("closing", [False, True])
def test_auctions_are_one_large_print_a_name(*, closing: bool) -> None:
    assert SESSION is not None
    made = stock.crosses(tape(), closing=closing)
    edge = SESSION.end_ns if closing else SESSION.start_ns
    assert sorted(made.name.tolist()) == [0, 2, 3]
    assert (made.ts_event >= edge).all()
    assert (made.ts_event < edge + 2_000_000_000).all()
    largest = made.size[np.argmax(made.name == 0)]
    assert largest > (stock.BLOCK_SHARES if closing else 1_000)


def test_a_session_stands_in_order_with_its_auctions() -> None:
    made = tape((2_000, 0, 1_000, 500))
    day = joined(list(stock.session_prints(made)))
    assert (np.diff(day.ts_event) >= 0).all()
    minutes = sum(stock.minute(made, at).ts_event.size for at in range(made.minutes))
    assert day.ts_event.size == minutes + 2 * 3


def test_nothing_trades_where_nothing_is_expected() -> None:
    quiet = tape((0, 0, 0, 0))
    assert stock.minute(quiet, 0).ts_event.size == 0
    assert stock.crosses(quiet, closing=True).ts_event.size == 0
