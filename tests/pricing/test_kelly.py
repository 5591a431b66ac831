"""The stake in one option: the published sample, its twin, and laws of odds."""

import math
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.pricing import bsm
from opentape.pricing.kelly import kelly

CALL = (False, 100.0, 100.0)
SAMPLE = (False, 580.0, 580.0, 30 / 365, 0.12 - 0.013, 0.18, 12.69)


def test_the_published_sample():
    """Payoff 14.7273, POP 0.391739, ITM 0.557494, f 0.0768."""
    found = kelly(*SAMPLE)
    assert round(found.payoff, 4) == 14.7273
    assert round(found.profitable, 6) == 0.391739
    assert round(found.in_the_money, 6) == 0.557494
    assert round(found.fraction, 4) == 0.0768


def outcomes(bet):
    """Chance and gain of 2,000 places, one after the other."""
    put, spot, strike, years, drift, vol, premium = bet
    deviation = vol * math.sqrt(years)
    width = (12 + deviation) / 2000
    for step in range(2000):
        z = -6 + (step + 0.5) * width
        end = spot * math.exp((drift - vol * vol / 2) * years + deviation * z)
        payoff = max(strike - end if put else end - strike, 0.0)
        chance = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * width
        yield chance, payoff / premium - 1


def growth(places, stake):
    return sum(chance * math.log(1 + stake * gain) for chance, gain in places)


def search(places):
    """The best stake by thirds, the interval cut by a third each time."""
    low, high = 0.0, 1.0 - 1e-12
    for _ in range(90):
        one, two = low + (high - low) / 3, high - (high - low) / 3
        low, high = (one, high) if growth(places, one) < growth(places, two) else (low, two)
    return (low + high) / 2


bets = st.tuples(
    st.booleans(),
    st.just(100.0),
    st.floats(70.0, 140.0),
    st.floats(2 / 365, 1.5),
    st.floats(-1.0, 1.0),
    st.floats(0.05, 1.0),
    st.floats(0.05, 30.0),
)


@given(bets)
def test_the_stake_is_the_best_there_is(bet):
    found = kelly(*bet)
    assert 0.0 <= found.fraction <= 1.0
    places = list(outcomes(bet))
    mean = sum(chance * gain for chance, gain in places)
    assume(abs(mean) > 1e-6)
    if mean < 0:
        assert (found.fraction, found.growth) == (0.0, 0.0)
    elif found.fraction < 1.0:
        best = growth(places, found.fraction)
        assert best >= max(growth(places, one / 16) for one in range(16)) - 1e-9
        assert found.growth == pytest.approx(best, rel=1e-6, abs=1e-9)
        assert found.growth >= 0.0


def test_a_search_by_thirds_finds_the_same():
    assert kelly(*SAMPLE).fraction == pytest.approx(
        search(list(outcomes(SAMPLE))), abs=1e-6
    )


@given(bets)
def test_the_payoff_is_that_of_the_undiscounted_formula(bet):
    put, spot, strike, years, drift, vol, _ = bet
    found = kelly(*bet)
    exact = float(bsm.price(put, spot, strike, years, 0.0, -drift, vol))
    assert found.payoff == pytest.approx(exact, abs=2e-3)
    forward = spot * math.exp(drift * years)
    call, other = (kelly(side, *bet[1:]).payoff for side in (False, True))
    assert call - other == pytest.approx(forward - strike, abs=2e-3)


@given(bets)
def test_odds_of_a_call_and_a_put_are_all(bet):
    call, put = (kelly(side, *bet[1:]) for side in (False, True))
    assert call.in_the_money + put.in_the_money == pytest.approx(1.0)
    assert call.profitable <= call.in_the_money
    assert put.profitable <= put.in_the_money


def test_a_sure_gain_takes_all():
    """Half the price of a deep call that cannot end worth less than was paid."""
    found = kelly(*(False, 100.0, 50.0, 0.01, 0.0, 0.05, 25.0))
    assert found.fraction == 1.0
    assert found.growth == pytest.approx(math.log(2.0), abs=1e-3)


def test_a_put_that_costs_more_than_its_strike_never_gains():
    found = kelly(*(True, 100.0, 100.0, 0.5, 0.0, 0.3, 120.0))
    assert (found.profitable, found.fraction) == (0.0, 0.0)


@pytest.mark.parametrize("at", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_is_out_of_range_is_unknown(at, value):
    bet = [*SAMPLE[:at], value, *SAMPLE[at + 1 :]]
    assert np.isnan(kelly(*bet)).all()


def test_what_no_float_holds_is_unknown():
    assert np.isnan(kelly(*CALL, 100.0, 10.0, 0.2, 1.0)).all()
    assert np.isnan(kelly(*CALL, 1.0, math.nan, 0.2, 1.0)).all()


@pytest.mark.parametrize(
    "bet",
    [
        (False, 7e14, 9e103, 30 / 365, 0.0, sys.float_info.max, 12.69),
        (True, 100.0, 100.0, 1.0, 0.0, 1e200, 5.0),
        (False, 1e-300, 1e300, 1.0, 0.0, 0.2, 5.0),
        (False, 100.0, 1e308, 1.0, 0.0, 0.2, 1e308),
    ],
)
def test_numbers_at_the_edge_of_floats_end_well(bet):
    """Unknown or a probability, never a warning and never an exception."""
    found = kelly(*bet)
    assert math.isnan(found.payoff) or 0.0 <= found.in_the_money <= 1.0


def test_a_wild_stock_keeps_its_mean():
    """Six deviations of the price alone would leave all of the payoff out."""
    assert kelly(*CALL, 4.0, 0.0, 4.0, 1.0).payoff == pytest.approx(100.0, rel=1e-3)
