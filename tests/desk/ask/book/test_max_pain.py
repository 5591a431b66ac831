"""Max pain: the curve, what is held, and what bears on it."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import assume, given

import snapshots
from names import asked, body, cents, held, settled, unexpired, view
from opentape.desk.ask.book import max_pain as ask
from opentape.desk.ask.book.strikes import ExposureQuery
from opentape.market.errors import NoData
from positioning import naive


def answer(name, expiry):
    try:
        return body(ask.max_pain(name, ExposureQuery(expiration=expiry)))
    except NoData:
        assume(False)  # noqa: FBT003


@given(asked())
def test_the_curve_is_that_of_the_naive_twin(question):
    name, expiry = question
    found = answer(name, expiry)
    mine = held(name, unexpired(name, expiry))
    twin = naive.pains(mine)
    curve = found["pain_curve"]
    assert [row["strike"] for row in curve] == list(twin)
    for row in curve:
        assert cents(row["total_pain"]) == cents(row["call_pain"]) + cents(row["put_pain"])
        assert row["total_pain"] == pytest.approx(twin[row["strike"]], abs=0.02)
    assert found["max_pain_strike"] == naive.max_pain(mine, 500.0)
    least = min(row["total_pain"] for row in curve)
    at = [row for row in curve if row["strike"] == found["max_pain_strike"]]
    assert [row["total_pain"] for row in at] == [least]
    calls, puts = ([row[key] for row in curve] for key in ("call_pain", "put_pain"))
    assert calls == sorted(calls)
    assert puts == sorted(puts, reverse=True)


@given(asked())
def test_what_is_held_stands_on_the_same_strikes(question):
    found = answer(*question)
    rows = found["oi_by_strike"]
    assert [r["strike"] for r in rows] == [r["strike"] for r in found["pain_curve"]]
    for row in rows:
        known = None not in {row["call_oi"], row["put_oi"]}
        assert row["total_oi"] == (row["call_oi"] + row["put_oi"] if known else None)
    sums = [sum(row[key] or 0 for row in rows) for key in ("put_oi", "call_oi")]
    ratio = found["put_call_oi_ratio"]
    if ratio is None:
        assert not all(sums)
    else:
        assert ratio == pytest.approx(sums[0] / sums[1], abs=5e-5)


@given(asked())
def test_distance_and_signal(question):
    found = answer(*question)
    spot, pain, told = 500.0, found["max_pain_strike"], found["distance"]
    assert told["absolute"] == abs(spot - pain)
    assert told["percent"] == pytest.approx(told["absolute"] / spot * 100, abs=5e-5)
    side = "above" if spot > pain else "below" if spot < pain else "at"
    assert told["direction"] == side
    far = told["percent"] >= 5
    bets = {"above": "bearish", "below": "bullish"}
    assert found["signal"] == (bets[side] if far else "neutral")


@given(asked())
def test_every_expiry_has_its_own(question):
    name, expiry = question
    found = answer(name, expiry)
    rows = found["max_pain_by_expiration"]
    assert (rows is None) == (expiry is not None)
    if rows is None:
        assert found["expiration"] == f"{expiry}"
        return
    dates = [row["expiration"] for row in rows]
    assert dates == sorted(set(dates))
    assert found["expiration"] == dates[0]
    assert found["max_pain_front"] == rows[0]["max_pain_strike"]
    for row in rows:
        date = dt.date.fromisoformat(row["expiration"])
        assert row["dte"] == (date - dt.date(2026, 5, 21)).days
        mine = held(name, unexpired(name, date))
        assert row["max_pain_strike"] == naive.max_pain(mine, 500.0)
        known = [int(c.oi) for c in mine if c.known]
        assert row["total_oi"] == (sum(known) if known else None)


@given(asked())
def test_alignment_says_where_the_walls_and_the_flip_are(question):
    found = answer(*question)
    told, pain = found["dealer_alignment"], found["max_pain_strike"]
    walls = [told["call_wall"], told["put_wall"]]
    flip = told["gamma_flip"]
    if None in walls:
        word = "unknown"
    elif not min(walls) <= pain <= max(walls):
        word = "diverging"
    elif flip is None:
        word = "unknown"
    else:
        word = "converging" if abs(pain - flip) <= 5.0 else "moderate"
    assert told["alignment"] == word
    assert told["description"].endswith(".")


@given(asked())
def test_the_straddle_is_the_nearest_that_is_quoted(question):
    name, expiry = question
    found = answer(name, expiry)
    chain = name.settled_chain().analysed.chain
    date = dt.date.fromisoformat(found["expiration"])
    mids = {}
    for row in unexpired(name, date):
        bid, ask_price = chain.bid[row], chain.ask[row]
        if 0 < bid <= ask_price:
            mids[float(chain.strike[row]), bool(chain.put[row])] = (bid + ask_price) / 2
    pairs = [strike for strike, put in mids if put and (strike, False) in mids]
    move = found["expected_move"]
    if not pairs:
        assert set(move.values()) == {None}
        return
    at = min(pairs, key=lambda strike: (abs(strike - 500.0), strike))
    price = mids[at, True] + mids[at, False]
    assert move["straddle_price"] == pytest.approx(price, abs=5e-5)
    within = abs(500.0 - found["max_pain_strike"]) <= move["straddle_price"]
    assert move["max_pain_within_expected_range"] == within


@given(asked())
def test_pin_probability_is_a_score_or_unknown(question):
    found = answer(*question)["pin_probability"]
    assert found is None or (isinstance(found, int) and 0 <= found <= 100)


def by_hand(calls, puts, strikes):
    """A chain that holds the given contracts, strike by strike."""
    chain = snapshots.quoted_chain(
        "SPXW", expiries=(dt.date(2026, 6, 18),), strikes=strikes, spread=0.01
    )
    oi = np.empty(chain.rows, np.int64)
    oi[~chain.put], oi[chain.put] = calls, puts
    return view(settled(chain._replace(open_interest=oi)))


def test_a_chain_by_hand():
    """At 480 puts get 20*3 + 40*1 = 100; at 500 both sides 20*2 and 20*1; at 520 20*5*2."""
    found = ask.max_pain(by_hand([2, 1, 0], [0, 3, 1], [480, 500, 520]), ExposureQuery())
    assert [row.call_pain for row in found.pain_curve] == [0.0, 4_000.0, 10_000.0]
    assert [row.put_pain for row in found.pain_curve] == [10_000.0, 2_000.0, 0.0]
    assert [row.total_pain for row in found.pain_curve] == [10_000.0, 6_000.0, 10_000.0]
    assert found.max_pain_strike == 500.0
    assert found.put_call_oi_ratio == round(4 / 3, 4)
    assert found.distance.direction == "at"
    assert found.expected_move.atm_iv == pytest.approx(20.0, abs=0.2)
    assert found.max_pain_by_expiration[0].total_oi == 7


def test_five_percent_away_is_a_signal():
    low = ask.max_pain(by_hand([9, 0, 0], [0, 0, 0], [475, 500, 526]), ExposureQuery())
    assert (low.max_pain_strike, low.signal) == (475.0, "bearish")
    assert low.distance.percent == 5.0
    high = ask.max_pain(by_hand([0, 0, 0], [0, 0, 9], [474, 500, 525]), ExposureQuery())
    assert (high.max_pain_strike, high.signal) == (525.0, "bullish")
    near = ask.max_pain(by_hand([0, 0, 0], [0, 0, 9], [474, 500, 524.5]), ExposureQuery())
    assert near.signal == "neutral"


def test_equals_go_to_the_strike_nearest_to_spot():
    found = ask.max_pain(by_hand([1, 0, 0], [0, 0, 1], [480, 505, 520]), ExposureQuery())
    assert {row.total_pain for row in found.pain_curve} == {4_000.0}
    assert found.max_pain_strike == 505.0


def test_nobody_holds_anything():
    with pytest.raises(NoData, match="open interest"):
        ask.max_pain(by_hand([0, 0], [0, 0], [490, 510]), ExposureQuery())


def test_without_a_vol_there_is_max_pain_but_no_more():
    chain = snapshots.bare("SPXW", (dt.date(2026, 6, 18),), strikes=[490.0, 510.0])
    found = ask.max_pain(view(settled(chain)), ExposureQuery())
    assert found.max_pain_strike in {490.0, 510.0}
    assert found.dealer_alignment.alignment == "unknown"
    assert found.regime == "unknown"
    assert found.expected_move.straddle_price is None
    assert found.pin_probability is None


@pytest.mark.parametrize("spot", [np.nan, 0.0])
def test_without_a_spot_there_is_max_pain_but_no_distance(spot):
    chain = snapshots.bare("SPXW", (dt.date(2026, 6, 18),), strikes=[490.0, 510.0])
    name = view(settled(chain._replace(spot=spot)))
    found = ask.max_pain(name, ExposureQuery())
    assert found.max_pain_strike == 490.0
    assert found.underlying_price is None
    assert found.distance == ask.Distance(absolute=None, percent=None, direction=None)
    assert found.signal is found.pin_probability is None
    assert found.regime == "unknown"
