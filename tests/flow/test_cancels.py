"""Cancels: a tape with them is the tape without the prints they take back."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
import tapes
from naive import DOLLAR, MS
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.market.contract import Contracts

MODES = [
    GatherOptions(),
    GatherOptions(coalesce="blocks_only"),
    GatherOptions(sweep_strict=True),
]
ROOT, EXPIRY, STRIKE, RIGHT = tapes.SERIES[0]


def run(  # noqa: PLR0913
    tape, oi=None, gather=None, *, cuts=(), settle=(), ticks=None, recent=1 << 14
):
    """Fold a tape cut by cut; settle cancels and tick where asked. Return fold, answer."""
    options = FlowOptions(gather=gather or GatherOptions())
    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    interest = tapes.interest_of(oi, contracts)
    fold = Fold(contracts, interest, options.gather, recent=recent)
    bounds = [0, *sorted(set(cuts)), len(tape)]
    for start, stop in pairwise(bounds):
        fold.push(batch.take(slice(start, stop)))
        if ticks and stop in ticks:
            fold.day.tick(ticks[stop])
        if stop in settle:
            fold.settle_cancels()
    signals = judge(fold.finish(), contracts, options)
    return fold, list(signal_rows(signals, contracts, options))


def answer(tape, oi=None, gather=None, **how):
    return msgspec.json.encode(run(tape, oi, gather, **how)[1])


def a_print(at_ms=0, size=100, *, buy=True, **changes):
    made = naive.NaivePrint(
        ts_event=tapes.OPEN_NS + at_ms * MS,
        root=ROOT,
        expiry=EXPIRY,
        strike_mills=STRIKE,
        right=RIGHT,
        price=2 * DOLLAR if buy else DOLLAR,
        size=size,
        bid=DOLLAR,
        ask=2 * DOLLAR,
        venue="XCBO",
    )
    return replace(made, **changes)


def cancel_of(p, at_ms, **changes):
    """A cancel that names its print by what it was."""
    when = tapes.OPEN_NS + at_ms * MS
    return replace(p, ts_event=when, cls="cancel", sequence=None, **changes)


def numbered(*tape):
    return [replace(p, row=row) for row, p in enumerate(tape)]


def shape(signals):
    return sorted((s.ts[20:23], s.structure, s.side, s.legs, s.size) for s in signals)


@st.composite
def cancelled_tapes(draw, most=30):
    """A tape of one date, some of its prints taken back by name or terms, some twice."""
    drawn = draw(tapes.tapes(most))
    clean = [
        replace(
            p,
            cls="regular" if p.cls == "cancel" else p.cls,
            sequence=p.row + 1 if p.sequence else None,
            cancels=None,
            withdrawn=draw(st.sampled_from([False] * 20 + [True])),
        )
        for p in drawn
    ]
    cancels = []
    for victim in draw(st.lists(st.sampled_from(clean), max_size=8)):
        by_name = victim.sequence is not None and draw(st.booleans())
        cancels.append(
            replace(
                victim,
                ts_event=victim.ts_event + draw(tapes.times),
                cls="cancel",
                row=len(clean) + len(cancels),
                sequence=draw(st.sampled_from([None, 1_000, 1_000 + len(cancels)])),
                cancels=victim.sequence if by_name else None,
                withdrawn=False,
            )
        )
    return sorted([*clean, *cancels], key=naive.fold_order)


@st.composite
def interruptions(draw, tape):
    """Where a tape is cut, where cancels are settled, and ticks that change nothing."""
    places = st.integers(1, max(1, len(tape) - 1))
    cuts = draw(st.lists(places, max_size=12, unique=True))
    ticked = draw(st.lists(st.sampled_from(cuts), unique=True)) if cuts else []
    settled = draw(st.lists(st.sampled_from(cuts), unique=True)) if cuts else []
    ticks = {
        at: tape[at].ts_event - draw(st.integers(0, 900 * MS))
        for at in ticked
        if at < len(tape)
    }
    recent = draw(st.sampled_from([2, 8, 1 << 14]))
    return {"cuts": cuts, "settle": settled, "ticks": ticks, "recent": recent}


@pytest.mark.parametrize("gather", MODES, ids=["all", "blocks_only", "strict"])
@given(tape=cancelled_tapes(), oi=tapes.open_interests(), data=st.data())
def test_what_is_taken_back_never_was(gather, tape, oi, data):
    """However it is cut, the tape gives the bytes of the tape without those prints."""
    kept, counts = naive.standing(tape)
    without = answer(kept, oi, gather)
    fold, found = run(tape, oi, gather)
    assert msgspec.json.encode(found) == without
    assert fold.taken_back == counts["cancelled"]
    assert fold.cancels_unmatched == counts["cancel_unmatched"]
    assert fold.skips.counts["duplicate"] == counts["duplicate"]
    assert answer(tape, oi, gather, **data.draw(interruptions(tape))) == without


@given(tape=cancelled_tapes(), oi=tapes.open_interests())
def test_print_by_print_settled_each_time(tape, oi):
    """A batch of one and a question after every print change nothing."""
    every = range(1, len(tape) + 1)
    whole = answer(tape, oi)
    assert answer(tape, oi, cuts=every, settle=every) == whole
    assert answer(tape, oi, cuts=every, settle=every, recent=2) == whole


@given(tape=cancelled_tapes(), oi=tapes.open_interests(), data=st.data())
def test_a_live_tape_may_settle_at_any_time(tape, oi, data):
    """Out of order and with ticks, settling early is settling at the end."""
    delays = data.draw(
        st.lists(
            st.sampled_from([0, 0, 0, 90, 700, 2_500]),
            min_size=len(tape),
            max_size=len(tape),
        )
    )
    due = [p.ts_event + delay * MS for p, delay in zip(tape, delays, strict=True)]
    arrival = [tape[at] for at in sorted(range(len(tape)), key=due.__getitem__)]
    how = data.draw(interruptions(arrival))
    ticks = {
        at: ts + data.draw(st.integers(0, 1_500 * MS)) for at, ts in how["ticks"].items()
    }
    once = answer(arrival, oi, cuts=how["cuts"], ticks=ticks)
    early = answer(arrival, oi, **how | {"ticks": ticks})
    assert early == once
    every = range(1, len(arrival) + 1)
    assert answer(arrival, oi, cuts=how["cuts"], settle=how["cuts"], ticks=ticks) == once
    assert answer(arrival, oi, cuts=every, settle=every, ticks=ticks) == once


def test_a_cancel_may_come_in_a_later_batch():
    first, second = a_print(0, 100), a_print(10, 300, buy=False)
    tape = numbered(first, second, cancel_of(first, 5_000))
    fold, found = run(tape, cuts=[1, 2])
    assert shape(found) == [("010", "block", "sell", 1, 300)]
    assert (fold.taken_back, fold.cancels_unmatched) == (1, 0)


def test_the_middle_of_a_sweep_falls_out():
    """What it held together falls apart: the gap left is longer than a sweep bridges."""
    legs = [a_print(at, size) for at, size in ((0, 100), (400, 50), (800, 120))]
    whole = numbered(*legs)
    assert shape(run(whole)[1]) == [("000", "sweep", "buy", 3, 270)]
    tape = numbered(*legs, cancel_of(legs[1], 900))
    assert shape(run(tape)[1]) == [
        ("000", "block", "buy", 1, 100),
        ("800", "block", "buy", 1, 120),
    ]


def test_a_sweep_too_long_for_one_is_cut_elsewhere():
    """Without the first leg the span begins later, and takes in what stood alone."""
    legs = [a_print(at) for at in (0, *range(450, 2_701, 450), 3_001)]
    assert [s.legs for s in run(numbered(*legs))[1]] == [7, 1]
    tape = numbered(*legs, cancel_of(legs[0], 9_000, size=100))
    cancelled = replace(tape[-1], cancels=77)
    named = [replace(tape[0], sequence=77), *tape[1:-1], cancelled]
    assert [s.legs for s in run(named)[1]] == [7]


def test_the_latest_of_its_like_goes():
    tape = numbered(a_print(0), a_print(1_000), cancel_of(a_print(), 5_000))
    assert shape(run(tape)[1]) == [("000", "block", "buy", 1, 100)]


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 99},
        {"price": DOLLAR},
        {"venue": "XPHO"},
        {"strike_mills": 1_000},
        {"cancels": 5},
    ],
)
def test_a_cancel_that_names_nothing_is_counted(changes):
    tape = numbered(a_print(0, sequence=4), cancel_of(a_print(0), 100, **changes))
    fold, found = run(tape)
    assert (fold.taken_back, fold.cancels_unmatched) == (0, 1)
    assert shape(found) == [("000", "block", "buy", 1, 100)]


def test_a_cancel_does_not_reach_forward():
    tape = numbered(cancel_of(a_print(0), 0), a_print(1))
    fold, found = run(tape)
    assert (fold.taken_back, fold.cancels_unmatched, len(found)) == (0, 1, 1)


def test_a_cancel_sent_twice_takes_back_one_print():
    sent = replace(cancel_of(a_print(), 5_000), sequence=9)
    tape = numbered(a_print(0), a_print(1_000), sent, sent)
    fold, found = run(tape)
    assert (fold.taken_back, fold.skips.counts["duplicate"], len(found)) == (1, 1, 1)
    unnumbered = [replace(p, sequence=None) for p in tape]
    fold, found = run(unnumbered)
    assert (fold.taken_back, len(found)) == (2, 0)


def test_a_rejected_or_repeated_print_is_not_there_to_be_taken_back():
    absurd = a_print(0, price=21 * DOLLAR)
    fold, _ = run(numbered(absurd, cancel_of(absurd, 1)))
    assert (fold.taken_back, fold.cancels_unmatched) == (0, 1)
    twice = [a_print(0, sequence=3), a_print(0, sequence=3)]
    fold, found = run(numbered(*twice, cancel_of(twice[0], 1)))
    assert (fold.taken_back, found) == (1, [])


def test_volume_and_proof_go_with_the_print():
    oi = {tapes.SERIES[0]: 150}
    kept, mistake = a_print(0, 100), a_print(1_000, 4_000)
    with_it = run(numbered(kept, mistake), oi)[1]
    assert {s.open_close_bias for s in with_it} == {"opening_bias"}
    assert all("proven_open" in s.flags for s in with_it)
    (left,) = run(numbered(kept, mistake, cancel_of(mistake, 2_000)), oi)[1]
    assert (left.contract_net_oi_delta, left.flags) == (43, [])


def test_what_the_file_withdraws_goes_at_the_end_of_the_whole_tape():
    marked, other = a_print(0, withdrawn=True), a_print(1_000, 300)
    fold, found = run(numbered(marked, other))
    assert (fold.taken_back, [s.size for s in found]) == (1, [300])
    contracts = Contracts()
    fold = Fold(contracts)
    fold.push(tapes.batch_of(numbered(marked, other), contracts))
    (book,) = fold.finish(whole=False)
    assert sorted(book.parents["size"].tolist()) == [100, 300]


def test_a_withdrawn_print_is_the_one_its_cancel_means():
    marked, other = a_print(0, withdrawn=True), a_print(1_000)
    tape = numbered(marked, other, cancel_of(a_print(), 2_000))
    fold, found = run(tape)
    assert fold.taken_back == 1
    assert shape(found) == [("000", "block", "buy", 1, 100)]
    assert found[0].ts.endswith("01.000000Z")


def test_a_window_open_at_the_question_stays_open_for_later_prints():
    """Settled between its legs, a sweep loses one leg and still gains the next."""
    legs = [a_print(at, size) for at, size in ((0, 100), (200, 70), (400, 30), (600, 45))]
    tape = numbered(*legs[:3], cancel_of(legs[1], 450), legs[3])
    every = range(1, 6)
    assert shape(run(tape, cuts=every, settle=every)[1]) == [
        ("000", "sweep", "buy", 3, 175)
    ]


def test_a_window_that_a_tick_closed_is_closed_in_the_refold_too():
    """A silent tape ticks past a sweep; settling afterwards finds the same parents."""
    kept, mistake = a_print(0), a_print(0, 300, buy=False)
    tape = numbered(kept, mistake, cancel_of(mistake, 100), a_print(9_900))
    ticks = {3: tapes.OPEN_NS + 10_000 * MS}
    fold, found = run(tape, cuts=[3], ticks=ticks, settle=[3])
    assert fold.taken_back == 1
    assert shape(found) == [
        ("000", "block", "buy", 1, 100),
        ("900", "block", "buy", 1, 100),
    ]
    assert answer(tape, cuts=[3], ticks=ticks) == msgspec.json.encode(found)
