"""What is said of a feed: counted, timed, listed; and on the signals that it touched."""

import json
from typing import get_args

import msgspec
import numpy as np
import pytest

import markets
import views
from opentape.api import query as queries
from opentape.desk.ask import signals as signals_ask
from opentape.desk.ask.meta.flaws import meaning, sentence
from opentape.desk.ask.meta.quality import KindName, QualityQuery, quality
from opentape.desk.fold.market_fold import MarketFold, Source
from opentape.desk.options import EngineOptions, Method
from opentape.desk.state.beside import Beside
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.quality.records import KINDS, Flaw, Kind
from opentape.flow.quality.records import Source as Part
from opentape.market.calendar import iso
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import InputError
from opentape.market.money import UNKNOWN

MINUTE_NS = 60 * 10**9
SECOND_NS = 10**9
DAY = 10_080


def body(reply):
    return json.loads(msgspec.json.encode(reply))


def told(market, text=""):
    query = queries.read(QualityQuery, queries.texts(text.encode()))
    return body(quality(market, query))


def listed(market, symbol):
    asked = signals_ask.SignalsQuery(window_minutes=DAY, limit=500)
    return body(signals_ask.signals(market, symbol, asked))["signals"]


class Tape:
    """A simulated tape with what was told of open interest, folded as a server does."""

    def __init__(self, folder):
        self.tape = open_tape([folder / "tape.parquet"])
        self.batch = PrintBatch.joined(list(self.tape.batches()))
        self.interest, _ = read_open_interest(folder / "oi.parquet", self.tape.contracts)

    def market(self, batch, *facts):
        source = Source(self.tape.contracts, ["SPY", "NVDA"], "a tape", markets.DATE)
        fold = MarketFold(source, Method(), EngineOptions(), Beside())
        for fact in (self.interest, batch, *facts):
            fold.take(fact)
        return fold.cut(int(batch.ts_event.max()) + SECOND_NS)

    def names(self, batch):
        codes = self.tape.contracts.underlyings(batch.contract)
        return np.array(self.tape.contracts.underlying_names())[codes]


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    return Tape(markets.folder(tmp_path_factory.mktemp("quality"), 8_000))


@pytest.fixture(scope="module")
def clean(tape):
    return tape.market(tape.batch)


def test_a_clean_feed_has_nothing_but_its_cancels(tape, clean):
    found = told(clean)
    assert found["rows"] == found["numbered_rows"] == tape.batch.rows
    assert {one["kind"] for one in found["totals"]} <= {"busted_print"}
    assert found["forgotten"] == 0
    for symbol in markets.SYMBOLS:
        for one in listed(clean, symbol):
            assert set(one["data_quality"]) <= {"busted_print"}


def test_a_market_that_nobody_looked_at_says_nothing():
    market = views.market_of()
    found = told(market)
    assert found["incidents"] == found["totals"] == found["symbols"] == []
    assert found["as_of"] == iso(market.as_of_ns)


def crossed(tape, at):
    bid, ask = tape.batch.bid.copy(), tape.batch.ask.copy()
    at = [one for one in at if 0 < bid[one] < ask[one]]
    bid[at], ask[at] = ask[at], bid[at]
    return tape.batch._replace(bid=bid, ask=ask), at


def test_every_flaw_is_counted_timed_and_listed(tape):
    batch, at = crossed(tape, range(100, 8_000, 700))
    market = tape.market(batch)
    found = told(market, "kind=crossed_nbbo")
    assert found["totals"] == [
        {
            "kind": "crossed_nbbo",
            "count": len(at),
            "incidents": found["count"],
            "first_ts": iso(int(batch.ts_event[at[0]])),
            "last_ts": iso(int(batch.ts_event[at[-1]])),
            "text": "The bid is above the ask.",
        }
    ]
    names = tape.names(batch)[at].tolist()
    assert {one["symbol"]: one["kinds"]["crossed_nbbo"] for one in found["symbols"]} == {
        name: names.count(name) for name in set(names)
    }
    assert sum(one["count"] for one in found["incidents"]) == len(at)
    times = [one["last_ts"] for one in found["incidents"]]
    assert times == sorted(times, reverse=True)
    newest = found["incidents"][0]
    assert newest["row"] == batch.row[at[-1]]
    assert newest["sequence"] == batch.sequence[at[-1]]
    assert newest["contract"] == tape.tape.contracts[int(batch.contract[at[-1]])].symbol
    assert newest["feed"] == "option_prints"
    assert newest["venue"] is None


