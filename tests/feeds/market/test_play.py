"""A folder played: every fact once and in order, at any pace, moved or not."""

import datetime as dt
import shutil
import threading
import time
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import markets
from fakes import FakeClock
from opentape.desk.clock import SystemClock
from opentape.desk.live import Live, signals_of
from opentape.desk.ports import Feed, Tick
from opentape.desk.replay import Settled, replay
from opentape.feeds.chains.read import read_chains
from opentape.feeds.market.pace import AsNow, AtSpeed, InSteps
from opentape.feeds.market.play import MarketFiles, PlayedMarket
from opentape.feeds.market.stock import StockFile
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions
from opentape.market.calendar import SECOND_NS, at_new_york, session_of, trade_date
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips

OPEN_NS, CLOSE_NS = session_of(markets.DATE)
HOUR_NS = 3_600 * SECOND_NS
OPTIONS = FlowOptions()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return markets.folder(tmp_path_factory.mktemp("play"), 6_000)


@pytest.fixture(scope="module")
def tape(folder):
    """The prints of the folder, read without a feed."""
    file = open_tape([folder / "tape.parquet"])
    return PrintBatch.joined(list(file.batches())), file.contracts


def files(folder):
    return MarketFiles(
        folder / "tape.parquet",
        folder / "stock.parquet",
        tuple(sorted((folder / "chain").iterdir())),
        folder / "oi.parquet",
    )


def of(facts, kind):
    return [fact for fact in facts if isinstance(fact, kind)]


def joined(facts, kind):
    parts = of(facts, kind)
    return kind._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def keys(batch, contracts):
    """Each print as what no two have in common, its contract by name."""
    return list(
        zip(
            batch.ts_event.tolist(),
            batch.sequence.tolist(),
            contracts.keys[batch.contract].tolist(),
            contracts.root_codes[batch.contract].tolist(),
            batch.price.tolist(),
            strict=True,
        )
    )


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def symbols_of(contracts, batch):
    return [contracts[at].symbol for at in batch.contract[::97].tolist()]


def instant(fact):
    """When a fact is of, where it is of an instant."""
    if isinstance(fact, PrintBatch | StockBatch):
        return int(fact.ts_event[-1])
    return fact.as_of if isinstance(fact, Chain) else None


def until_quiet(feed, clock, end_ns):
    """Facts of a feed without an end, up to an instant; time flies while nothing is due."""
    facts = []
    for fact in feed.facts():
        facts.append(fact)
        if isinstance(fact, Tick) and clock.wall_ns() < end_ns:
            clock.wait_s(20)
        if clock.wall_ns() >= end_ns and isinstance(fact, Tick) and feed.over:
            feed.stop()
    return facts


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(speed=st.floats(2_000.0, 1e7), at=st.integers(-HOUR_NS, 8 * HOUR_NS))
def test_any_pace_delivers_each_print_once_and_in_order(folder, tape, speed, at):
    feed: Feed = PlayedMarket(
        files(folder), AtSpeed(FakeClock(), speed, from_ns=OPEN_NS + at)
    )
    facts = list(feed.facts())
    prints, (expected, contracts) = joined(facts, PrintBatch), tape
    for name in ("ts_event", "sequence", "row", "price", "size", "bid", "venue", "cancels"):
        assert np.array_equal(getattr(prints, name), getattr(expected, name))
    assert symbols_of(feed.contracts, prints) == symbols_of(contracts, expected)
    stock = StockFile(folder / "stock.parquet")
    assert same(
        joined(facts, StockBatch),
        StockBatch._make(map(np.concatenate, zip(*stock.batches(), strict=True))),
    )
    assert feed.stocks == stock.symbols
    assert feed.over


