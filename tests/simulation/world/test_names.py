"""Names: those that everybody knows, those that are invented, and how busy each is."""

import numpy as np
import pytest

import markets
from opentape.simulation.world.names import DEFAULTS, Kind, activity, names_of

KNOWN = ["SPY", "QQQ", "IWM", "SPX", "VIX", "NVDA"]
KNOWN += ["TSLA", "AAPL", "META", "AMZN", "MSFT", "GOOGL"]


def named(count=None, symbols=()):
    return names_of(markets.wanted(symbols=symbols, names=count))


def test_the_default_names_are_those_that_everybody_knows():
    names = named()
    assert [name.symbol for name in names] == KNOWN
    assert [name.symbol for name in names if name.kind is Kind.FUND] == KNOWN[:3]
    assert [name.symbol for name in names if name.kind is Kind.INDEX] == ["SPX", "VIX"]


@pytest.mark.parametrize("count", [1, 5, 12, 13, 40, 5_000])
def test_so_many_names_have_so_many_symbols(count):
    symbols = [name.symbol for name in named(count)]
    assert len(set(symbols)) == len(symbols) == count
    assert symbols[:12] == KNOWN[:count]
    assert all(len(symbol) == 4 and symbol[0] == "Z" for symbol in symbols[12:])


def test_a_name_is_the_same_among_few_and_among_many():
    few, many = named(30), named(300)
    assert many[:30] == few
    (alone,) = named(symbols=("ZAAR",))
    among = next(name for name in many if name.symbol == "ZAAR")
    assert alone == among._replace(rank=alone.rank)


def test_symbols_come_in_the_order_in_which_they_were_asked_for():
    names = named(symbols=("VIX", "GME", "SPY", "AMC"))
    assert [name.symbol for name in names] == ["VIX", "GME", "SPY", "AMC"]
    assert names[0] in DEFAULTS
    assert names[1].rank < names[3].rank
    assert {names[1].kind, names[3].kind} == {Kind.STOCK}


def test_levels_are_such_as_stocks_have():
    for name in named(2_000)[12:]:
        assert 4 <= name.spot <= 900
        assert 0.14 <= name.vol <= 1.6
        assert name.carry >= 0
        assert name.shares_m > 0


def test_the_busiest_name_trades_most():
    names = named(500)
    share = activity(names)
    assert share.sum() == pytest.approx(1)
    by_rank = share[np.argsort([name.rank for name in names])]
    assert np.all(np.diff(by_rank) <= 0)
