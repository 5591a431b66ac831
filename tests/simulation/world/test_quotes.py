"""Quotes: crossed never, on their grid always, the same whenever one looks."""

import numpy as np
import pytest

from opentape.market.calendar import SECOND_NS
from opentape.simulation.scene import look


@pytest.fixture(scope="module")
def everything(scene):
    """Every contract at an instant of its own."""
    rng = np.random.default_rng(5)
    contract = np.arange(scene.listing.series)
    ts = rng.integers(scene.session.start_ns, scene.session.end_ns, contract.size)
    return contract, ts, look(scene, contract // 2, contract % 2 == 1, ts)


def ticks(symbol, cents):
    """In what a price moves: what the exchanges' penny programme says."""
    if symbol in {"SPY", "QQQ", "IWM"}:
        return 1
    if symbol in {"SPX", "VIX"}:
        return 5 if cents < 300 else 10
    return 1 if cents < 300 else 5


def test_a_bid_is_below_its_ask_and_both_are_on_the_grid(scene, everything):
    contract, _, seen = everything
    bid, ask = seen.quotes.bid, seen.quotes.ask
    assert np.all(bid >= 0)
    assert np.all(bid < ask)
    names = scene.listing.block_name[scene.listing.block[contract // 2]]
    for place, (low, high) in enumerate(zip(bid.tolist(), ask.tolist(), strict=True)):
        symbol = scene.names[names[place]].symbol
        # a bid of $3.00 and what is above it move in the larger steps
        assert low % ticks(symbol, low) == 0, (symbol, low, high)
        assert high % ticks(symbol, high) == 0, (symbol, low, high)


def test_sizes_and_venues_are_at_least_one(everything):
    _, _, seen = everything
    assert min(seen.quotes.bid_size.min(), seen.quotes.ask_size.min()) >= 1
    assert 1 <= seen.quotes.shown.min() <= seen.quotes.shown.max() <= 18


def test_the_same_instant_has_the_same_quote(scene, everything):
    contract, ts, seen = everything
    some = np.random.default_rng(1).permutation(contract)[:500]
    again = look(scene, some // 2, some % 2 == 1, ts[some])
    for then, now in zip(seen.quotes, again.quotes, strict=True):
        assert np.array_equal(then[some], now)


def test_a_quote_has_its_value_between_bid_and_ask(scene):
    """Of what is worth more than a tick; cheaper ones have nothing below."""
    contract = np.arange(0, scene.listing.series, 7)
    ts = np.full(contract.size, scene.session.start_ns + 3_600 * SECOND_NS)
    seen = look(scene, contract // 2, contract % 2 == 1, ts)
    middle = (seen.quotes.bid + seen.quotes.ask) / 2
    second = look(scene, contract // 2, contract % 2 == 1, ts + 100_000_000)
    moved = np.abs((second.quotes.bid + second.quotes.ask) / 2 - middle)
    # a tenth of a second later little more than the spot has changed
    assert np.median(moved / seen.quotes.tick) <= 1


def test_busy_names_are_tighter(scene, everything):
    contract, _, seen = everything
    names = scene.listing.block_name[scene.listing.block[contract // 2]]
    width = (seen.quotes.ask - seen.quotes.bid) / np.maximum(seen.quotes.ask, 1)
    cheap = (seen.quotes.ask > 50) & (seen.quotes.ask < 300)
    by_name = [np.median(width[cheap & (names == place)]) for place in (0, 4)]
    assert by_name[0] < by_name[1]
