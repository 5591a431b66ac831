"""The engine: what it publishes is what a replay of the same tape finds."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest

import markets
from opentape.desk.ask import signals as ask
from opentape.desk.ask.evidence import evidence
from opentape.desk.ask.radar import explained, flow, heat
from opentape.desk.clock import SystemClock
from opentape.desk.engine.engine import Engine
from opentape.desk.options import EngineOptions, Method
from opentape.desk.ports import NOTHING_YET, Tick
from opentape.desk.replay import Settled, replay
from opentape.desk.state.beside import Beside, Company
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Signal
from opentape.market.calendar import iso, trade_date
from opentape.market.columns import PrintBatch
from opentape.market.errors import NotFound

MINUTE_NS = 60 * 10**9
DAY = 10_080


class Cuts:
    """A tape cut anywhere, as facts; fills `Feed`."""

    name = "a tape in pieces"
    stocks = ()

    def __init__(self, folder, pieces):
        tape = open_tape([folder / "tape.parquet"])
        self.contracts = tape.contracts
        self._batch = PrintBatch.joined(list(tape.batches()))
        self._interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
        self._pieces = pieces

    @property
    def identity(self):
        return "cuts"

    @property
    def date(self):
        return trade_date(int(self._batch.ts_event[0]))

    def facts(self, after=NOTHING_YET):
        assert after == NOTHING_YET
        yield self._interest
        cuts = np.linspace(0, self._batch.rows, self._pieces + 1).astype(int).tolist()
        for first, last in pairwise(cuts):
            yield self._batch.take(slice(first, last))
        yield Tick(int(self._batch.ts_event[-1]) + 10**9)

    def stop(self):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return markets.folder(tmp_path_factory.mktemp("engine"), 8_000)


def folded(folder, pieces):
    beside = Beside(companies={"SPY": Company(sector="Fund")})
    options = EngineOptions(publish_ms=1)
    engine = Engine(Cuts(folder, pieces), Method(), options, beside, SystemClock())
    engine.start()
    assert engine.wait_ready(120)
    engine.stop()
    assert engine.failure is None
    return engine


@pytest.fixture(scope="module", params=[1, 211], ids=["at once", "in pieces"])
def engine(folder, request):
    return folded(folder, request.param)


@pytest.fixture(scope="module")
def replayed(folder) -> list[Signal]:
    tape = open_tape([folder / "tape.parquet"])
    interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
    return list(replay(tape, settled=Settled(interest), options=FlowOptions()).rows())


def decoded(reply):
    return msgspec.json.decode(msgspec.json.encode(reply))


def listed(engine, symbol, **query):
    asked = ask.SignalsQuery(window_minutes=DAY, limit=500, **query)
    return decoded(ask.signals(engine.market, symbol, asked))


def test_a_view_lists_the_signals_of_a_replay(engine, replayed):
    for symbol in markets.SYMBOLS:
        mine = [msgspec.to_builtins(one) for one in replayed if one.symbol == symbol]
        found = listed(engine, symbol)
        assert found["count"] == len(mine) <= 500
        for one, other in zip(found["signals"], mine, strict=True):
            del other["radar"]
            tags = set(one.pop("tags")) ^ set(other.pop("tags"))
            assert tags <= {"golden"}
            assert one.pop("data_quality") == []
            assert one == decoded(other)


def test_a_window_ends_with_the_tape(engine):
    for minutes in (1, 30, 240):
        query = ask.SignalsQuery(window_minutes=minutes, limit=500)
        found = decoded(ask.signals(engine.market, "SPY", query))
        name = engine.market.names["SPY"]
        begin = iso(name.as_of_ns - minutes * MINUTE_NS)
        inside = [one for one in listed(engine, "SPY")["signals"] if one["ts"] > begin]
        assert [one["id"] for one in found["signals"]] == [one["id"] for one in inside]


def test_filters_are_parts_of_the_whole(engine):
    whole = listed(engine, "SPX")["signals"]
    for query, kept in (
        ({"min_score": 50}, lambda one: one["score"] >= 50),
        ({"intent": "bullish"}, lambda one: one["intent"] == "bullish"),
        ({"structure": "sweep"}, lambda one: one["structure"] == "sweep"),
        ({"structure": "single"}, lambda _: False),
        ({"bias": "opening_bias"}, lambda one: one["open_close_bias"] == "opening_bias"),
        ({"min_premium": 1e6}, lambda one: one["premium"] >= 1e6),
        ({"tag": "whale"}, lambda one: "whale" in one["tags"]),
        ({"tag": "0dte"}, lambda one: "0dte" in one["tags"]),
        ({"tag": "nothing"}, lambda _: False),
    ):
        found = [one["id"] for one in listed(engine, "SPX", **query)["signals"]]
        assert found == [one["id"] for one in whole if kept(one)], query


def test_orders_are_of_the_same_signals(engine):
    whole = listed(engine, "SPX")["signals"]
    for sort in ("ts", "premium"):
        found = [one[sort] for one in listed(engine, "SPX", sort=sort)["signals"]]
        assert found == sorted((one[sort] for one in whole), reverse=True)


def test_gold_is_the_best_tenth_of_an_answer(engine):
    for query in ({}, {"min_score": 40}, {"sort": "ts"}):
        found = listed(engine, "SPX", **query)["signals"]
        scores = sorted((one["score"] for one in found), reverse=True)
        cut = scores[max(1, -(-len(scores) // 10)) - 1]
        for one in found:
            assert ("golden" in one["tags"]) == (one["score"] >= max(cut, 70))


def test_a_summary_adds_up(engine):
    for symbol in markets.SYMBOLS:
        found = decoded(
            ask.summary(engine.market, symbol, ask.SummaryQuery(window_minutes=DAY))
        )
        whole = listed(engine, symbol)["signals"]
        assert found["signal_count"] == len(whole)
        for word in ("bullish", "bearish"):
            mine = sum(one["premium"] for one in whole if one["intent"] == word)
            assert found[f"{word}_premium"] == pytest.approx(mine, abs=0.01)
        net = found["bullish_premium"] - found["bearish_premium"]
        assert found["net_directional_premium"] == pytest.approx(net, abs=0.001)
        best = [one["id"] for one in found["top_signals"]]
        assert best == [one["id"] for one in whole[:10]]


def test_an_unknown_symbol_has_no_signals(engine):
    found = listed(engine, "QQQQ")
    assert (found["count"], found["underlying_price"]) == (0, 0.0)
    assert set(found["chain"].values()) == {None}


def standing(rows):
    """Ids of the signals that stand after all that was pushed."""
    found = set()
    for row in rows:
        match row.get("event"):
            case "signal.retracted":
                found.remove(row["id"])
                continue
            case "signal.amended":
                found.remove(row["replaces"])
                assert row["data"]["id"] == row["id"]
        assert row["id"] not in found
        found.add(row["id"])
    return found


def test_every_signal_was_pushed_once(engine, replayed):
    _, pushed = engine.log.read(0, 10**6)
    rows = [msgspec.json.decode(frame.body) for frame in pushed]
    assert standing(rows) == {one.id for one in replayed}
    cursors = [f"{engine.run}.{number}" for number in range(len(rows))]
    assert [row["cursor"] for row in rows] == cursors
    assert {row["sector"] for row in rows if row.get("ticker") == "SPY"} == {"Fund"}


def test_pages_are_the_whole_list_once(engine, replayed):
    cursor, seen = None, []
    while True:
        query = flow.FlowQuery(limit=37, cursor=cursor, unknown_oi=True)
        page = decoded(flow.newest(engine.market, query))
        seen += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(row["id"] for row in seen) == sorted(one.id for one in replayed)
    stamps = [row["timestamp"] for row in seen]
    assert stamps == sorted(stamps, reverse=True)


def test_the_top_is_the_best(engine, replayed):
    page = decoded(flow.top(engine.market, flow.FlowQuery(limit=25)))
    known = [one.radar.score for one in replayed if one.radar.open_interest is not None]
    assert [row["score"] for row in page["data"]] == sorted(known, reverse=True)[:25]
    for row in page["data"]:
        assert row["volOI"] == pytest.approx(row["volume"] / max(row["oi"], 1))
        assert row["expiryDate"] == row["expiry"]


def test_heat_adds_up(engine, replayed):
    found = decoded(heat.heatmap(engine.market, flow.FlowQuery(unknown_oi=True)))["data"]
    for rows in (found["sectors"], found["tickers"]):
        assert sum(row["count"] for row in rows) == len(replayed)
        whole = sum(one.premium for one in replayed)
        assert sum(row["premium"] for row in rows) == pytest.approx(whole, abs=0.1)
    for row in found["tickers"]:
        assert row["callPremium"] + row["putPremium"] == pytest.approx(row["premium"])
        assert row["net"] == pytest.approx(row["bullPremium"] - row["bearPremium"])


def test_a_score_is_explained(engine, replayed):
    best = max(replayed, key=lambda one: one.radar.score)
    radar = best.radar
    query = explained.ScoreQuery(
        ticker=radar.ticker, strike=radar.strike, type=radar.type, expiry=radar.expiry
    )
    found = decoded(explained.explain(engine.market, query))
    assert found["score"] == radar.score == sum(found["scoreParts"].values())
    assert found["inputs"]["volume"] == radar.volume


def test_a_signal_shows_its_evidence(engine, replayed):
    for one in (*replayed[:3], replayed[-1]):
        found = decoded(evidence(engine.market, one.symbol, one.id))
        assert found["signal"]["id"] == one.id
        assert sum(line["size"] for line in found["prints"]) == one.size
        assert sum(part["points"] for part in found["parts"]) == one.score


def test_an_id_of_nothing_names_no_contract(engine):
    known = len(engine.market.names["SPY"].contracts)
    for name in ("x", "SPY-1-20990101-1000C-buy-1-XCBO-1"):
        with pytest.raises(NotFound, match="no signal of SPY has the id"):
            evidence(engine.market, "SPY", name)
    assert len(engine.market.names["SPY"].contracts) == known
