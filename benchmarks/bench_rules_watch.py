"""Rules of callers over views of a market: 1,000 of them, as a busy server watches.

The hot path is one look at a view: every view of a hundred underlyings whose prices moved,
twenty a second. Prints one JSON line.
"""

import argparse
import dataclasses
import json
import random
import time

import numpy as np

from opentape.desk.rules.crossings import Crossings
from opentape.desk.rules.rule import Rule, RuleKind
from opentape.desk.state.market import Feeds, Market
from opentape.desk.state.name import Name, Standing
from opentape.flow.options import FlowOptions
from opentape.flow.raw.views import Quote, Series, StockView
from opentape.flow.records import PARENT
from opentape.market.calendar import trade_date
from opentape.market.contract import Contracts

AT = 1_779_379_092 * 10**9
NOTHING = np.zeros(0, np.int64)
SERIES = Series(NOTHING, NOTHING, 0)


def name(symbol: str) -> Name:
    return Name(
        symbol=symbol,
        version=1,
        as_of_ns=AT,
        feeds=Feeds(),
        trade_date=trade_date(AT),
        contracts=Contracts(),
        options=FlowOptions(),
        standing=Standing(NOTHING, NOTHING, NOTHING, NOTHING),
        parents=np.zeros(0, PARENT),
        oi_stale=False,
        since_ns=0,
        standing_chain=None,
        history=None,
        sector=None,
        spelled={},
    )


def market(names: dict[str, Name], prices: dict[str, float], at_ns: int) -> Market:
    quotes = {one: Quote(at_ns, price, None, None, 0, 0) for one, price in prices.items()}
    views = {
        one: dataclasses.replace(
            names[one], stock=StockView(SERIES, SERIES, NOTHING, NOTHING, quote)
        )
        for one, quote in quotes.items()
    }
    return Market(
        names=views, version=1, as_of_ns=at_ns, feeds=Feeds(), options=FlowOptions()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--symbols", type=int, default=100)
    parser.add_argument("--views", type=int, default=400)
    asked = parser.parse_args()
    draw = random.Random(1)
    symbols = [f"S{at}" for at in range(asked.symbols)]
    rules = [
        Rule(
            id=f"rule_{at}",
            key_id="owner",
            kind=RuleKind.PRICE,
            symbols=(draw.choice(symbols),),
            price=draw.uniform(95, 105),
            created_ns=0,
        )
        for at in range(asked.rules)
    ]
    names = {one: name(one) for one in symbols}
    prices = dict.fromkeys(symbols, 100.0)
    views = []
    for at in range(asked.views):
        prices = {one: price + draw.gauss(0, 0.02) for one, price in prices.items()}
        views.append(market(names, prices, AT + at * 50_000_000))
    crossings = Crossings(rules, {})
    took, fired = [], 0
    for view in views:
        began = time.perf_counter_ns()
        fired += len(crossings.look(view, view.as_of_ns).firings)
        took.append(time.perf_counter_ns() - began)
    took.sort()
    told = {
        "rules": asked.rules,
        "symbols": asked.symbols,
        "views": asked.views,
        "fired": fired,
        "median_us": took[len(took) // 2] / 1e3,
        "p99_us": took[len(took) * 99 // 100] / 1e3,
        "rules_per_s": round(asked.rules * asked.views / (sum(took) / 1e9)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