def test_questions_choose(tape):
    batch, _ = crossed(tape, range(100, 8_000, 300))
    gone = np.ones(batch.rows, bool)
    gone[4_000:4_050] = False
    market = tape.market(batch.take(gone))
    whole = told(market, "limit=1000")
    some = told(market, "symbol=spx&limit=1000")
    assert some["count"] < whole["count"]
    assert {one["symbol"] for one in some["incidents"]} == {"SPX", None}
    gaps = told(market, "kind=gap")["incidents"]
    assert [(one["symbol"], one["count"], one["sequence"]) for one in gaps] == [
        (None, 50, int(batch.sequence[4_000]))
    ]
    edges = batch.ts_event[[3_999, 4_050]].tolist()
    assert [gaps[0]["first_ts"], gaps[0]["last_ts"]] == [iso(one) for one in edges]
    recent = told(market, "since=60&limit=1000")
    begin = iso(market.as_of_ns - 60 * MINUTE_NS)
    inside = [one for one in whole["incidents"] if one["last_ts"] > begin]
    assert recent["incidents"] == inside
    assert 0 < recent["count"] < whole["count"]
    assert told(market, "limit=2")["incidents"] == whole["incidents"][:2]
    with pytest.raises(InputError):
        told(market, "kind=nonsense")


def test_a_signal_says_what_touched_it(tape, clean):
    symbol = "SPX"
    calm = {one["id"]: one["data_quality"] for one in listed(clean, symbol)}
    parents = clean.names[symbol].judged.parents
    alone = parents[parents["legs"] == 1]
    one = alone[len(alone) // 2]
    # a second before the only leg another print of the contract comes, with no market
    at = int(np.flatnonzero(tape.batch.row == one["row"])[0])
    stray = tape.batch.take(slice(at, at + 1))
    stray = stray._replace(
        ts_event=stray.ts_event - SECOND_NS // 2, sequence=np.zeros(1, np.int64),
        size=np.ones(1, np.int32), bid=np.full(1, UNKNOWN), ask=np.full(1, UNKNOWN),
        row=np.array([10**6]),
    )  # fmt: skip
    both = PrintBatch.joined([tape.batch, stray])
    both = both.take(np.argsort(both.ts_event, kind="stable"))
    found = {one["id"]: one["data_quality"] for one in listed(tape.market(both), symbol)}
    changed = {key for key in calm if found[key] != calm[key]}
    mine = [key for key in changed if str(one["first_ts"]) in key]
    assert len(mine) == 1
    assert [found[key] for key in mine] == [["missing_nbbo"]]
    of_contract = parents[parents["contract"] == one["contract"]]
    assert len(changed) <= of_contract.size


def test_a_gap_touches_every_signal_around_it(tape, clean):
    parents = clean.names["SPX"].judged.parents
    row = parents["row"][parents["legs"] == 1][20]
    at = int(np.flatnonzero(tape.batch.row == row)[0])
    batch = tape.batch.take(np.delete(np.arange(tape.batch.rows), [at + 1, at + 2, at + 3]))
    market = tape.market(batch)
    begins, ends = batch.ts_event[[at, at + 1]].tolist()
    seen = set()
    for symbol in markets.SYMBOLS:
        name = market.names[symbol]
        rows = {one["id"]: one["data_quality"] for one in listed(market, symbol)}
        for parent in name.judged.parents:
            near = parent["last_ts"] >= begins and parent["first_ts"] - SECOND_NS <= ends
            mine = [key for key in rows if str(parent["first_ts"]) in key]
            assert all(("gap" in rows[key]) == near for key in mine)
            seen.add(near)
    assert seen == {True, False}


def test_stock_prints_are_looked_at(tape):
    ts = int(tape.batch.ts_event[0])
    stock = StockBatch(
        ts_event=ts + np.array([0, 1, 2, 3_000, 5]) * 10**6,
        symbol=np.array([0, 0, 1, 1, 1], np.int32),
        price=np.array([10, 10, 0, 10, 10]) * 10**9,
        size=np.full(5, 100),
        bid=np.array([11, 9, 9, 9, UNKNOWN // 10**9]) * 10**9,
        ask=np.full(5, 10) * 10**9,
        bid_size=np.zeros(5, np.int64),
        ask_size=np.zeros(5, np.int64),
    )
    found = told(tape.market(tape.batch, stock), "limit=1000")
    assert found["stock_rows"] == 5
    mine = [one for one in found["incidents"] if one["feed"] == "stock_prints"]
    assert {(one["kind"], one["symbol"], one["row"]) for one in mine} == {
        ("crossed_nbbo", "SPY", 0),
        ("impossible_price", "NVDA", 2),
        ("late", "NVDA", 4),
    }
    assert all(one["contract"] is None and one["sequence"] is None for one in mine)


def test_every_kind_has_its_words():
    assert get_args(KindName) == KINDS
    for kind in Kind:
        assert meaning(kind).endswith(".")
        for count in (1, 1_200):
            for value in (-5_000_000, 0, 7_000_000):
                for place in (-1, 3):
                    flaw = Flaw(
                        0, 0, 5, 1, count, value, place, kind, Part.OPTION_PRINTS, 3
                    )
                    text = sentence(flaw)
                    assert text.endswith(".")
                    assert text[0].isupper() or text[0].isdigit()
                    assert "1 rows" not in text
