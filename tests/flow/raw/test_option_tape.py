"""Raw option flow against its naive twin: disorder, cancels, dates that turn, views."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import naive
import tapes
from naive import MS
from opentape.flow.fold import Fold
from opentape.flow.raw.options import OptionTape
from opentape.flow.raw.records import NEVER
from opentape.flow.raw.views import total
from opentape.market.contract import Contracts
from raw_views import check, counted, in_view

STRETCHES = st.sampled_from([1, 7, 60, 1_000, 9_000])
SIDES = ("buy", "sell", "mid")
DAY_MS = 86_400_000


@st.composite
def spread_tapes(draw):
    """A tape over seconds, minutes or days, with cancels."""
    stretch = draw(STRETCHES)
    return [
        replace(p, ts_event=tapes.OPEN_NS + (p.ts_event - tapes.OPEN_NS) * stretch)
        for p in draw(tapes.tapes())
    ]


def watched(tape, cuts=(), settle=()):
    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    raw = OptionTape(contracts)
    fold = Fold(contracts, watch=raw)
    for start, stop in pairwise([0, *sorted(set(cuts)), len(tape)]):
        fold.push(batch.take(slice(start, stop)))
        if stop in settle:
            fold.settle_cancels()
    fold.settle_cancels()
    return fold, raw


def newest_prints(records):
    return [(t["ts"], t["price"], t["size"], SIDES[t["side"]], t["row"]) for t in records]


def as_kept(prints):
    return [(p.ts, p.price, p.size, p.side, p.row) for p in prints]


@given(tape=spread_tapes(), data=st.data())
def test_every_figure_is_that_of_the_prints_that_stand(tape, data):
    places = st.integers(1, max(1, len(tape) - 1))
    cuts = data.draw(st.lists(places, max_size=8))
    settle = data.draw(st.lists(st.sampled_from(cuts), max_size=3)) if cuts else []
    fold, raw = watched(tape, cuts, settle)
    fold.finish()
    kept = counted(naive.standing(tape)[0])
    rejects = [p for p in tape if p.cls != "cancel" and not naive.reject_reason(p)]
    newest = max((p.ts_event for p in rejects if p.cls != "excluded"), default=0)
    for name in check(raw, kept, newest):
        view = raw.view(name)
        mine = [p for p in kept if p.owner == name]
        assert newest_prints(view.recent) == as_kept(mine)
        assert newest_prints(view.blocks) == as_kept([p for p in mine if p.size >= 100])


@given(tape=spread_tapes(), data=st.data())
def test_prints_may_come_in_any_order_and_in_any_batches(tape, data):
    tape = data.draw(st.permutations([p for p in tape if p.cls != "cancel"]))
    tape = [replace(p, row=row, withdrawn=False) for row, p in enumerate(tape)]
    dates = {naive.trade_date(p) for p in tape}
    places = st.integers(1, max(1, len(tape) - 1))
    cuts = data.draw(st.lists(places, max_size=8))
    told = []

    class Both(OptionTape):
        def folded(self, rows, rules):
            mine = rows.batch.row[rows.verdicts <= 1].tolist()
            told.extend(tape[row] for row in mine)
            super().folded(rows, rules)

    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    raw = Both(contracts)
    fold = Fold(contracts, watch=raw)
    for start, stop in pairwise([0, *sorted(set(cuts)), len(tape)]):
        fold.push(batch.take(slice(start, stop)))
    assert (
        len(dates) > 1
        or len(told)
        == sum(naive.reject_reason(p) is None for p in tape)
        - fold.skips.counts["duplicate"]
    )
    for name in check(raw, counted(told)):
        mine = [p for p in counted(told) if p.owner == name]
        assert newest_prints(raw.view(name).recent) == as_kept(mine)


@given(tape=spread_tapes(), data=st.data())
def test_a_view_stays_as_it_was_while_the_tape_goes_on(tape, data):
    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    raw = OptionTape(contracts)
    fold = Fold(contracts, watch=raw)
    seen = []
    for row in range(len(tape)):
        fold.push(batch.take(slice(row, row + 1)))
        if data.draw(st.booleans()):
            fold.settle_cancels()
        views = [raw.view(name) for name in ("SPY", "SPX", "NVDA")]
        seen.extend((view, frozen(view)) for view in views if view is not None)
    fold.finish()
    for view, before in seen:
        assert frozen(view) == before


def frozen(view):
    """All that a view says."""
    expiries = view.expiries.tolist()
    return (
        in_view(view),
        [in_view(view, expiry) for expiry in expiries],
        view.recent.tobytes(),
        view.blocks.tobytes(),
        [view.contracts(expiry) for expiry in expiries],
        dict(view.slots),
    )


def a_print(ms, size=1, *, price=2, **changes):
    root, expiry, strike, right = tapes.SERIES[3]
    made = naive.NaivePrint(
        ts_event=tapes.OPEN_NS + ms * MS,
        root=root,
        expiry=expiry,
        strike_mills=strike,
        right=right,
        price=price * naive.DOLLAR,
        size=size,
        bid=naive.DOLLAR,
        ask=2 * naive.DOLLAR,
        venue="XCBO",
    )
    return replace(made, **changes)


def rows(prints):
    return [replace(p, row=row) for row, p in enumerate(prints)]


def test_prices_and_sizes_at_their_limits_do_not_overflow():
    huge = 900_000 * naive.DOLLAR + 123_456_789
    tape = rows(
        a_print(ms, 1_000_000_000, strike_mills=1000 + ms, bid=None, ask=None)
        for ms in range(50)
    )
    tape = [replace(p, price=huge) for p in tape]
    _, raw = watched(tape)
    bucket = total(raw.view("NVDA").after(NEVER))
    assert bucket.notional == 50 * huge * 10**9
    assert bucket.vwap_nanos == huge


def test_the_newest_prints_are_kept_and_no_more():
    tape = rows(a_print(ms, 100 if ms % 3 == 0 else 1) for ms in range(9_000))
    _, raw = watched(tape, cuts=range(0, 9_000, 7))
    view = raw.view("NVDA")
    assert view.recent["row"].tolist() == list(range(7_000, 9_000))
    assert view.blocks["row"].tolist() == list(range(6_000, 9_000, 3))


def test_minutes_beyond_the_last_1500_are_forgotten():
    quiet = a_print(0, strike_mills=5_000, expiry=tapes.SERIES[2][1])
    tape = rows([quiet, *(a_print(60_000 * minute) for minute in range(1_500))])
    _, raw = watched(tape)
    assert raw.view("NVDA").contracts() == 2
    assert total(raw.view("NVDA").after(NEVER)).trades == 1_501
    _, raw = watched([*tape, a_print(60_000 * 1_500, row=1_501)])
    view = raw.view("NVDA")
    assert view.contracts() == 1
    assert total(view.after(NEVER)).trades == 1_500
    assert view.after(NEVER, int(view.expiries[0])).size == 0


def test_a_cancel_of_todays_only_print_leaves_what_traded_yesterday():
    yesterday = a_print(6 * 3_600_000)
    today = a_print(DAY_MS, 7)
    cancel = replace(today, cls="cancel", ts_event=today.ts_event + MS)
    fold, raw = watched(rows([yesterday, today, cancel]))
    assert fold.taken_back == 1
    view = raw.view("NVDA")
    assert view.contracts() == 1
    assert total(view.after(NEVER)).trades == 1


def test_it_says_what_came_since_it_was_asked():
    _, raw = watched(rows([a_print(0), a_print(1, root="SPXW"), a_print(2, size=-1)]))
    assert sorted(raw.touched()) == ["NVDA", "SPX"]
    assert raw.touched() == []
    assert raw.view("QQQ") is None


def test_contracts_may_be_named_while_the_tape_runs():
    contracts = Contracts()
    raw = OptionTape(contracts)
    fold = Fold(contracts, watch=raw)
    tape = rows(
        a_print(ms, strike_mills=1_000 * (ms + 1), root=f"N{chr(65 + ms % 20)}")
        for ms in range(300)
    )
    for p in tape:
        fold.push(tapes.batch_of([p], contracts))
    assert len(check(raw, counted(tape))) == 20
    assert np.array_equal(np.sort(raw.touched()), np.unique([p.root for p in tape]))


def test_when_a_cancel_comes_does_not_decide_which_prints_are_left():
    """They are the newest that came less those that were taken back, however it is cut."""
    tape = [a_print(ms, 100, sequence=ms + 1) for ms in range(3_000)]
    busts = [
        a_print(3_000, 100, cls="cancel", cancels=at + 1, sequence=4_000 + at)
        for at in (500, 1_500, 2_500)
    ]
    more = [a_print(ms, 100, sequence=ms + 5_000) for ms in range(3_001, 3_101)]
    whole = rows([*tape, *busts, *more])
    seen = []
    for cuts in ([], [3_003], range(0, len(whole), 11)):
        fold, raw = watched(whole, cuts=cuts, settle=cuts)
        assert fold.taken_back == 3
        view = raw.view("NVDA")
        seen.append((view.recent["row"].tolist(), view.blocks["row"].tolist()))
    assert seen[0] == seen[1] == seen[2]
    assert (len(seen[0][0]), len(seen[0][1])) == (1_998, 999)
