"""Implied vols: the vol a price came from, for every price that has one, or why not."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.pricing import black, bsm, implied
from opentape.pricing.implied import Reason, count, solve
from opentape.pricing.jit import JIT_OFF

EXACT = 1e-12
"""Relative error wherever the price determines the vol."""
ROWS = 500 if JIT_OFF else 10_000

vols = st.floats(0.01, 5.0)
years_left = st.floats(1 / 8760, 10.0)
rates = st.floats(-0.05, 0.2)


def outside(spot, strike, years, rate, carry):
    """Whether a put is the one of the two that is out of the money."""
    return strike < spot * math.exp((rate - carry) * years)


@given(vols, years_left, rates, rates, st.floats(-30.0, 30.0), st.floats(1e-3, 1e6))
def test_vol_comes_back_out_of_the_money(vol, years, rate, carry, away, spot):
    strike = spot * math.exp((rate - carry) * years + away * vol * math.sqrt(years))
    assume(1e-100 < strike < 1e100)
    put = outside(spot, strike, years, rate, carry)
    price = bsm.price(put, spot, strike, years, rate, carry, vol)
    bound = min(spot * math.exp(-carry * years), strike * math.exp(-rate * years))
    # above it the price is all but its bound, and the last digit stands for many vols
    assume(1e-300 < price < 0.999 * bound)
    found = solve(put, price, spot, strike, years, rate, carry)
    assert found.reason == Reason.SOLVED
    assert found.vol == pytest.approx(vol, rel=EXACT)


@given(vols, years_left, rates, rates, st.floats(-6.0, 6.0))
def test_in_the_money_price_comes_back_if_not_the_vol(vol, years, rate, carry, away):
    spot = 100.0
    strike = spot * math.exp((rate - carry) * years + away * vol * math.sqrt(years))
    put = not outside(spot, strike, years, rate, carry)
    terms = (put, spot, strike, years, rate, carry)
    price = bsm.price(*terms, vol)
    found = solve(put, price, *terms[1:])
    scale = spot * math.exp(-carry * years) + strike * math.exp(-rate * years)
    if found.reason == Reason.SOLVED:
        assert bsm.price(*terms, found.vol) == pytest.approx(price, abs=4e-15 * scale)
    else:
        lacks = Reason.ABOVE_BOUND if found.reason == Reason.ABOVE_BOUND else None
        assert found.reason == (lacks or Reason.AT_INTRINSIC)


def admissible(rows, seed):
    """Random terms, and the bounds between which a price out of the money may be."""
    dice = np.random.default_rng(seed)
    put = dice.integers(0, 2, rows).astype(np.float64)
    spot = np.exp(dice.uniform(-3.0, 9.0, rows))
    years = np.exp(dice.uniform(math.log(1 / 8760), math.log(10.0), rows))
    rate, carry = dice.uniform(-0.02, 0.1, (2, rows))
    away = np.abs(dice.standard_cauchy(rows)).clip(0.0, 40.0)
    forward = spot * np.exp((rate - carry) * years)
    strike = forward * np.exp(np.where(put == 1.0, -away, away))
    bound = np.where(
        put == 1.0, strike * np.exp(-rate * years), spot * np.exp(-carry * years)
    )
    return dice, put, spot, strike, years, rate, carry, bound


def test_every_price_inside_the_bounds_is_solved():
    """From 1e-300 upward, and up to the last digits below the bound."""
    dice, put, spot, strike, years, rate, carry, bound = admissible(ROWS, 20)
    low = np.log(1e-300 / bound)
    share = np.exp(low * dice.uniform(0.0, 1.0, ROWS))
    share = np.where(
        dice.random(ROWS) < 0.2, 1.0 - np.exp(dice.uniform(-34, 0, ROWS)), share
    )
    price = np.maximum(share * bound, 1e-300)
    found = solve(put, price, spot, strike, years, rate, carry)
    assert count(found.reason) == {"SOLVED": ROWS}
    assert np.all(np.isfinite(found.vol) & (found.vol > 0.0))
    again = bsm.greeks(put, spot, strike, years, rate, carry, found.vol)
    # what the last digits of spot and of the vol make of the price
    slack = np.abs(again.lambda_) + again.vega * found.vol / again.price
    error = np.abs(again.price / price - 1.0)
    assert np.all(error < 1e-15 * (10.0 + slack))


def test_no_price_outside_the_bounds_is_solved():
    dice, put, spot, strike, years, rate, carry, bound = admissible(ROWS, 21)
    price = bound * (1.0 + np.exp(dice.uniform(-33.0, 3.0, ROWS)))
    above = solve(put, price, spot, strike, years, rate, carry)
    assert count(above.reason) == {"ABOVE_BOUND": ROWS}
    spot_now, strike_now = spot * np.exp(-carry * years), strike * np.exp(-rate * years)
    worth = np.abs(spot_now - strike_now)
    price = worth - np.maximum(spot_now, strike_now) * np.exp(dice.uniform(-33, 0, ROWS))
    kept = price > 0.0
    below = solve(1.0 - put, price, spot, strike, years, rate, carry)
    assert count(below.reason[kept]) == {"BELOW_INTRINSIC": int(kept.sum())}
    assert count(below.reason[~kept]) == {"BAD_INPUT": int((~kept).sum())}
    assert np.isnan(above.vol).all()
    assert np.isnan(below.vol).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, Reason.SOLVED),
        ({"put": 0.5}, Reason.BAD_INPUT), ({"put": math.nan}, Reason.BAD_INPUT),
        ({"price": 0.0}, Reason.BAD_INPUT), ({"price": -1.0}, Reason.BAD_INPUT),
        ({"price": math.nan}, Reason.BAD_INPUT), ({"price": math.inf}, Reason.BAD_INPUT),
        ({"spot": 0.0}, Reason.BAD_INPUT), ({"strike": -1.0}, Reason.BAD_INPUT),
        ({"years": math.nan}, Reason.BAD_INPUT), ({"years": math.inf}, Reason.BAD_INPUT),
        ({"rate": math.nan}, Reason.BAD_INPUT), ({"carry": math.inf}, Reason.BAD_INPUT),
        ({"rate": 1e6}, Reason.BAD_INPUT),
        ({"years": 0.0}, Reason.EXPIRED), ({"years": -1.0}, Reason.EXPIRED),
        ({"years": 0.0, "price": 0.0}, Reason.BAD_INPUT),
        ({"price": 100.0}, Reason.ABOVE_BOUND), ({"price": 150.0}, Reason.ABOVE_BOUND),
        ({"price": 99.99}, Reason.SOLVED),
        ({"put": 1.0, "price": 120.0}, Reason.ABOVE_BOUND),
        ({"put": 1.0, "price": 19.0}, Reason.BELOW_INTRINSIC),
        ({"put": 1.0, "price": 20.0}, Reason.AT_INTRINSIC),
        ({"put": 1.0, "price": 20.0 + 1e-9}, Reason.SOLVED),
    ],
)  # fmt: skip
def test_why_there_is_no_vol(change, reason):
    """And the vol is there exactly where the reason says so."""
    terms = {
        "put": 0.0, "price": 1.0, "spot": 100.0, "strike": 120.0, "years": 0.5,
        "rate": 0.0, "carry": 0.0,
    }  # fmt: skip
    found = solve(**{**terms, **change})
    assert found.reason == reason
    assert np.isnan(found.vol) == (reason != Reason.SOLVED)


def test_an_exact_root_is_returned_where_nothing_brackets_it():
    """At the money forward the smallest price has its vol in closed form."""
    for price in (1e-300, 1e-100, 1e-15):
        found = solve(0, price, 100.0, 100.0, 1.0, 0.0, 0.0)
        assert found.vol == pytest.approx(math.sqrt(2 * math.pi) * price / 100.0, rel=EXACT)


GUESSES = [1e-300, 1e-9, 0.1, 0.9, 0.999999, 1.0, 1.000001, 1.1, 10.0, 1e9, 1e300]


@pytest.mark.parametrize("times", [*GUESSES, 0.0, -1.0, math.nan, math.inf])
def test_a_first_guess_changes_no_answer(times):
    grid = itertools.product(
        [1.0, 20.0, 99.0, 130.0, 1e4], [0.01, 0.5, 8.0], [0.05, 0.5, 3]
    )
    strike, years, vol = np.array(list(grid)).T
    put = strike < 100.0
    price = bsm.price(put, 100.0, strike, years, 0.0, 0.0, vol)
    kept = (price > 1e-300) & (price < 0.99 * np.minimum(100.0, strike))
    terms = [column[kept] for column in (put, price)]
    rest = (100.0, strike[kept], years[kept], 0.0, 0.0)
    found = solve(*terms, *rest, guess=vol[kept] * times)
    np.testing.assert_allclose(found.vol, vol[kept], rtol=EXACT)


@given(st.floats(0.73, 0.999), st.floats(1.0, 1e4), st.floats(1e-6, 50.0))
def test_a_guess_far_from_a_price_near_its_bound_is_passed_over(share, strike, guess):
    terms = (0, 100.0 * share, 100.0, 100.0 * strike, 1.0, 0.0, 0.0)
    found = solve(*terms)
    assert found.reason == Reason.SOLVED
    assert solve(*terms, guess=guess).vol == pytest.approx(found.vol, rel=EXACT)


@given(vols, st.floats(0.5, 2.0), st.floats(0.01, 5.0), rates)
def test_the_forward_form_gives_the_same(vol, ratio, years, rate):
    assume(ratio != 1.0)
    put = ratio < 1.0
    price = black.price(put, 100.0, 100.0 * ratio, years, rate, vol)
    assume(price > 1e-300)
    assume(price < 0.99 * math.exp(-rate * years) * min(100.0, 100.0 * ratio))
    found = implied.black(put, price, 100.0, 100.0 * ratio, years, rate)
    assert found.vol == pytest.approx(vol, rel=EXACT)
    guessed = implied.black(put, price, 100.0, 100.0 * ratio, years, rate, vol * 1.01)
    assert guessed.vol == pytest.approx(vol, rel=EXACT)


@given(st.floats(1e-6, 0.99), st.floats(1e-6, 0.99), st.floats(100.0, 300.0))
def test_vol_rises_with_price(one, other, strike):
    low, high = sorted((one, other))
    found = solve(0, [100.0 * low, 100.0 * high], 100.0, strike, 1.0, 0.0, 0.0)
    assert found.vol[0] <= found.vol[1] * (1.0 + 1e-14)


def test_arguments_broadcast():
    found = solve(0, [[1.0], [2.0]], 100.0, [100.0, 110.0, 120.0], 1.0, 0.0, 0.0)
    assert found.vol.shape == found.reason.shape == (2, 3)
    assert found.reason.dtype == np.uint8


def test_reasons_are_counted_in_their_order():
    reasons = np.array([[0, 4], [4, 2]], np.uint8)
    assert count(reasons) == {"SOLVED": 1, "EXPIRED": 1, "ABOVE_BOUND": 2}
    assert count(np.empty(0, np.uint8)) == {}
