"""Live arrival: prints behind the clock, ticks, dates that turn, bursts and repeats."""

import datetime as dt
from dataclasses import replace

import msgspec
import numpy as np
import pytest

import naive
import tapes
from naive import DOLLAR, MS
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.flow.records import Clock, Side
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadSetting
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import OpenInterest

DAY_MS = 86_400_000
ROOT, EXPIRY, STRIKE, RIGHT = tapes.SERIES[0]
KEY = tapes.SERIES[3]


def at(ms, size=100, *, buy=True, **changes):
    """A print so many milliseconds after the open."""
    root, expiry, strike, right = KEY
    made = naive.NaivePrint(
        ts_event=tapes.OPEN_NS + ms * MS,
        root=root,
        expiry=expiry,
        strike_mills=strike,
        right=right,
        price=2 * DOLLAR if buy else DOLLAR,
        size=size,
        bid=DOLLAR,
        ask=2 * DOLLAR,
        venue="XCBO",
    )
    return replace(made, **changes)


def other(ms, nth=0, **changes):
    """A print of another contract, too small for a parent."""
    return at(ms, 1, strike_mills=1_000 + 1_000 * nth, **changes)


class Live:
    """A fold fed as a live loop feeds it."""

    def __init__(self, gather=None, oi=None, **how):
        self.contracts = Contracts()
        self.options = FlowOptions(gather=gather or GatherOptions())
        interest = tapes.interest_of(oi, self.contracts)
        self.fold = Fold(self.contracts, interest, self.options.gather, **how)
        self.rows = 0

    def push(self, *prints, each=False):
        """Push prints in the order they came, as one batch or one by one."""
        rows = [replace(p, row=self.rows + i) for i, p in enumerate(prints)]
        self.rows += len(rows)
        for batch in [[p] for p in rows] if each else [rows]:
            self.fold.push(tapes.batch_of(batch, self.contracts))
        return self

    def tick(self, ms):
        self.fold.day.tick(tapes.OPEN_NS + ms * MS)
        return self

    def closed(self):
        """Sizes of the parents that have closed so far."""
        return self.fold.day.book().parents["size"].tolist()

    def signals(self):
        """The answer when the tape is over, oldest first."""
        judged = judge(self.fold.finish(), self.contracts, self.options)
        found = signal_rows(judged, self.contracts, self.options)
        return sorted(found, key=lambda signal: (signal.ts, signal.id))

    def shape(self):
        return [(s.structure, s.side, s.legs, s.size) for s in self.signals()]


def together(size, legs=2):
    return ("sweep", "buy", legs, size)


def alone(size, side="buy"):
    return ("block", side, 1, size)


# ------------------------------------------------------------------- behind the clock


@pytest.mark.parametrize(
    ("arrival", "expected"),
    [
        ([at(0), other(300), at(100, 70)], [together(170)]),
        ([at(0), at(500), at(250, 70)], [together(270, 3)]),
        ([at(501), at(1, 70)], [together(170)]),
        ([at(501), at(0, 170)], [alone(170), alone(100)]),
        ([at(501), at(0, 70)], [alone(100)]),
        ([at(0), other(500), at(500, 70)], [together(170)]),
        ([at(0), other(501), at(500, 170)], [alone(100), alone(170)]),
        ([other(300), at(299, 170), at(300, 100)], [alone(170), alone(100)]),
        ([at(0), other(300), at(100, 70, buy=False)], [alone(100)]),
    ],
    ids=[
        "within a gap of the leg before",
        "between two legs",
        "within a gap before the first leg",
        "more than a gap before the first leg",
        "and too small to stand alone",
        "the clock just within the gap",
        "the clock has moved past the window",
        "one that is behind begins no window",
        "the other side is another window",
    ],
)
@pytest.mark.parametrize("each", [False, True], ids=["one batch", "one by one"])
def test_a_print_behind_the_clock(arrival, expected, each):
    assert Live().push(*arrival, each=each).shape() == expected


def test_a_leg_from_before_the_first_names_the_parent():
    (found,) = Live().push(at(400, spot=5 * DOLLAR), at(100, spot=4 * DOLLAR)).signals()
    assert found.ts == "2026-05-21T13:30:00.100000Z"
    assert found.last_ts == "2026-05-21T13:30:00.400000Z"
    assert found.radar.spot == 4.0


def test_legs_from_before_do_not_make_a_window_too_long():
    short, legs = GatherOptions(max_span_ms=1_000), [at(500), at(1_000), at(1_300)]
    assert Live(short).push(*legs, at(300, 70)).shape() == [together(370, 4)]
    assert Live(short).push(*legs, at(299, 170)).shape() == [alone(170), together(300, 3)]


