"""Where underlyings stood, from their own prints or what option prints say."""

import numpy as np
import pytest

from opentape.desk.outcomes.prices import Prices
from opentape.market.calendar import SECOND_NS
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import NANOS, UNKNOWN


def prints(spots: list[float | None], conditions: list[Condition], root: int = 0):
    rows = len(spots)
    batch = PrintBatch._make(np.zeros(rows, column.dtype) for column in PrintBatch.empty(1))
    return batch._replace(
        ts_event=np.arange(rows) * SECOND_NS,
        contract=np.full(rows, root, np.int32),
        spot=np.array([UNKNOWN if one is None else round(one * NANOS) for one in spots]),
        condition=np.array(conditions, np.uint8),
    )


def stocks(rows: list[tuple[float, int, float, float | None, float | None]]) -> StockBatch:
    """Rows of second, place of the symbol, price, bid and ask."""
    second, symbol, *money = zip(*rows, strict=True)
    price, bid, ask = (
        np.array([UNKNOWN if one is None else round(one * NANOS) for one in column])
        for column in money
    )
    size = np.ones(len(rows), np.int64)
    ts_event = (np.array(second) * SECOND_NS).astype(np.int64)
    return StockBatch(
        ts_event, np.array(symbol, np.int32), price, size, bid, ask, size, size
    )


def told(prices: Prices, symbol: str) -> list[tuple[float, float]]:
    path = prices.paths()[symbol]
    seconds = path.ts_ns / SECOND_NS
    return list(zip(seconds.tolist(), path.price.tolist(), strict=True))


@pytest.fixture
def contracts() -> Contracts:
    found = Contracts()
    day, strike, put = (np.full(3, value) for value in (20_623, 100_000, False))
    found.intern_columns(["SPXW", "SPX", "SPY"], day, strike, put)
    return found


def test_the_middle_of_the_quote_else_the_price() -> None:
    prices = Prices()
    rows = [
        (1, 0, 10.3, 10.0, 10.5),
        (2, 0, 10.4, None, 10.5),
        (3, 0, 10.6, 10.7, 10.5),
        (4, 1, 20.0, None, None),
    ]
    prices.stocks(stocks(rows), ["SPY", "QQQ"])
    assert told(prices, "SPY") == [(1, 10.25), (2, 10.4), (3, 10.6)]
    assert told(prices, "QQQ") == [(4, 20.0)]


def test_the_last_of_a_second_counts() -> None:
    prices = Prices()
    rows = [(at, 0, at, None, None) for at in (1.0, 1.25, 1.75, 2.0)]
    prices.stocks(stocks(rows), ["SPY"])
    assert told(prices, "SPY") == [(1.75, 1.75), (2, 2)]


def test_an_index_stands_where_its_options_say(contracts: Contracts) -> None:
    prices, late = Prices(), [Condition.REGULAR, Condition.LATE, Condition.CANCEL]
    prices.prints(prints([5.0, 6.0, 7.0], late), contracts)
    prices.prints(prints([8.0, None, 9.0], [Condition.REGULAR] * 3, root=1), contracts)
    assert told(prices, "SPX") == [(0, 5), (0, 8), (2, 9)]


def test_what_an_underlying_prints_itself_goes_first(contracts: Contracts) -> None:
    prices = Prices()
    prices.prints(prints([5.0], [Condition.REGULAR], root=2), contracts)
    assert told(prices, "SPY") == [(0, 5)]
    prices.stocks(stocks([(3, 0, 6.0, None, None)]), ["SPY"])
    assert told(prices, "SPY") == [(3, 6)]
