"""Cancels on a tape that comes live, against its naive twin: disorder, ticks, batches."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
import naive_live
import tapes
from naive import MS
from opentape.flow.fold import Fold
from opentape.flow.past import rows as kept_rows
from opentape.flow.past.rows import Folded, Rows
from opentape.flow.records import Clock, Side, Verdict
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts

SIDES = {Side.BUY: "buy", Side.SELL: "sell", Side.MID: "mid"}


@st.composite
def arrivals(draw, most=40):
    """Rows in the order they come: some behind, some far; cancels of any of them."""
    clean = [
        replace(p, cls="regular" if p.cls == "cancel" else p.cls, withdrawn=False)
        for p in draw(tapes.tapes(most))
    ]
    cancels = [
        replace(
            victim,
            ts_event=victim.ts_event + draw(st.sampled_from([0, 1, 300 * MS, 4_000 * MS])),
            cls="cancel",
            row=len(clean) + number,
            sequence=None,
            cancels=victim.sequence if draw(st.booleans()) else None,
        )
        for number, victim in enumerate(draw(st.lists(st.sampled_from(clean), max_size=12)))
    ]
    late = st.sampled_from([0, 0, 0, 0, 90, 700, 1_900, 2_500, 6_000])
    due = {p.row: p.ts_event + draw(late) * MS for p in (*clean, *cancels)}
    return sorted((*clean, *cancels), key=lambda p: (due[p.row], p.row))


@st.composite
def ways(draw, arrival):
    """Cuts of a tape, ticks between rows, and where cancels are settled."""
    cuts = draw(
        st.one_of(
            st.just(list(range(1, len(arrival)))),
            st.lists(st.integers(1, max(1, len(arrival) - 1)), max_size=12),
        )
    )
    cuts = sorted({cut for cut in cuts if cut < len(arrival)})
    behind = st.integers(-600 * MS, 2_600 * MS)
    ticks = {
        cut: max(p.ts_event for p in arrival[:cut]) + draw(behind)
        for cut in cuts
        if draw(st.booleans())
    }
    return cuts, ticks, {cut for cut in cuts if draw(st.booleans())}


def run(arrival, oi, way):
    cuts, ticks, settle = way
    contracts = Contracts()
    batch = tapes.batch_of(arrival, contracts)
    fold = Fold(contracts, tapes.interest_of(oi, contracts))
    for start, stop in pairwise([0, *cuts, len(arrival)]):
        fold.push(batch.take(slice(start, stop)))
        if stop in ticks:
            fold.day.tick(ticks[stop])
        if stop in settle:
            fold.settle_cancels()
    (book,) = fold.finish()
    return fold, book, contracts


def named(contract):
    return contract.root, contract.expiry, contract.strike_mills, contract.right.value


def shapes(book, contracts):
    return sorted(
        (
            named(contracts[int(one["contract"])]), SIDES[int(one["side"])],
            int(one["first_ts"]), int(one["last_ts"]), int(one["size"]), int(one["legs"]),
        )
        for one in book.parents
    )  # fmt: skip


@given(arrival=arrivals(), oi=tapes.open_interests(), data=st.data())
def test_what_is_left_is_gathered_as_the_clock_stood(arrival, oi, data):
    way = data.draw(ways(arrival))
    fold, book, contracts = run(arrival, oi, way)
    ticks = {at: ts for at, ts in way[1].items() if at in way[0]}
    expected = naive_live.parents(arrival, ticks)
    assert shapes(book, contracts) == sorted(expected.elements())
    told = naive_live.volumes(arrival, oi)
    for place in range(len(contracts)):
        volume = fold.day.states["volume"][place].tolist()
        proven = int(fold.day.series["proven"][place])
        assert (*volume, proven) == told.get(named(contracts[place]), (0, 0, 0, 0))


@given(arrival=arrivals(), data=st.data())
def test_what_cancels_undid_is_named_once(arrival, data):
    fold, _, _ = run(arrival, None, data.draw(ways(arrival)))
    log = fold.day.parents[: int(fold.day.clock[Clock.PARENTS])]
    assert sorted(fold.day.dropped) == np.flatnonzero(log["dropped"]).tolist()


def test_a_parent_that_a_cancel_leaves_as_it_was_keeps_its_place():
    root, expiry, strike, right = tapes.SERIES[3]
    blocks = [
        naive.NaivePrint(
            tapes.OPEN_NS + 5_000 * MS * at, root, expiry, strike, right, 2 * naive.DOLLAR,
            100 + at, naive.DOLLAR, 2 * naive.DOLLAR, row=at,
        )
        for at in range(4)
    ]  # fmt: skip
    cancel = replace(blocks[1], cls="cancel", ts_event=tapes.OPEN_NS + 60_000 * MS, row=4)
    fold, book, _ = run([*blocks, cancel], None, ([], {}, set()))
    assert fold.day.dropped == [1]
    assert fold.day.parents["size"][:4].tolist() == [100, 101, 102, 103]
    assert book.parents["size"].tolist() == [100, 102, 103]


@pytest.fixture
def small_parts(monkeypatch):
    """Parts are joined when they are a few rows long, so that few rows show it."""
    monkeypatch.setattr(kept_rows, "_FULL", 32)
    monkeypatch.setattr(kept_rows, "_SMALL", 16)
    monkeypatch.setattr(kept_rows, "_PENDING", 8)


def columns(ts, contract):
    batch = PrintBatch.empty(len(ts))
    for column in batch:
        column[:] = 0
    batch.ts_event[:], batch.contract[:] = ts, contract
    batch.row[:] = np.arange(len(ts))
    return batch


class Plain:
    """Random rows and ticks, kept as the product does and as plain lists."""

    def __init__(self, seed):
        self.chance = np.random.default_rng(seed)
        size = int(self.chance.integers(1, 900))
        ts = np.sort(self.chance.integers(0, 5_000, size))
        ts -= self.chance.integers(0, 300, size)
        self.batch = columns(ts, self.chance.integers(0, 6, size))
        self.verdicts = self.chance.choice([0, 0, 0, 1, 2, 3, 4, 5, 8], size)
        self.kept, self.clocks, self.now = Rows(), [], -(1 << 62)

    def tick(self):
        tick = max(self.now, 0) + int(self.chance.integers(1, 200))
        self.kept.tick(tick)
        self.now = tick

    def keep(self, rows):
        first = len(self.clocks)
        part = slice(first, min(first + rows, self.verdicts.size))
        verdicts = self.verdicts[part].astype(np.uint8)
        self.kept.keep(Folded(self.batch.take(part), verdicts))
        for ts, verdict in zip(self.batch.ts_event[part], verdicts, strict=True):
            self.now = (
                max(self.now, int(ts)) if verdict <= Verdict.CANCEL_DONE else self.now
            )
            self.clocks.append(self.now)

    @property
    def whole(self):
        return len(self.clocks) == self.verdicts.size

    def check(self):
        came = len(self.clocks)
        wanted = self.chance.random(6) < 0.4
        rows = np.flatnonzero(wanted[self.batch.contract[:came]])
        found = self.kept.of(wanted)
        if rows.size:
            stood = self.kept.stood(found)
            assert stood.rows.batch.row.tolist() == rows.tolist()
            assert stood.rows.verdicts.tolist() == self.verdicts[rows].tolist()
            assert stood.clocks.tolist() == [self.clocks[row] for row in rows]
        since, until = np.sort(self.chance.integers(-300, 5_000, 2)).tolist()
        ts = self.batch.ts_event[rows]
        inside = rows[(ts >= since) & (ts < until)]
        listed = [
            int(row)
            for part, at in self.kept.between(wanted, since, until)
            for row in self.kept.parts[part].batch.row[at]
        ]
        assert listed == sorted(set(listed) & set(inside.tolist()))
        counted = inside[self.verdicts[inside] <= Verdict.CANCEL_DONE]
        assert set(counted.tolist()) <= set(listed)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("seed", range(12))
def test_rows_are_found_however_they_were_kept(seed):
    """By contract and by time, with the clock as it stood: what plain loops find."""
    plain = Plain(seed)
    while not plain.whole:
        if plain.chance.random() < 0.4:
            plain.tick()
        plain.keep(int(plain.chance.choice([1, 1, 2, 7, 20, 90])))
        if plain.chance.random() < 0.2 or plain.whole:
            plain.check()
    assert plain.kept.count == plain.verdicts.size


@pytest.mark.usefixtures("small_parts")
@given(arrival=arrivals(), data=st.data())
def test_joining_parts_changes_nothing(arrival, data):
    cuts, ticks, settle = data.draw(ways(arrival))
    _, book, contracts = run(arrival, None, (cuts, ticks, settle))
    assert shapes(book, contracts) == sorted(naive_live.parents(arrival, ticks).elements())


def test_small_batches_leave_few_parts():
    kept = Rows()
    batch = columns(np.arange(30_000), np.zeros(30_000))
    verdicts = np.zeros(30_000, np.uint8)
    for row in range(30_000):
        one = slice(row, row + 1)
        kept.keep(Folded(batch.take(one), verdicts[one]))
    assert len(kept.parts) < 1_100
    assert kept.of(np.ones(1, np.bool_))[0].at.size > 10_000
    assert len(kept.parts) < 20