@pytest.mark.parametrize("speed", [2_000.0, 50_000.0])
def test_facts_come_when_they_are_due_and_no_earlier(folder, speed):
    clock = FakeClock()
    began = clock.now_ns()
    latest = now = ended = 0
    for fact in PlayedMarket(files(folder), AtSpeed(clock, speed)).facts():
        now = OPEN_NS + int((clock.now_ns() - began) * speed)
        if isinstance(fact, Tick):
            assert latest <= fact.now_ns <= now
            latest = fact.now_ns
        elif (ts := instant(fact)) is not None:
            assert ts <= now
            if not isinstance(fact, Chain):
                # nothing waited for longer than a step
                assert int(fact.ts_event[0]) >= now - 0.011 * speed * SECOND_NS
                ended = now
    assert ended == pytest.approx(CLOSE_NS, abs=0.05 * (CLOSE_NS - OPEN_NS))


def test_the_morning_comes_first_and_chains_in_their_turn(folder):
    # real time, for chains are read on another thread
    feed = PlayedMarket(files(folder), AtSpeed(SystemClock(), 6_000.0))
    facts = list(feed.facts())
    names = sorted(markets.SYMBOLS)
    assert isinstance(facts[0], OpenInterest)
    assert [fact.underlying for fact in facts[1 : 1 + len(names)]] == names
    chains = of(facts, Chain)
    assert len({chain.as_of for chain in chains}) > 8
    assert chains == sorted(chains, key=lambda chain: chain.as_of)
    assert all(chain.contracts is feed.contracts for chain in chains)
    last = {}
    for fact in facts:
        kind = type(fact)
        if (ts := instant(fact)) is not None:
            assert ts >= last.get(kind, 0)
            last[kind] = ts
    assert chains[-1].as_of == CLOSE_NS


def test_catching_up_is_a_few_large_batches(folder, tape):
    noon = OPEN_NS + 2 * HOUR_NS + 20 * 60 * SECOND_NS
    clock = FakeClock()
    feed = PlayedMarket(files(folder), AtSpeed(clock, 1.0, from_ns=noon))
    first = []
    for fact in feed.facts():
        if isinstance(fact, Tick):
            break
        first.append(fact)
    assert len(of(first, PrintBatch)) == len(of(first, StockBatch)) == 2
    due = np.count_nonzero(tape[0].ts_event <= noon)
    assert sum(batch.rows for batch in of(first, PrintBatch)) == due
    # the opening chain, and the newest one of all that followed
    halves = sorted({chain.as_of for chain in of(first, Chain)})
    assert halves == [OPEN_NS, OPEN_NS + 2 * HOUR_NS]
    before, after = of(first, PrintBatch)
    assert before.ts_event[-1] <= halves[1] < after.ts_event[0]
    where = [type(fact) for fact in first]
    assert where.index(PrintBatch) == 1 + len(markets.SYMBOLS)
    assert clock.waited_s <= 0.01


def test_a_played_day_has_the_signals_of_a_replay(folder):
    feed = PlayedMarket(files(folder), AtSpeed(FakeClock(), 20_000.0))
    facts = list(feed.facts())
    tape = open_tape([folder / "tape.parquet"])
    interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
    expected = list(replay(tape, settled=Settled(interest), options=OPTIONS).rows())

    played = Replayable(feed.contracts, of(facts, PrintBatch))
    settled = Settled(of(facts, OpenInterest)[0])
    found = list(replay(played, settled=settled, options=OPTIONS).rows())
    assert found == expected
    assert len(expected) > 50


class Replayable:
    """Batches that a feed delivered, as a tape that is over; fills `Tape`."""

    def __init__(self, contracts, batches):
        self._batches = batches
        self.contracts, self.skips = contracts, Skips()
        self.unknown_conditions = Counter()
        self.format, self.rows_total, self.share_read = "played", None, 1.0
        self.open_interest = None

    def batches(self):
        return iter(self._batches)

    def locate(self, row):
        return f"row {row}"


