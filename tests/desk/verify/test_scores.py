"""The second scorer: the method's own examples, and bounds that no score leaves."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.desk.live import State
from opentape.desk.verify.quote import Print, aggressor_of, side_of, state_of
from opentape.desk.verify.scores import estimate, exact_radar, exact_score, possible
from opentape.flow import interest
from opentape.flow.judge.verdict import changes
from opentape.flow.options import InterestOptions, RadarOptions, ScoreOptions, Weights
from opentape.market.conditions import Condition
from opentape.market.money import UNKNOWN

# premium, size, open interest, aggressor, sweep, confidence, days: score and its parts
CASES = {
    "seed": (1.86e6, 1500, 1500, "above_ask", True, 0.43, 7, (22, 18, 14, 12, 9, 12)),
    "block": (1e5, 200, 2000, "at_ask", False, 0.0, 10, (8, 5, 11, 0, 0, 12)),
    "sweep": (5e5, 600, 1200, "above_ask", True, 0.43, 14, (18, 13, 14, 12, 10, 12)),
    "whale": (3e6, 5000, 20000, "mid", False, 0.0, 60, (22, 9, 0, 0, 0, 8)),
    "0dte": (8e4, 800, 4000, "at_ask", True, 0.43, 0, (7, 8, 11, 12, 9, 6)),
    "proven": (3e5, 2000, 150, "at_ask", False, 0.90, 21, (15, 18, 10, 0, 20, 12)),
    "leaps": (2e6, 1000, 500, "at_ask", False, 0.43, 400, (22, 18, 11, 0, 9, 2)),
}
FIELDS = Weights.__struct_fields__
counts = st.integers(0, 5_000)


def said(premium, size, label, dte, **more):
    """As much of a signal as a score is made of: a block that was bought."""
    facts = {"side": "buy", "legs": 1, "structure": "block", "venues": ["XCBO"]} | more
    return SimpleNamespace(premium=premium, size=size, aggressor=label, dte=dte, **facts)


def told(confidence):
    return SimpleNamespace(bias="opening_bias", confidence=confidence)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_examples_of_the_method(case) -> None:
    premium, size, oi, label, swept, confidence, dte, parts = case
    one = said(premium, size, label, dte, structure="sweep" if swept else "block")
    exact = exact_score(one, oi, told(confidence), ScoreOptions())
    assert possible(exact) == [list(parts)]


def test_weights_count_against_their_sum() -> None:
    options = ScoreOptions(
        weights=Weights(**dict(zip(FIELDS, (44, 36, 28, 24, 44, 24), strict=True)))
    )
    one = said(1.86e6, 1500, "above_ask", 7, structure="sweep")
    assert possible(exact_score(one, 1500, told(0.43), options)) == [
        [22, 18, 14, 12, 9, 12]
    ]


@pytest.mark.parametrize(
    ("legs", "venues", "points"), [(2, 1, 6.0), (4, 1, 9.0), (2, 3, 9.0), (9, 9, 12.0)]
)
def test_a_graded_sweep(legs, venues, points) -> None:
    one = said(1e5, 100, "mid", 5, structure="sweep", legs=legs, venues=["A"] * venues)
    options = ScoreOptions(graded_sweep=True)
    assert exact_score(one, 100, told(0.0), options)[3] == points


@pytest.mark.parametrize(
    ("premium", "size", "oi", "dte", "otm", "parts"),
    [
        (3.515e6, 668, 100, 14, 2.0, [34, 28, 16, 10]),
        (2e4, 100, -1, 0, None, [0, 0, 20, 0]),
        (9e6, 5000, 0, 90, -20.0, [40, 30, 0, 2]),
        (9e6, 5000, 0, 37, 12.5, [40, 30, 10, 5]),
    ],
)
def test_the_radar(premium, size, oi, dte, otm, parts) -> None:
    one = said(premium, size, "mid", dte)
    assert parts in possible(exact_radar(one, oi, otm, RadarOptions()))


@given(st.lists(st.floats(0, 40), min_size=1, max_size=6))
def test_parts_sum_to_the_score_and_stay_near(exact) -> None:
    for parts in possible(exact):
        assert abs(sum(parts) - sum(exact)) <= 0.5 + 1e-6
        assert all(
            abs(part - one) < 1 + 1e-6 for part, one in zip(parts, exact, strict=True)
        )


def test_a_half_may_fall_on_either_side() -> None:
    assert possible([0.25, 0.25 - 1e-12]) == [[0, 0], [1, 0]]
    assert possible([9.46, 22.0, 3.0]) == [[9, 22, 3]]


@given(
    counts, counts, counts, st.integers(0, 15_000), st.integers(-1, 5_000), st.booleans()
)
def test_the_estimate_is_that_of_the_fold(bought, sold, mids, proven, oi, bounds) -> None:
    """Two writings of one rule."""
    state = State(bought, sold, mids, min(proven, bought + sold + mids), oi, None)
    options = InterestOptions(bounds=bounds)
    volume = np.array([[bought, sold, mids]])
    proof, known = np.array([state.proven]), np.array([oi])
    whole, signed = volume.sum(axis=1), volume[:, :2].sum(axis=1)
    change = changes(volume, proof, known, options)
    bias = interest.bias_of(change, signed, whole, proof, known, options)[0]
    mine = estimate(state, options)
    assert mine.change == change[0]
    assert mine.bias == {1: "opening_bias", 0: "unknown", -1: "closing_bias"}[int(bias)]
    assert mine.confidence == interest.confidence_of(whole, proof, options)[0]


def quoted(price, bid, ask, condition=Condition.REGULAR, marks=0):
    cents = 10_000_000
    unknown = [UNKNOWN if one is None else round(one * cents) for one in (price, bid, ask)]
    return Print(0, 0, 0, 0, 0, unknown[0], 1, *unknown[1:], UNKNOWN, 0, condition, marks)


@pytest.mark.parametrize(
    ("price", "bid", "ask", "side", "label", "state"),
    [
        (111, 100, 110, "buy", "above_ask", "ok"),
        (110, 100, 110, "buy", "at_ask", "ok"),
        (109.4, 100, 110, "buy", "mid", "ok"),
        (205, 100, 200, "buy", "above_ask", "ok"),
        (199, 100, 200, "buy", "at_ask", "ok"),
        (198.9, 100, 200, "buy", "mid", "ok"),
        (150, 100, 200, "mid", "mid", "ok"),
        (101, 100, 200, "sell", "at_bid", "ok"),
        (99, 100, 200, "sell", "below_bid", "ok"),
        (3, 0, 5, "buy", "mid", "ok"),
        (100, 100, 100, "mid", "mid", "locked"),
        (100, 101, 100, "mid", "mid", "crossed"),
        (100, 90, 0, "mid", "mid", "one_sided"),
        (100, None, 110, "mid", "mid", "one_sided"),
        (100, 0, 0, "mid", "mid", "missing"),
        (100, None, None, "mid", "mid", "missing"),
    ],
)
def test_a_print_beside_its_quote(price, bid, ask, side, label, state) -> None:
    one = quoted(price, bid, ask)
    assert (side_of(one, timely=True), aggressor_of(one, timely=True)) == (side, label)
    assert state_of(one) == state
    assert side_of(one, timely=False) == "mid"


def test_conditions_that_name_a_side_or_forbid_one() -> None:
    named = quoted(100, None, None, Condition.SELL_AGGRESSOR)
    assert (side_of(named, timely=True), aggressor_of(named, timely=True)) == (
        "sell",
        "mid",
    )
    leg = quoted(111, 100, 110, Condition.LEG)
    assert (side_of(leg, timely=True), aggressor_of(leg, timely=True)) == ("mid", "mid")
    stale = quoted(111, 100, 110, marks=2)
    assert (side_of(stale, timely=True), state_of(stale)) == ("mid", "stale")
    assert state_of(quoted(111, 100, 110, marks=1)) == "venue"
