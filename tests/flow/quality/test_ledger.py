"""The ledger against its naive twin; any batches give the same."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import naive_quality as twin
import tapes
from naive import DOLLAR, MS, NaivePrint
from opentape.flow.fold import Fold
from opentape.flow.quality.ledger import Ledger
from opentape.flow.quality.records import KINDS
from opentape.market.contract import Contracts

BY_NUMBERS = {"gap", "disorder", "clock_skew"}


def kept(tape, oi=None, cuts=(), settle=(), wait=8):
    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    interest = tapes.interest_of(oi, contracts)
    ledger = Ledger(contracts, late_after_ns=twin.LATE_NS, wait=wait)
    if interest is not None:
        ledger.settle(interest)
    fold = Fold(contracts, interest, watch=ledger)
    for start, stop in pairwise([0, *sorted(set(cuts)), len(tape)]):
        fold.push(batch.take(slice(start, stop)))
        if stop in settle:
            fold.settle_cancels()
    fold.finish()
    return ledger.view()


def told(view):
    flaws = view.flaws
    rows = zip(flaws["kind"].tolist(), flaws["row"].tolist(), strict=True)
    found = [(KINDS[kind], row) for kind, row in rows]
    return sorted(one for one in found if one[0] not in BY_NUMBERS)


@st.composite
def cut_tapes(draw, *, in_order):
    tape = draw(tapes.tapes())
    if not in_order:
        tape = draw(st.permutations(tape))
    tape = [replace(p, row=row) for row, p in enumerate(tape)]
    places = st.integers(1, max(1, len(tape) - 1))
    cuts = draw(st.lists(places, max_size=8))
    settle = draw(st.lists(st.sampled_from(cuts), max_size=3)) if cuts else []
    return tape, cuts, settle


@given(given_=st.one_of(cut_tapes(in_order=True), cut_tapes(in_order=False)),
       oi=tapes.open_interests())  # fmt: skip
def test_every_flaw_is_noted_and_no_other(given_, oi):
    tape, cuts, settle = given_
    # a reject that came before is told by its number, where numbers follow on each other
    tape = [p for p in tape if twin.naive.reject_reason(p) is None or p.cls == "cancel"]
    view = kept(tape, oi, [cut for cut in cuts if cut < len(tape)], settle)
    if not tape:
        assert view.flaws.size == 0
        return
    assert told(view) == sorted(twin.flaws(tape, oi).elements())


@given(given_=cut_tapes(in_order=False), oi=tapes.open_interests())
def test_rejects_are_noted(given_, oi):
    tape, cuts, settle = given_
    tape = [replace(p, sequence=None) for p in tape]
    view = kept(tape, oi, cuts, settle)
    assert told(view) == sorted(twin.flaws(tape, oi).elements())


@given(given_=cut_tapes(in_order=False), oi=tapes.open_interests())
def test_any_batches_give_the_same(given_, oi):
    tape, cuts, settle = given_
    one, other = kept(tape, oi), kept(tape, oi, cuts, settle)
    assert np.array_equal(one.flaws, other.flaws)
    assert np.array_equal(one.incidents, other.incidents)
    assert np.array_equal(one.counts, other.counts)


def numbered(numbers, **changes):
    """Prints with some numbers, a millisecond apart in the order of the numbers."""
    root, expiry, strike, right = tapes.SERIES[3]
    plain = NaivePrint(
        ts_event=0, root=root, expiry=expiry, strike_mills=strike, right=right,
        price=DOLLAR, size=1, bid=DOLLAR, ask=2 * DOLLAR, venue="XCBO", **changes,
    )  # fmt: skip
    return [
        replace(plain, row=row, sequence=number, ts_event=tapes.OPEN_NS + number * MS)
        for row, number in enumerate(numbers)
    ]


@st.composite
def number_tapes(draw):
    """Numbers with holes, a few of them elsewhere than in their place."""
    whole = list(range(1, draw(st.integers(40, 120))))
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.integers(1, len(whole) - 2))
        del whole[first : first + draw(st.integers(1, 5))]
    numbers = list(whole)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(numbers) - 1))
        to = draw(st.integers(max(0, at - 6), min(len(numbers) - 1, at + 6)))
        numbers.insert(to, numbers.pop(at))
    return numbers


@given(numbers=number_tapes(), wait=st.sampled_from([20, 50, 1_000]))
def test_what_is_missing_and_what_was_moved(numbers, wait):
    view = kept(numbered(numbers), wait=wait)
    holes = view.found.holes
    told = list(zip(holes["first"].tolist(), holes["last"].tolist(), strict=True))
    beyond = sorted(numbers)[-8:][0]
    missing = twin.missing(numbers)
    assert [hole for hole in missing if hole[1] < beyond] == [
        hole for hole in told if hole[1] < beyond
    ]
    assert set(told) <= set(missing)
    moved = view.flaws[view.flaws["kind"] == KINDS.index("disorder")]
    assert moved.size == len(numbers) - twin.longest_ascending(numbers)
    assert view.counts[KINDS.index("gap")] == sum(b - a + 1 for a, b in told)


def test_a_number_that_comes_late_leaves_the_gap():
    numbers = [n for n in range(1, 200) if n not in range(20, 30)]
    late = numbered([*numbers, 24, 22])
    late = [*late[:-2], *(replace(p, ts_event=late[-3].ts_event) for p in late[-2:])]
    view = kept(late, wait=20)
    holes = view.found.holes
    assert list(zip(holes["first"].tolist(), holes["last"].tolist(), strict=True)) == [
        (20, 21), (23, 23), (25, 29),
    ]  # fmt: skip
    assert [one for one in view.incidents["kind"].tolist() if one == 2] == [2]
    assert view.counts[KINDS.index("disorder")] == 2


def test_a_jump_of_millions_is_another_numbering():
    numbers = list(range(1, 60))
    beside = [(1 << 30) + 2 * n for n in range(5)]
    mixed = [n for pair in zip(numbers, beside, strict=False) for n in pair] + numbers[5:]
    for wait in (10, 1_000):
        view = kept(numbered(mixed), wait=wait)
        assert view.found.holes.size == 0


def test_a_feed_that_begins_its_numbers_anew_has_no_gap():
    numbers = [*range(5_000_000, 5_000_080), *range(1, 160)]
    tape = numbered(numbers)
    tape = [replace(p, ts_event=tapes.OPEN_NS + p.row * MS) for p in tape]
    view = kept(tape, wait=20)
    assert view.found.holes.size == 0


def test_numbers_that_leave_most_out_tell_nothing():
    view = kept(numbered(range(1, 900, 7)), wait=20)
    assert view.found.numbered == 0
    assert view.flaws.size == 1, "only that open interest was not told"


def test_incidents_join_what_comes_within_a_minute():
    tape = [
        replace(p, sequence=None, bid=3 * DOLLAR) for p in numbered([1, 20_000, 200_000])
    ]
    view = kept(tape)
    mine = view.incidents[view.incidents["kind"] == KINDS.index("crossed_nbbo")]
    assert mine["count"].tolist() == [2, 1]
    assert mine["ts"].tolist() == [tape[0].ts_event, tape[2].ts_event]
    assert mine["last"].tolist() == [tape[1].ts_event, tape[2].ts_event]
    assert view.symbols(mine) == ["NVDA", "NVDA"]


def test_rows_of_an_earlier_date_are_noted_and_a_new_date_begins_anew():
    tape = [replace(p, sequence=None, bid=3 * DOLLAR) for p in numbered([1, 2, 3])]
    day = 86_400_000 * MS
    later = replace(tape[1], ts_event=tape[1].ts_event + day)
    view = kept([tape[0], later, replace(tape[2])], cuts=(1, 2))
    kinds = [KINDS[kind] for kind in view.flaws["kind"].tolist()]
    assert sorted(kinds) == ["crossed_nbbo", "earlier_date", "missing_oi"]
    assert view.rows == 1