def test_a_moved_day_is_the_same_but_for_its_instants(folder, tape):
    night = at_new_york(dt.date(2026, 5, 20), dt.time(3))
    shift = night - (OPEN_NS + 2 * HOUR_NS)
    clock = FakeClock(night)
    feed = PlayedMarket(files(folder), AsNow(clock, shift))
    facts = until_quiet(feed, clock, night + 5 * HOUR_NS)
    prints, expected = joined(facts, PrintBatch), tape[0]
    assert np.array_equal(prints.ts_event, expected.ts_event + shift)
    assert same(prints[1:3], expected[1:3])
    first = [batch for batch in of(facts, PrintBatch) if batch.ts_event[-1] <= night]
    assert sum(batch.rows for batch in first) == np.count_nonzero(
        expected.ts_event <= OPEN_NS + 2 * HOUR_NS
    )
    opening = of(facts, Chain)[0]
    still = read_chains([folder / "chain" / "0930.parquet"], Contracts())[0].chain
    assert opening.as_of == still.as_of + shift
    assert np.array_equal(opening.ts_quote, still.ts_quote + shift)
    assert (
        opening.contracts[int(opening.contract[0])]
        == still.contracts[int(still.contract[0])]
    )
    assert len(of(facts, OpenInterest)) == 1
    ticks = of(facts, Tick)
    assert night <= ticks[0].now_ns < night + SECOND_NS
    assert ticks[-1].now_ns >= night + 5 * HOUR_NS


def test_a_clock_that_is_set_back_takes_nothing_back():
    clock = FakeClock(OPEN_NS + HOUR_NS)
    pace = AsNow(clock)
    before = pace.now_ns()
    clock.wait_s(-60)
    assert pace.now_ns() == before


def test_open_interest_is_told_again_when_the_moved_day_passes_midnight(folder):
    evening = at_new_york(dt.date(2026, 5, 20), dt.time(22))
    clock = FakeClock(evening)
    pace = AsNow(clock, evening - (OPEN_NS + 2 * HOUR_NS))
    feed = PlayedMarket(files(folder), pace)
    facts = until_quiet(feed, clock, evening + 5 * HOUR_NS)
    told = [at for at, fact in enumerate(facts) if isinstance(fact, OpenInterest)]
    assert len(told) == 2
    dates = [
        trade_date(ts)
        for fact in facts
        if isinstance(fact, PrintBatch)
        for ts in (int(fact.ts_event[0]), int(fact.ts_event[-1]))
    ]
    assert dates == sorted(dates)
    assert dates[0] == dt.date(2026, 5, 20)
    assert dates[-1] == dt.date(2026, 5, 21)
    after = next(f for f in facts[told[1] :] if isinstance(f, PrintBatch))
    before = [f for f in facts[: told[1]] if isinstance(f, PrintBatch)][-1]
    assert trade_date(int(before.ts_event[-1])) < trade_date(int(after.ts_event[0]))


def test_a_day_that_is_over_goes_on_with_time_alone(folder):
    clock = FakeClock(CLOSE_NS + HOUR_NS)
    feed = PlayedMarket(files(folder), AsNow(clock))
    facts = []
    for fact in feed.facts():
        facts.append(fact)
        if len(of(facts, Tick)) == 20:
            feed.stop()
    assert feed.over
    assert all(isinstance(fact, Tick) for fact in facts[-20:])
    assert clock.waited_s == pytest.approx(0.2)
    # and a feed at its own speed is over with it
    rest = list(
        PlayedMarket(
            files(folder), AtSpeed(FakeClock(), 1.0, from_ns=CLOSE_NS + HOUR_NS)
        ).facts()
    )
    assert not of(rest, Tick)


@pytest.mark.parametrize("after", [0, 3, 40])
def test_it_stops_at_once(folder, after):
    feed = PlayedMarket(files(folder), AtSpeed(SystemClock(), 60.0))
    came = threading.Semaphore(0)
    ended = threading.Event()

    def run():
        for _ in feed.facts():
            came.release()
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(after):
        came.acquire()
    began = time.monotonic()
    feed.stop()
    assert ended.wait(5)
    taken = time.monotonic() - began
    thread.join()
    # before the first fact files are still being opened
    assert taken < (0.1 if after else 2.0)


