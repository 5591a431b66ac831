"""Forwards from parity: exact where quotes are, steady where some are wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.pricing import bsm
from opentape.pricing.forward import implied_carry, parity

forwards = st.floats(5.0, 5000.0)
seeds = st.integers(0, 1 << 30)


def quotes(forward, rate, years, seed, strikes=15, width=0.02):
    """Middles of European calls and puts with noise inside their spreads."""
    dice = np.random.default_rng(seed)
    strike = forward * np.linspace(0.85, 1.15, strikes)
    spot = forward * math.exp(-rate * years)
    call, put = (bsm.price(right, spot, strike, years, rate, 0.0, 0.25) for right in (0, 1))
    half = forward * width * dice.uniform(0.01, 0.2, strikes)
    noise = dice.uniform(-0.5, 0.5, (2, strikes)) * half
    return strike, call + noise[0], put + noise[1], half, math.exp(-rate * years)


@given(forwards, st.floats(-0.02, 0.1), st.floats(0.003, 5.0), seeds)
def test_quotes_without_noise_give_the_forward(forward, rate, years, seed):
    strike, call, put, half, discount = quotes(forward, rate, years, seed, width=0.0)
    found = parity(strike, call, put, half, discount)
    assert found.forward == pytest.approx(forward, rel=1e-9)
    assert found.pairs >= 1


@given(forwards, seeds, st.floats(0.1, 0.4), st.sampled_from([-1.0, 1.0]))
def test_a_third_of_wrong_quotes_does_not_move_it(forward, seed, off, sign):
    strike, call, put, half, discount = quotes(forward, 0.04, 0.25, seed)
    wrong = np.random.default_rng(seed + 1).permutation(strike.size)[: strike.size // 3]
    call[wrong] += sign * off * forward
    found = parity(strike, call, put, half, discount)
    assert abs(found.forward - forward) < 2.0 * half.max() / discount


@given(forwards, seeds)
def test_it_lies_within_every_interval_that_agrees(forward, seed):
    strike, call, put, half, discount = quotes(forward, 0.04, 0.25, seed)
    found = parity(strike, call, put, half, discount)
    told = strike + (call - put) / discount
    # a quote tighter than most is taken to be no better than they are
    width = np.maximum(half, np.quantile(half, 0.25)) / discount
    agreeing = np.count_nonzero(np.abs(told - found.forward) <= 2 * width)
    assert agreeing >= found.pairs


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_what_is_not_known_is_left_out(missing):
    strike, call, put, half, discount = quotes(100.0, 0.04, 0.25, 1)
    call[::2] = missing
    assert parity(strike, call, put, half, discount).pairs <= strike.size // 2


@pytest.mark.parametrize("discount", [0.0, -1.0, math.nan])
def test_no_discount_gives_no_forward(discount):
    found = parity(*(np.ones(3),) * 4, discount)
    assert math.isnan(found.forward)
    assert found.pairs == 0


def test_no_pair_gives_no_forward():
    assert math.isnan(parity(*(np.empty(0),) * 4, 1.0).forward)


def test_a_forward_below_nothing_is_none():
    one = np.ones(1)
    assert math.isnan(parity(one, 0.0 * one, 5.0 * one, 0.1 * one, 1.0).forward)


@given(forwards, st.floats(0.003, 5.0), st.floats(-0.1, 0.2), st.floats(-0.1, 0.2))
def test_carry_is_what_the_forward_was_made_with(spot, years, rate, carry):
    forward = spot * math.exp((rate - carry) * years)
    assert implied_carry(spot, forward, years, rate) == pytest.approx(carry, abs=1e-9)


@pytest.mark.parametrize(("spot", "forward", "years"), [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_carry_is_unknown_outside_its_domain(spot, forward, years):
    assert math.isnan(implied_carry(spot, forward, years, 0.04))
