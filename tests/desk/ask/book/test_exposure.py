"""Levels and sums of the settled book agree with the rows, and with each other."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import assume, given

import snapshots
from names import (
    EXPIRIES,
    asked,
    body,
    cents,
    held,
    random_view,
    settled,
    unexpired,
    view,
)
from opentape.desk.ask.book import exposure, max_pain, strikes
from opentape.desk.ask.book.strikes import ExposureQuery, GexQuery
from opentape.market.errors import NoData
from positioning import naive

FLOOR = 30 / (365 * 24 * 60)


def whole(answer, name):
    try:
        return body(answer(name))
    except NoData:
        assume(False)  # noqa: FBT003


@given(asked())
def test_levels_are_those_of_the_naive_twin(question):
    name, _ = question
    found = whole(exposure.levels, name)["levels"]
    rows = naive.strikes(held(name, unexpired(name, None)), 500.0, FLOOR)
    twin = naive.levels(rows, 500.0)
    keys = {
        "call_wall": "call_gex", "put_wall": "put_gex", "max_positive_gamma": "net_gex",
        "max_negative_gamma": "net_gex", "highest_oi_strike": "total_oi",
        "zero_dte_magnet": "zero_dte_gex",
    }  # fmt: skip
    for level, key in keys.items():
        assert (found[level] is None) == (twin[level] is None)
        if found[level] is not None:
            # two strikes may be as good as one another, but for the last digits
            mine, best = rows[found[level]][key], rows[twin[level]][key]
            assert abs(mine) == pytest.approx(abs(best), rel=1e-9)
    for side in ("call", "put"):
        wall, share = found[f"{side}_wall"], found[f"{side}_wall_strength"]
        if wall is not None:
            every = sum(row[f"{side}_gex"] for row in rows.values())
            assert share == pytest.approx(rows[wall][f"{side}_gex"] / every, abs=1e-6)
    if found["call_wall_otm"] is not None:
        assert found["call_wall_otm"] >= 500.0
    if found["put_wall_otm"] is not None:
        assert found["put_wall_otm"] <= 500.0


@given(asked())
def test_one_flip_and_one_spot_in_every_answer(question):
    name, _ = question
    levels, summary = whole(exposure.levels, name), whole(exposure.summary, name)
    gex = body(strikes.gex(name, GexQuery()))
    one = {"gamma_flip", "gamma_flip_status"}
    flip = {key: gex[key] for key in one}
    assert {key: levels["levels"][key] for key in one} == flip
    assert {key: summary[key] for key in one} == flip
    assert (flip["gamma_flip"] is None) == (flip["gamma_flip_status"] != "available")
    answers = [levels, summary, gex]
    try:
        pain = body(max_pain.max_pain(name, ExposureQuery()))
    except NoData:
        pass
    else:
        answers.append(pain)
        assert {key: pain["dealer_alignment"][key] for key in one} == flip
        for wall in ("call_wall", "put_wall"):
            assert pain["dealer_alignment"][wall] == levels["levels"][wall]
        assert pain["regime"] == summary["regime"]
        assert pain["max_pain_front"] == levels["levels"]["max_pain_front"]
    assert len({(a["underlying_price"], a["as_of"], a["symbol"]) for a in answers}) == 1


@given(asked())
def test_regime_is_the_side_of_the_flip(question):
    found = whole(exposure.summary, question[0])
    flip, spot = found["gamma_flip"], found["underlying_price"]
    assert (found["regime"] == "unknown") == (flip is None)
    if flip is not None:
        assert (found["regime"] == "positive_gamma") == (spot >= flip)


@given(asked())
def test_sums_are_the_headlines_of_the_strikes(question):
    name, _ = question
    found = whole(exposure.summary, name)["exposures"]
    assert found["net_gex"] == strikes.gex(name, GexQuery()).net_gex
    assert found["net_dex"] == strikes.dex(name, ExposureQuery()).net_dex
    assert found["net_vex"] == strikes.vex(name, ExposureQuery()).net_vex
    assert found["net_chex"] == strikes.chex(name, ExposureQuery()).net_chex


@given(asked())
def test_hedging_is_the_same_both_ways_and_against_gamma(question):
    found = whole(exposure.summary, question[0])
    moves, spot = found["hedging_estimate"], found["underlying_price"]
    up, down = moves["spot_up_1pct"], moves["spot_down_1pct"]
    assert up["dealer_shares_to_trade"] == -down["dealer_shares_to_trade"]
    assert up["notional_usd"] == down["notional_usd"] >= 0
    for move in (up, down):
        shares = move["dealer_shares_to_trade"]
        assert move["notional_usd"] == pytest.approx(abs(shares) * spot, abs=0.01)
        assert move["direction"] == ("buy" if shares > 0 else "sell" if shares else None)
    net = found["exposures"]["net_gex"]
    assert up["dealer_shares_to_trade"] == pytest.approx(-net / spot, abs=0.006)


@given(asked())
def test_interpretation_follows_the_signs(question):
    found = whole(exposure.summary, question[0])
    told = found["interpretation"]
    words = {
        ("gamma", "net_gex"): ("long gamma", "short gamma"),
        ("vanna", "net_vex"): ("grow with vol", "fall with vol"),
        ("charm", "net_chex"): ("they sell", "they buy"),
    }
    for (key, measure), (above, below) in words.items():
        net = found["exposures"][measure]
        assert (above in told[key]) == (net > 0)
        assert (below in told[key]) == (net < 0)
        assert "would" in told[key]
    name = question[0]
    assert strikes.vex(name, ExposureQuery()).vex_interpretation == told["vanna"]
    assert strikes.chex(name, ExposureQuery()).chex_interpretation == told["charm"]


@given(asked())
def test_zero_dte_is_the_expiry_of_today(question):
    name, _ = question
    found = whole(exposure.summary, name)
    today = found["zero_dte"]
    mine = naive.strikes(held(name, unexpired(name, EXPIRIES[0])), 500.0, FLOOR)
    assert (today["expiration"] is None) == (not mine)
    if not sum(row["counted"] for row in mine.values()):
        assert today["net_gex"] is today["pct_of_total_gex"] is None
        return
    assert today["expiration"] == f"{EXPIRIES[0]}"
    alone = strikes.gex(name, GexQuery(expiration=EXPIRIES[0])).net_gex
    assert today["net_gex"] == pytest.approx(alone, abs=0.02 * len(mine))
    net = found["exposures"]["net_gex"]
    if net:
        share = today["net_gex"] / net * 100
        assert today["pct_of_total_gex"] == pytest.approx(share, abs=0.006)
    else:
        assert today["pct_of_total_gex"] is None


def test_the_documented_sample_of_hedging():
    """2.85e9 of GEX on a spot of 597.50 is 4.77 million shares, sold into a rise."""
    found = exposure.hedging(2.85e9, 597.5)
    assert round(found.spot_up_1pct.dealer_shares_to_trade / 1e6, 2) == -4.77
    assert found.spot_up_1pct.direction == "sell"
    assert found.spot_down_1pct.direction == "buy"
    assert cents(found.spot_up_1pct.notional_usd) == pytest.approx(2.85e11, rel=1e-8)


def test_nothing_to_hedge_has_no_direction():
    found = exposure.hedging(0.0, 597.5)
    assert found.spot_up_1pct.direction is found.spot_down_1pct.direction is None
    assert str(found.spot_up_1pct.dealer_shares_to_trade) == "0.0"
    assert exposure.hedging(1.0, None).spot_up_1pct.dealer_shares_to_trade is None


def test_a_flip_that_is_there():
    """Puts are held below spot and calls above: gamma turns between them."""
    chain = snapshots.quoted_chain("SPXW", spread=0.01, expiries=(dt.date(2026, 6, 18),))
    apart = np.where(chain.put, chain.strike < 495, chain.strike > 500)
    name = view(settled(chain._replace(open_interest=apart * 1_000)))
    found = exposure.levels(name).levels
    assert found.gamma_flip_status == "available"
    assert 480 < found.gamma_flip < 505
    assert found.flip_method == "repriced"
    assert exposure.summary(name).regime == (
        "positive_gamma" if found.gamma_flip <= 500 else "negative_gamma"
    )


def test_random_views_are_varied():
    """What the laws above are tried on: with and without a flip, with today and without."""
    seen = []
    for seed in range(60):
        try:
            seen.append(exposure.summary(random_view(seed)))
        except NoData:
            seen.append(None)
    assert sum(one is None for one in seen) <= 6
    some = [one for one in seen if one]
    assert len({one.regime for one in some}) == 3
    assert {one.zero_dte.net_gex is None for one in some} == {True, False}
    assert {one.exposures.net_gex > 0 for one in some} == {True, False}