def test_far_behind_counts_in_volume_only():
    live = Live(oi={KEY: 900}).push(at(5_000), at(3_000, 200), at(2_999, 400))
    assert live.fold.day.book().volume.tolist() == [[700, 0, 0]]
    assert live.shape() == [alone(200), alone(100)]
    assert (live.fold.late, live.fold.conditions.total()) == (1, 3)
    assert live.fold.skips.total == 0


def test_rows_that_are_refused_do_not_move_the_clock():
    absurd = at(60_000, price=21 * DOLLAR)
    assert Live().push(at(0), absurd, at(400)).shape() == [together(200)]


# ------------------------------------------------------------------------------- ticks


def test_a_tick_closes_what_has_been_silent_for_more_than_the_gap():
    live = Live().push(at(0, 120), at(0, 130, buy=False))
    assert live.tick(500).closed() == []
    assert sorted(live.tick(501).closed()) == [120, 130]
    assert live.tick(9_000).shape() == [alone(120), alone(130, "sell")]


def test_parents_appear_once_however_often_it_ticks():
    live = Live()
    for ms in range(0, 6_000, 100):
        live.tick(ms)
        if ms % 2_000 == 0:
            live.push(at(ms, 100 + ms // 100), at(ms + 99, 1))
    assert sorted(live.closed()) == [101, 121, 141]
    assert live.shape() == [together(101), together(121), together(141)]


def test_a_tick_may_come_before_the_first_print_and_after_the_last():
    assert Live().tick(0).signals() == []
    live = Live().push(at(0))
    assert live.tick(10_000).shape() == [alone(100)]


def test_a_print_behind_a_tick_is_behind():
    assert Live().push(at(0)).tick(600).push(at(450)).shape() == [alone(100), alone(100)]
    assert Live().push(at(0)).tick(2_451).push(at(450)).shape() == [alone(100)]


# --------------------------------------------------------------- dates and contracts


def test_an_earlier_trade_date_is_counted():
    live = Live().push(at(0, 100))
    live.push(at(-DAY_MS, 300), at(1_000, 110), at(-2 * DAY_MS, 200), at(2_000, 120))
    assert live.fold.skips.counts == {"earlier_date": 2}
    assert [row.row for row in live.fold.skips.examples["earlier_date"]] == [1, 3]
    assert live.shape() == [alone(100), alone(110), alone(120)]


def test_an_earlier_date_is_not_remembered_as_a_repeat():
    rows = [at(0, sequence=9), at(1_000, sequence=8), at(-DAY_MS, sequence=7)]
    live = Live().push(*rows, at(2_000, sequence=7), at(3_000, sequence=7))
    assert live.fold.skips.counts == {"earlier_date": 1, "duplicate": 1}


def test_a_new_date_begins_with_no_volume_and_stale_open_interest():
    live = Live(oi={KEY: 150})
    live.push(at(0, 400), at(DAY_MS, 200, buy=False), at(2 * DAY_MS, 151))
    monday = live.signals()
    assert [s.contract_net_oi_delta for s in monday] == [172, -86, 65]
    assert [s.flags for s in monday] == [
        ["proven_open"],
        ["proven_open", "oi_stale"],
        ["proven_open", "oi_stale"],
    ]
    assert [s.dte for s in monday] == [610, 609, 608]


def test_open_interest_that_is_not_known_is_never_stale():
    found = Live().push(at(0), at(DAY_MS)).signals()
    assert [s.flags for s in found] == [[], []]


def test_one_batch_may_hold_several_dates():
    rows = [at(day * DAY_MS + ms, 100 + day) for day in range(3) for ms in (0, 100)]
    expected = [together(200), together(202), together(204)]
    assert Live().push(*rows).shape() == Live().push(*rows, each=True).shape() == expected


def test_an_expired_contract_is_refused():
    root, expiry, strike, right = tapes.SERIES[0]
    last = {"root": root, "expiry": expiry, "strike_mills": strike, "right": right}
    live = Live().push(at(0, **last), at(DAY_MS, **last), at(DAY_MS, 200))
    assert live.fold.skips.counts == {"expired": 1}
    assert live.shape() == [alone(100), alone(200)]


# ----------------------------------------------------------------------------- options


def test_the_open_may_be_left_unsigned():
    gather = GatherOptions(unsigned_open_seconds=60)
    rows = [at(ms, 100) for ms in (-1, 0, 59_999, 60_000)]
    named = replace(at(30_000), cls="buy_aggressor")
    found = Live(gather).push(*rows[:2], named, *rows[2:]).signals()
    assert [s.side for s in found] == ["buy", "mid", "mid", "mid", "buy"]
    assert [s.aggressor for s in found][1:4] == ["mid"] * 3
    found = Live().push(*rows).signals()
    assert {s.side for s in found} == {"buy"}


def test_a_day_without_a_session_has_no_open():
    sunday = (dt.date(2026, 5, 24) - dt.date(2026, 5, 21)).days * DAY_MS
    gather = GatherOptions(unsigned_open_seconds=60)
    assert Live(gather).push(at(sunday)).shape() == [alone(100)]


@pytest.mark.parametrize("coalesce", ["all", "blocks_only"])
def test_the_block_size_may_differ_by_underlying(coalesce):
    gather = GatherOptions(coalesce=coalesce, block_min_by_symbol={"SPX": 7, "SPY": 500})
    sizes = {"SPXW": (6, 7), "SPY": (499, 500), "NVDA": (99, 100)}
    rows = [
        at(ms, size, root=root, expiry=dt.date(2028, 1, 21))
        for root, pair in sizes.items()
        for ms, size in zip((0, 5_000), pair, strict=True)
    ]
    rows.sort(key=lambda p: p.ts_event)
    found = Live(gather).push(*rows).signals()
    assert sorted((s.symbol, s.size) for s in found) == [
        ("NVDA", 100),
        ("SPX", 7),
        ("SPY", 500),
    ]


def test_strict_sweeps_count_an_allocation_as_one_leg():
    strict = GatherOptions(sweep_strict=True)
    allocation = [at(0, 60), at(0, 70), at(0, 80)]
    assert Live(strict).push(*allocation).shape() == [("block", "buy", 3, 210)]
    iso = [replace(p, cls="iso") for p in allocation]
    assert Live(strict).push(*iso).shape() == [("block", "buy", 3, 210)]
    two = [*allocation, at(0, 90, venue="XPHO")]
    assert Live(strict).push(*two).shape() == [together(300, 4)]
    later = [*iso, at(1, 90)]
    assert Live(strict).push(*later).shape() == [together(300, 4)]
    assert Live(strict).push(*allocation, at(1, 90)).shape() == [("block", "buy", 4, 300)]


def test_a_span_may_be_as_long_as_the_record_of_a_window_can_hold():
    gather = GatherOptions(max_span_ms=4_294)
    legs = [at(ms) for ms in (*range(0, 4_001, 500), 4_294)]
    assert Live(gather).push(*legs, at(4_295, 150)).shape() == [
        together(1_000, 10),
        alone(150),
    ]
    with pytest.raises(BadSetting, match="max_span_ms"):
        GatherOptions(max_span_ms=4_295)


# ------------------------------------------------------------------- bursts and repeats


def burst(rows, span_ms, contracts, *, seed=5):
    """Prints within a span, of many contracts, as columns; sequences grow."""
    rng = np.random.default_rng(seed)
    table = Contracts()
    days = np.full(contracts, 20_800)
    strikes = 1_000 * np.arange(1, contracts + 1)
    table.intern_columns(["SPY"] * contracts, days, strikes, np.zeros(contracts, np.bool_))
    batch = PrintBatch.empty(rows)
    for column in batch:
        column[:] = 0
    batch.spot[:] = UNKNOWN
    batch.ts_event[:] = tapes.OPEN_NS + np.sort(rng.integers(0, span_ms * MS, rows))
    batch.sequence[:] = batch.row[:] = np.arange(1, rows + 1)
    batch.contract[:] = rng.integers(0, contracts, rows)
    batch.size[:] = rng.integers(1, 60, rows)
    batch.bid[:], batch.ask[:] = DOLLAR, 2 * DOLLAR
    batch.price[:] = rng.integers(8, 24, rows) * (DOLLAR // 10)
    batch.venue[:] = rng.integers(0, 18, rows)
    return table, batch


def answer(table, batch, cuts=(), **how):
    options = FlowOptions()
    fold = Fold(table, None, options.gather, **how)
    for start, stop in zip([0, *cuts], [*cuts, batch.rows], strict=True):
        fold.push(batch.take(slice(start, stop)))
    judged = judge(fold.finish(), table, options)
    return fold, msgspec.json.encode(list(signal_rows(judged, table, options)))


@pytest.mark.slow
def test_a_burst_that_overruns_the_recent_prints():
    table, batch = burst(100_000, 3_000, 3_000)
    whole, expected = answer(table, batch, recent=1 << 17)
    assert whole.day.recent.size == 1 << 17
    fold, found = answer(table, batch)
    assert fold.day.recent.size > 1 << 14
    assert found == expected
    assert len(expected) > 100_000
    assert not fold.day.clock[Clock.TRACKING]
    _, found = answer(table, batch, cuts=range(10_000, 100_000, 10_000), recent=2)
    assert found == expected


@pytest.mark.slow
def test_a_burst_whose_repeats_are_remembered():
    table, batch = burst(40_000, 3_000, 500)
    again = np.r_[0:10_000, 5_000, 10_000:40_000, 39_999, 0]
    batch = batch.take(again)
    batch.ts_event[:] = np.maximum.accumulate(batch.ts_event)
    fold, found = answer(table, batch, recent=2)
    assert fold.skips.counts == {"duplicate": 3}
    first_time = np.delete(np.arange(again.size), [10_000, 40_001, 40_002])
    assert found == answer(table, batch.take(first_time))[1]


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 511, 1_023, 1_024, 1_025, 2_048])
def test_windows_close_at_the_same_instant_in_any_batch(rows):
    """Closing does not wait for a block of prints to end: what is closed is the same."""
    table, batch = burst(2_500, 6_000, 40)
    _, expected = answer(table, batch)
    _, found = answer(table, batch, cuts=range(rows, batch.rows, rows))
    assert found == expected


def test_recent_prints_outlast_a_window_that_legs_from_behind_prolong():
    """The first leg is still at hand when a window held open by a late leg closes."""
    legs = [at(ms) for ms in range(0, 2_701, 450)]
    rows = [*legs, other(3_150), at(2_750), other(3_230, 1), other(3_600, 2)]
    rows += [other(3_601 + i, 3 + i) for i in range(14)]
    rows.append(other(9_000))
    assert Live(recent=16).push(*rows, each=True).shape() == [together(800, 8)]


def test_a_repeat_is_found_however_far_back():
    rows = [other(600 * i, i % 5, sequence=1 + i) for i in range(7_000)]
    live = Live().push(*rows[:3_000], each=True)
    assert len(live.fold.day.folded) < 1_100  # small batches are joined
    live.push(rows[0], rows[2_999], rows[1_500], each=True)
    assert live.fold.skips.counts == {"duplicate": 3}
    live.push(*rows[3_000:])
    last = at(600 * 7_000, sequence=2)
    live.push(rows[1], last, last)
    assert live.fold.skips.counts == {"duplicate": 5}
    assert live.fold.conditions.total() == 0  # counted when the date ends
    assert live.shape() == [alone(100)]
    assert live.fold.conditions.total() == 7_001


def test_only_venue_contract_and_sequence_together_make_a_repeat():
    first = at(0, sequence=5)
    rows = [
        at(1_000, sequence=6),
        at(2_000, sequence=5, venue="XPHO"),
        other(3_000, sequence=5),
        at(4_000),
        at(5_000, sequence=-1),
        at(6_000, sequence=-1),
        at(7_000, sequence=5, cls="cancel", size=1),
        at(8_000, sequence=5, size=7),
    ]
    live = Live().push(first, *rows)
    assert live.fold.skips.counts == {"duplicate": 1}
    assert [s.size for s in live.signals()] == [100] * 6


def test_a_new_date_has_its_own_sequences():
    live = Live().push(
        at(0, sequence=5), at(DAY_MS, sequence=5), at(DAY_MS + 1, sequence=5)
    )
    assert live.fold.skips.counts == {"duplicate": 1}
    assert live.shape() == [alone(100), alone(100)]


def test_late_prints_are_told_from_sides():
    """A late print still counts on its side, and may be taken back."""
    cancelled = at(2_000, 300, buy=False)
    cancel = replace(cancelled, ts_event=tapes.OPEN_NS + 6_000 * MS, cls="cancel")
    live = Live().push(at(5_000), cancelled).tick(5_600)
    assert live.fold.day.book().volume[0, Side.SELL] == 300
    live.push(cancel).fold.settle_cancels()
    assert live.fold.day.book().volume.tolist() == [[100, 0, 0]]
    assert (live.shape(), live.fold.late) == ([alone(100)], 1)


class DecodedAhead(OpenInterest):
    """While open interest is looked up, another thread names a contract of a new root."""

    def of(self, contracts, first=0):
        contracts.intern(["QQQ   260529C00400000"])
        return super().of(contracts, first)


def test_contracts_named_while_others_are_admitted_wait_for_the_next_time():
    contracts = Contracts()
    batch = tapes.batch_of([at(0), at(600)], contracts)
    fold = Fold(contracts, DecodedAhead(np.array([7]), np.array([10])))
    fold.push(batch.take(slice(0, 1)))
    assert len(contracts) == 2
    late = tapes.batch_of([replace(at(1200), root="QQQ", row=2)], contracts)
    fold.push(batch.take(slice(1, 2)))
    fold.push(late)
    (book,) = fold.finish()
    assert book.parents["contract"].tolist() == [0, 0, late.contract[0]]
