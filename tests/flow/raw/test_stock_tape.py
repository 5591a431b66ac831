"""Raw stock flow against its naive twin: seconds, minutes, the newest quote."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import naive
import naive_raw
from naive_raw import DOLLAR, MINUTE, SECOND, Counted
from opentape.flow.raw.records import NEVER
from opentape.flow.raw.stocks import SECONDS, StockTape
from opentape.flow.raw.views import total
from opentape.market.columns import StockBatch
from opentape.market.money import UNKNOWN
from raw_views import in_series

OPEN_NS = 1_779_370_200_000_000_000
SYMBOLS = ["SPY", "AAPL", "BRK.A"]
SIDES = ("buy", "sell", "mid")


@dataclass
class Row:
    ts: int
    symbol: int
    price: int
    size: int
    bid: int | None
    ask: int | None


quotes = st.sampled_from([None, -1, 0, 10, 20, 21, 40])


@st.composite
def stock_rows(draw, most=60):
    """Stock prints, somewhat out of order, over seconds, minutes or days."""
    stretch = draw(st.sampled_from([10**6, 10**9, 30 * 10**9, 40 * 60 * 10**9]))
    return [
        Row(
            ts=OPEN_NS + draw(st.integers(0, 60)) * stretch,
            symbol=draw(st.integers(0, 2)),
            price=draw(st.sampled_from([-1, 0, 1, 10, 15, 20, 21, 30, 900])) * DOLLAR // 20,
            size=draw(st.sampled_from([-5, 0, 1, 3, 100, 9_999, 10_000, 1 << 31, 1 << 40])),
            bid=None if (bid := draw(quotes)) is None else bid * DOLLAR // 20,
            ask=None if (ask := draw(quotes)) is None else ask * DOLLAR // 20,
        )
        for _ in range(draw(st.integers(1, most)))
    ]


def batch_of(rows):
    def column(values, kind=np.int64):
        return np.array(list(values), kind)

    return StockBatch(
        column(r.ts for r in rows),
        column((r.symbol for r in rows), np.int32),
        column(r.price for r in rows),
        column(r.size for r in rows),
        column(UNKNOWN if r.bid is None else r.bid for r in rows),
        column(UNKNOWN if r.ask is None else r.ask for r in rows),
        column(range(len(rows))),
        column(range(len(rows), 2 * len(rows))),
    )


def counts(row):
    """Whether a row is a print at all, by the rules for options."""
    like = naive.NaivePrint(
        row.ts, "X", naive.date(2099, 1, 1), 1, "C", row.price, row.size, row.bid, row.ask
    )
    return naive.reject_reason(like) is None and row.size < 1 << 31


def counted(rows):
    return [
        Counted(
            ts=r.ts,
            price=r.price,
            size=r.size,
            side=naive.quote_side(r.price, r.bid, r.ask),
            owner=SYMBOLS[r.symbol],
            row=at,
        )
        for at, r in enumerate(rows)
        if counts(r)
    ]


def played(rows, cuts=()):
    tape = StockTape(SYMBOLS)
    batch = batch_of(rows)
    for start, stop in pairwise([0, *sorted(set(cuts)), len(rows)]):
        tape.add(batch.take(slice(start, stop)))
    return tape


@given(rows=stock_rows(), data=st.data())
def test_every_figure_is_that_of_the_prints(rows, data):
    places = st.integers(1, max(1, len(rows) - 1))
    tape = played(rows, data.draw(st.lists(places, max_size=8)))
    kept = counted(rows)
    assert (tape.rows, tape.dropped) == (len(rows), len(rows) - len(kept))
    newest = max((p.ts for p in kept), default=0)
    assert sorted(tape.touched()) == sorted({p.owner for p in kept})
    for name in SYMBOLS:
        mine = [p for p in kept if p.owner == name]
        view = tape.view(name)
        if not mine:
            assert view is None
            continue
        assert in_series(view.minutes) == naive_raw.buckets(mine, MINUTE, 1_500, newest)
        assert in_series(view.seconds) == naive_raw.buckets(mine, SECOND, SECONDS, newest)
        assert [(t["ts"], t["price"], t["size"]) for t in view.recent] == [
            (p.ts, p.price, p.size) for p in mine
        ]
        assert [SIDES[t["side"]] for t in view.recent] == [p.side for p in mine]
        assert view.blocks["size"].tolist() == [p.size for p in mine if p.size >= 10_000]


@given(rows=stock_rows())
def test_the_quote_is_that_of_the_newest_print(rows):
    tape = played(rows)
    for place, name in enumerate(SYMBOLS):
        mine = [(r.ts, at) for at, r in enumerate(rows) if r.symbol == place and counts(r)]
        if not mine:
            assert tape.view(name) is None
            continue
        at = max(mine)[1]
        row, quote = rows[at], tape.view(name).quote
        assert (quote.ts, quote.price) == (row.ts, row.price / DOLLAR)
        assert quote.bid == (None if row.bid is None else row.bid / DOLLAR)
        assert quote.ask == (None if row.ask is None else row.ask / DOLLAR)
        assert (quote.bid_size, quote.ask_size) == (at, len(rows) + at)


@given(rows=stock_rows())
def test_a_view_stays_as_it_was_while_the_tape_goes_on(rows):
    tape, batch = StockTape(SYMBOLS), batch_of(rows)
    seen = []
    for row in range(len(rows)):
        tape.add(batch.take(slice(row, row + 1)))
        views = [view for name in SYMBOLS if (view := tape.view(name))]
        seen.extend((view, frozen(view)) for view in views)
    for view, before in seen:
        assert frozen(view) == before


def frozen(view):
    return (
        in_series(view.minutes),
        in_series(view.seconds),
        view.recent.tobytes(),
        view.blocks.tobytes(),
        view.quote,
    )


def test_seconds_are_kept_for_28_hours():
    rows = [
        Row(OPEN_NS + hour * 3_600 * SECOND, 0, DOLLAR, 1, None, None) for hour in range(40)
    ]
    series = played(rows, range(1, 40)).view("SPY").seconds
    assert total(series.after(NEVER)).trades == 28
    assert series.start_ns == OPEN_NS + 12 * 3_600 * SECOND


def test_stocks_may_be_listed_while_the_tape_runs():
    symbols = ["SPY"]
    tape = StockTape(symbols)
    tape.add(batch_of([Row(OPEN_NS, 0, DOLLAR, 1, None, None)]))
    symbols.append("AAPL")
    tape.add(batch_of([Row(OPEN_NS, 1, 2 * DOLLAR, 7, None, None)]))
    assert tape.view("SPY").quote.price == 1.0
    assert total(tape.view("AAPL").minutes.after(NEVER)).mid == 7
