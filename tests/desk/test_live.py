"""Live: what is told as prints come is what a replay of the whole tape finds."""

from collections import Counter

import msgspec
import numpy as np
import pytest

import markets
from fakes import FakeClock
from opentape.desk.clock import SystemClock
from opentape.desk.live import Event, Live, play, signals_of
from opentape.desk.replay import Settled, replay
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions
from opentape.market.calendar import iso
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition

OPTIONS = FlowOptions()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return markets.folder(tmp_path_factory.mktemp("live"), 12_000)


@pytest.fixture(scope="module")
def tape(folder):
    tape = open_tape([folder / "tape.parquet"])
    return PrintBatch.joined(list(tape.batches())), tape.contracts


@pytest.fixture(scope="module")
def settled(folder, tape):
    return Settled(read_open_interest(folder / "oi.parquet", tape[1])[0])


@pytest.fixture(scope="module")
def replayed(folder):
    tape = open_tape([folder / "tape.parquet"])
    interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
    return list(replay(tape, settled=Settled(interest), options=OPTIONS).rows())


def fed(batch, contracts, settled, cuts):
    live = Live(contracts, settled, OPTIONS)
    found = []
    for first, last in zip([0, *cuts], [*cuts, batch.rows], strict=True):
        live.push(batch.take(slice(first, last)))
        found += signals_of(live)
    live.close()
    return found + list(signals_of(live))


def opened(folder):
    tape = open_tape([folder / "tape.parquet"])
    interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
    return tape, Settled(interest)


def ids(signals):
    return Counter(signal.id for signal in signals)


def taken_back(batch):
    """Instants and contracts of prints that a cancel takes back."""
    cancels = batch.condition == Condition.CANCEL
    of = np.isin(batch.sequence, batch.cancels[cancels]) & ~cancels
    return set(zip(batch.contract[of].tolist(), batch.ts_event[of].tolist(), strict=True))


def test_print_by_print_finds_the_signals_of_a_replay(tape, settled, replayed):
    batch, contracts = tape
    told = ids(fed(batch, contracts, settled, range(1, batch.rows)))
    assert max(told.values()) == 1
    # a parent may be told of before a cancel takes it back, and nothing else differs
    busts = len(taken_back(batch))
    assert sum((told - ids(replayed)).values()) <= busts
    assert sum((ids(replayed) - told).values()) <= busts
    assert len(told) > 100


def test_without_cancels_nothing_differs(tape, settled):
    batch, contracts = tape
    kept = batch.take(batch.condition != Condition.CANCEL)
    one_by_one = fed(kept, contracts, settled, range(1, kept.rows))
    at_once = fed(kept, contracts, settled, [])
    assert ids(one_by_one) == ids(at_once)
    # what depends on the parent alone is the same whenever it is judged
    facts = [
        {
            one.id: (one.size, one.price, one.side, one.premium, one.structure)
            for one in found
        }
        for found in (one_by_one, at_once)
    ]
    assert facts[0] == facts[1]


def test_a_cancel_tells_nothing_twice(tape, settled):
    """It folds its contract again, whose other parents were told of before."""
    batch, contracts = tape
    kept = batch.take(batch.condition != Condition.CANCEL)
    live = Live(contracts, settled, OPTIONS)
    live.push(kept)
    told = ids(signals_of(live))
    (busiest,) = Counter(name.split("-buy-")[0] for name in told).most_common(1)
    symbol = busiest[0].split("-")[0]
    mine = [contracts[at].root == symbol for at in kept.contract.tolist()]
    for row in np.flatnonzero(mine & (kept.size == 1))[::25].tolist():
        last = int(kept.ts_event[-1])
        cancel = kept.take(slice(row, row + 1))._replace(
            ts_event=np.array([last]),
            sequence=np.array([10**6 + row]),
            cancels=kept.sequence[row : row + 1],
            condition=np.array([Condition.CANCEL], np.uint8),
        )
        live.push(cancel)
        news = ids(signals_of(live))
        assert not told & news
        told += news


def without(kept, row, number):
    """The cancel of one row, at the end of the tape."""
    return kept.take(slice(row, row + 1))._replace(
        ts_event=kept.ts_event[-1:],
        sequence=np.array([10**6 + number]),
        cancels=kept.sequence[row : row + 1],
        condition=np.array([Condition.CANCEL], np.uint8),
    )


def test_what_was_told_and_is_amended_or_retracted_adds_up(tape, settled):
    """News applied one after the other are the signals of a tape without the prints."""
    batch, contracts = tape
    kept = batch.take(batch.condition != Condition.CANCEL)
    live = Live(contracts, settled, OPTIONS)
    live.push(kept)
    live.close()
    standing = {news.signal.id for news in live.news()}
    chance = np.random.default_rng(11)
    busted = chance.choice(kept.rows, kept.rows // 20, replace=False)
    seen = Counter()
    for number, row in enumerate(busted.tolist()):
        live.push(without(kept, row, number))
        for news in live.news():
            seen[news.event] += 1
            if news.replaces is not None:
                standing.remove(news.replaces)
            if news.signal is not None:
                assert news.signal.id not in standing
                standing.add(news.signal.id)
            assert (news.event == Event.NEW) == (news.replaces is None)
            assert (news.event == Event.RETRACTED) == (news.signal is None)
    left = np.delete(np.arange(kept.rows), busted)
    assert standing == set(ids(fed(kept.take(left), contracts, settled, [])))
    assert min(seen[Event.AMENDED], seen[Event.RETRACTED]) > 0


def test_any_cuts_tell_in_the_same_order(tape, settled):
    batch, contracts = tape
    cuts = np.sort(np.random.default_rng(4).choice(batch.rows, 40, replace=False)).tolist()
    told = fed(batch, contracts, settled, cuts)
    again = fed(batch, contracts, settled, cuts)
    assert list(map(msgspec.json.encode, told)) == list(map(msgspec.json.encode, again))
    assert ids(told) == ids(fed(batch, contracts, settled, range(7, batch.rows, 7)))


def test_time_alone_closes_a_parent(tape, settled, replayed):
    batch, contracts = tape
    last = replayed[0]
    ends = [
        row for row, ts in enumerate(batch.ts_event.tolist()) if iso(ts) == last.last_ts
    ]
    live = Live(contracts, settled, OPTIONS)
    live.push(batch.take(slice(0, ends[-1] + 1)))
    found = [*signals_of(live)]
    silent = int(batch.ts_event[ends[-1]]) + 60 * 10**9
    assert live.tick(silent)
    late = [*signals_of(live)]
    assert last.id in ids(late)
    assert not live.tick(silent)
    assert [*signals_of(live)] == []
    assert not ids(found) & ids(late)


@pytest.mark.parametrize("speed", [2_000.0, 100_000.0])
def test_a_played_day_finds_the_signals_of_a_replay(folder, tape, replayed, speed):
    clock = FakeClock()
    told = list(play(*opened(folder), OPTIONS, clock, speed))
    busts = len(taken_back(tape[0]))
    assert max(ids(told).values()) == 1
    assert sum((ids(told) - ids(replayed)).values()) <= busts
    assert sum((ids(replayed) - ids(told)).values()) <= busts
    batch = tape[0]
    lasts = (int(batch.ts_event[-1]) - int(batch.ts_event[0])) / 10**9
    assert clock.waited_s == pytest.approx(lasts / speed, abs=0.2)


def test_the_clock_of_the_machine_goes_on():
    clock = SystemClock()
    before = clock.now_ns()
    clock.wait_s(0.001)
    assert clock.now_ns() - before >= 10**6
