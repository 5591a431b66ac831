"""Names whose tapes were folded from random prints, beside the prints that count."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

import naive
import naive_raw
import tapes
from naive_raw import MINUTE, Counted
from opentape.desk.state.market import Feeds, Market
from opentape.desk.state.name import Name, Standing
from opentape.flow.fold import Fold
from opentape.flow.options import FlowOptions
from opentape.flow.raw.options import MINUTES, OptionTape
from opentape.flow.raw.records import NEVER, buckets_of
from opentape.flow.raw.stocks import StockTape
from opentape.flow.records import PARENT
from opentape.market.calendar import EPOCH, trade_date
from opentape.market.columns import StockBatch
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN

STOCKS = ("SPY", "SPX", "NVDA")


def counted(prints):
    """Option prints as raw flow counts them."""
    return [
        Counted(
            ts=p.ts_event,
            price=p.price,
            size=p.size,
            side=naive.signed(p)[0],
            owner=naive.UNDERLYING_OF_ROOT.get(p.root, p.root),
            expiry=(p.expiry - EPOCH).days,
            contract=naive.contract_of(p),
            row=p.row,
            bid=p.bid,
            ask=p.ask,
        )
        for p in prints
        if p.cls != "excluded"
    ]


def stock_batch(prints, symbols=STOCKS):
    """Stock prints as columns; the sizes of their quotes count up."""

    def column(values, kind=np.int64):
        return np.array(list(values), kind)

    return StockBatch(
        column(p.ts for p in prints),
        column((symbols.index(p.owner) for p in prints), np.int32),
        column(p.price for p in prints),
        column(p.size for p in prints),
        column(UNKNOWN if p.bid is None else p.bid for p in prints),
        column(UNKNOWN if p.ask is None else p.ask for p in prints),
        column(range(len(prints))),
        column(range(len(prints), 2 * len(prints))),
    )


@st.composite
def markets(draw):
    """A market, the option prints and the stock prints that count in it."""
    stretch = draw(st.sampled_from([1, 60, 1_000, 2_000]))
    tape = [
        replace(p, ts_event=tapes.OPEN_NS + (p.ts_event - tapes.OPEN_NS) * stretch)
        for p in draw(tapes.tapes())
    ]
    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    raw, stock = OptionTape(contracts), StockTape(STOCKS)
    fold = Fold(contracts, watch=raw)
    cuts = draw(st.lists(st.integers(1, max(1, len(tape) - 1)), max_size=4))
    for start, stop in pairwise([0, *sorted(set(cuts)), len(tape)]):
        fold.push(batch.take(slice(start, stop)))
    fold.finish()
    prints = counted(naive.standing(tape)[0])
    like = sorted(
        (replace(p, size=p.size * 300) for p in prints if p.owner in STOCKS),
        key=lambda p: p.ts,
    )
    shares = [
        replace(p, side=naive.quote_side(p.price, p.bid, p.ask), row=row)
        for row, p in enumerate(like)
        if naive_stock_counts(p)
    ]
    if shares:
        stock.add(stock_batch(shares))
    last = max((p.ts_event for p in tape), default=tapes.OPEN_NS)
    as_of = last + draw(st.sampled_from([0, 1, 59 * 10**9, 3 * 3_600 * 10**9]))
    names = [
        name_of(symbol, as_of, contracts, raw.view(symbol), stock.view(symbol))
        for symbol in (*STOCKS, "AAPL1", "IDLE")
    ]
    return market_of(names, as_of), prints, shares


def market_of_stocks(shares, as_of):
    """A market of SPY alone, of which only stock prints are known."""
    stock = StockTape(STOCKS)
    stock.add(stock_batch(shares))
    return market_of([name_of("SPY", as_of, Contracts(), None, stock.view("SPY"))], as_of)


def name_of(symbol, as_of, contracts, tape, stock):
    """A name with raw flow and nothing else."""
    return Name(
        symbol=symbol,
        version=1,
        as_of_ns=as_of,
        feeds=Feeds(),
        trade_date=trade_date(as_of),
        contracts=contracts,
        options=FlowOptions(),
        standing=Standing(*np.zeros((4, 0), np.int64)),
        parents=np.zeros(0, PARENT),
        oi_stale=False,
        since_ns=0,
        standing_chain=None,
        history=None,
        sector=None,
        spelled={},
        tape=tape,
        stock=stock,
    )


def market_of(names, as_of):
    """A market of some names."""
    return Market(
        names={name.symbol: name for name in names},
        version=1,
        as_of_ns=as_of,
        feeds=Feeds(),
        options=FlowOptions(),
    )


def naive_stock_counts(p):
    """Whether a stock print is no typing error against its quote."""
    if p.bid is not None and p.ask is not None and p.bid > p.ask and p.ask > 0:
        return True
    high = p.ask is not None and p.ask > 0 and p.price > 10 * p.ask
    low = p.bid is not None and p.bid > 0 and 10 * p.price < p.bid
    return not (high or low)


def watched_batches(contracts, batches, rows):
    """Fold batches in pieces of so many rows, to the end of the tape."""
    raw = OptionTape(contracts)
    fold = Fold(contracts, watch=raw)
    for batch in batches:
        for first in range(0, batch.rows, rows):
            fold.push(batch.take(slice(first, first + rows)))
            fold.settle_cancels()
    fold.finish()
    return fold, raw


def in_view(view, expiry=None):
    """Figures of every minute that a view of options holds, as the twin spells them."""
    return _figures(view.after(NEVER, expiry))


def in_series(series):
    """Figures of every bucket that a series holds, as the twin spells them."""
    return _figures(series.after(NEVER))


def _figures(records):
    found = {}
    for bucket in buckets_of(records):
        told = {
            **bucket._asdict(),
            "notional": bucket.notional,
            "vwap_nanos": bucket.vwap_nanos,
        }
        for name in ("ts", "slot", "notional_high", "notional_low"):
            del told[name]
        assert bucket.ts not in found
        found[bucket.ts] = told
    return found


def check(raw, prints, newest=None):
    """Every figure of every view is that of the prints."""
    newest = newest or max((p.ts for p in prints), default=0)
    names = {p.owner for p in prints}
    for name in names:
        view = raw.view(name)
        mine = [p for p in prints if p.owner == name]
        expected = naive_raw.buckets(mine, MINUTE, MINUTES, newest)
        assert in_view(view) == expected
        assert list(in_view(view)) == sorted(expected)
        kept = [p for p in mine if p.ts // MINUTE * MINUTE in expected]
        assert view.contracts() == len({p.contract for p in kept})
        for expiry in {p.expiry for p in mine}:
            of_expiry = [p for p in mine if p.expiry == expiry]
            assert in_view(view, expiry) == naive_raw.buckets(
                of_expiry, MINUTE, MINUTES, newest
            )
            traded = {p.contract for p in kept if p.expiry == expiry}
            assert view.contracts(expiry) == len(traded)
    return names