def test_a_tape_alone_is_a_feed(folder, tape):
    feed = PlayedMarket(MarketFiles(folder / "tape.parquet"), AtSpeed(FakeClock(), 1e6))
    facts = list(feed.facts())
    assert keys(joined(facts, PrintBatch), feed.contracts) == keys(*tape)
    assert {type(fact) for fact in facts} <= {PrintBatch, Tick}
    assert list(feed.stocks) == []
    assert feed.name == "recorded market"
    assert feed.complaints() == ()


def test_what_was_skipped_is_said(folder, tmp_path):
    table = pq.read_table(folder / "stock.parquet")
    prices = table["price"].to_pylist()
    prices[5] = -1.0
    at = table.column_names.index("price")
    pq.write_table(
        table.set_column(at, "price", pa.array(prices)), tmp_path / "stock.parquet"
    )
    shutil.copy(folder / "tape.parquet", tmp_path)
    some = MarketFiles(tmp_path / "tape.parquet", tmp_path / "stock.parquet")
    feed = PlayedMarket(some, AtSpeed(FakeClock(), 1e6))
    facts = list(feed.facts())
    assert joined(facts, StockBatch).rows == table.num_rows - 1
    place = f"{tmp_path / 'stock.parquet'}:row 5"
    assert feed.complaints() == (
        f"1 row skipped as bad_tick, the first at {place}, was '-1'",
    )


@pytest.mark.parametrize("name", ["chain/0930.parquet", "stock.parquet", "tape.parquet"])
def test_a_damaged_file_ends_the_feed_with_its_name(folder, tmp_path, name):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    whole = (tmp_path / name).read_bytes()
    half = len(whole) // 3
    broken = whole[:half] + b"\0" * 2_000 + whole[half + 2_000 :]
    (tmp_path / name).write_bytes(broken)
    with pytest.raises(BadFile, match=name.split("/")[-1]):
        list(PlayedMarket(files(tmp_path), AtSpeed(SystemClock(), 1e5)).facts())


def test_live_signals_come_from_the_feed_as_from_the_tape(folder, tape):
    """Fed to the live fold fact by fact, the day finds what one batch finds."""
    feed = PlayedMarket(files(folder), AtSpeed(FakeClock(), 3_000.0))
    facts = list(feed.facts())
    live = Live(feed.contracts, Settled(of(facts, OpenInterest)[0]), OPTIONS)
    found = set()
    for fact in facts:
        if isinstance(fact, PrintBatch):
            live.push(fact)
        elif isinstance(fact, Tick):
            live.tick(fact.now_ns)
        found |= {signal.id for signal in signals_of(live)}
    live.close()
    found |= {signal.id for signal in signals_of(live)}
    batch, contracts = tape
    interest, _ = read_open_interest(folder / "oi.parquet", contracts)
    once = Live(contracts, Settled(interest), OPTIONS)
    once.push(batch)
    once.close()
    expected = {signal.id for signal in signals_of(once)}
    # a parent may be told of before its cancel comes
    assert len(found ^ expected) <= np.count_nonzero(batch.cancels)
    assert len(found & expected) > 50


def test_in_steps_two_runs_deliver_the_same_and_nothing_is_left_out(folder) -> None:
    step_ns = 60 * 10**9

    def told():
        return [
            (type(fact).__name__, int(fact.ts_event[0]) // step_ns, fact.rows)
            if isinstance(fact, PrintBatch | StockBatch)
            else (type(fact).__name__, getattr(fact, "as_of", 0), 0)
            for fact in PlayedMarket(files(folder), InSteps(step_ns)).facts()
            if not isinstance(fact, Tick)
        ]

    once, again = told(), told()
    assert once == again
    prints = [(step, rows) for kind, step, rows in once if kind == "PrintBatch"]
    whole = sum(batch.rows for batch in open_tape([folder / "tape.parquet"]).batches())
    assert sum(rows for _, rows in prints) == whole
    assert [step for step, _ in prints] == sorted(step for step, _ in prints)
    # each snapshot came, and no print before one that was due
    chains = {at for kind, at, _ in once if kind == "Chain"}
    assert len(chains) == len(list((folder / "chain").glob("*.parquet")))
