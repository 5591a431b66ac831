"""American prices: a tree agrees, and laws hold that need no numbers."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import trees
from opentape.pricing import american, bsm

PUT = True
CALL = False

STRIKE = 100.0
ERROR = 3e-6
"""What a price may be off, as a share of the larger of spot and strike."""

rates = st.floats(-0.01, 0.12)


@st.composite
def options(draw, puts=st.booleans(), rates=rates, carries=rates):  # noqa: B008 - never changed
    """Terms whose spot is within a few standard deviations of the strike."""
    years, vol = draw(st.floats(0.003, 3.0)), draw(st.floats(0.05, 1.5))
    wide = min(1.0, 6.0 * vol * math.sqrt(years))
    spot = STRIKE * math.exp(draw(st.floats(-0.5, 0.5)) * wide)
    return draw(puts), spot, STRIKE, years, draw(rates), draw(carries), vol


def scale(spot):
    return max(spot, STRIKE)


@given(options())
def test_a_tree_agrees(terms):
    _, spot, _, years, rate, carry, vol = terms
    step = years / 64
    assume(abs(rate - carry) * step < 0.9 * vol * math.sqrt(step))  # else no such tree
    apart = american.price(*terms) - trees.american(terms)
    assert abs(apart) < 5e-4 * scale(spot) * max(1.0, vol * math.sqrt(years) / 0.3)


@given(options())
def test_it_is_worth_what_exercise_pays_and_the_european(terms):
    put, spot = terms[:2]
    price = american.price(*terms)
    assert price >= (STRIKE - spot if put else spot - STRIKE)
    assert price >= bsm.price(*terms) - ERROR * scale(spot)


@given(options(st.just(CALL), st.floats(0.0, 0.12), st.just(0.0)))
def test_a_call_that_pays_nothing_is_not_exercised(terms):
    assert american.price(*terms) == pytest.approx(bsm.price(*terms), rel=1e-12)


@given(options(st.just(PUT)))
def test_a_put_is_a_call_on_the_exchange(terms):
    _, spot, strike, years, rate, carry, vol = terms
    call = american.price(CALL, strike, spot, years, carry, rate, vol)
    # with two boundaries each has a grid of its own
    assert call == pytest.approx(american.price(*terms), abs=2e-5 * scale(spot))


@given(options(), st.floats(1.01, 2.0))
def test_it_grows_with_vol(terms, more):
    *rest, vol = terms
    low, high = american.price(*rest, [vol, vol * more]).tolist()
    assert high >= low - ERROR * scale(terms[1])


@given(options(), st.floats(1.1, 3.0))
def test_it_grows_with_time(terms, more):
    put, spot, strike, years, *rest = terms
    soon, late = american.price(put, spot, strike, [years, years * more], *rest).tolist()
    assert late >= soon - 2.0 * ERROR * scale(spot)


@given(options(), st.floats(1e-3, 1e3))
def test_only_the_ratio_of_prices_matters(terms, unit):
    put, spot, strike, *rest = terms
    other = american.price(put, unit * spot, unit * strike, *rest)
    assert other == pytest.approx(unit * american.price(*terms), rel=1e-9, abs=1e-9 * unit)


@pytest.mark.parametrize(
    ("put", "rate", "carry"), [(True, -0.01, -0.04), (False, -0.04, -0.01)]
)
def test_two_boundaries_agree_with_a_tree(put, rate, carry):
    for spot in (60.0, 95.0, 120.0):
        terms = (put, spot, 100.0, 1.0, rate, carry, 0.2)
        assert american.price(*terms) == pytest.approx(trees.american(terms), abs=4e-3)


@pytest.mark.parametrize("rate", [1e-12, 1e-6])
def test_rates_near_none_lead_to_none(rate):
    terms = (True, 90.0, 100.0, 1.0, rate, 0.0, 0.3)
    assert american.price(*terms) == pytest.approx(bsm.price(*terms), abs=2e2 * rate + 1e-9)


@pytest.mark.parametrize("vol", [1e-6, 1e-3, 20.0])
@pytest.mark.parametrize("years", [1e-6, 30.0])
@pytest.mark.parametrize(("rate", "carry"), [(0.05, 0.0), (0.02, 0.07), (0.5, 0.5)])
def test_far_out_it_stays_between_its_bounds(vol, years, rate, carry):
    price = american.price(PUT, [50.0, 99.9, 100.1, 200.0], 100.0, years, rate, carry, vol)
    assert (price >= [50.0, 0.1 - 1e-9, 0.0, 0.0]).all()
    assert (price <= 100.0).all()


@pytest.mark.parametrize(
    "row",
    [
        (2.0, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2),
        (True, 0.0, 100.0, 1.0, 0.05, 0.0, 0.2),
        (True, 100.0, -1.0, 1.0, 0.05, 0.0, 0.2),
        (True, 100.0, 100.0, 0.0, 0.05, 0.0, 0.2),
        (True, 100.0, 100.0, 1.0, math.nan, 0.0, 0.2),
        (True, 100.0, 100.0, 1.0, 0.05, math.inf, 0.2),
        (True, 100.0, 100.0, 1.0, 60.0, 0.0, 0.2),
        (True, 100.0, 100.0, 1.0, 0.05, 0.0, 0.0),
        (math.nan, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2),
    ],
)
def test_outside_of_the_domain_it_is_no_number(row):
    assert math.isnan(american.price(*row))
    assert all(math.isnan(slope) for slope in american.greeks(*row))
    paid = american.Dividends([0.5], [1.0])
    assert math.isnan(american.price(*row, dividends=paid))
    assert all(math.isnan(slope) for slope in american.greeks(*row, dividends=paid))


def test_a_bad_row_does_not_spoil_its_neighbours():
    spot = np.array([100.0, math.nan, 100.0])
    price = american.price(PUT, spot, 100.0, 1.0, 0.05, 0.0, 0.2)
    assert np.isfinite(price).tolist() == [True, False, True]
    assert price[0] == price[2]


def test_a_row_does_not_see_the_one_before():
    """Rows that differ by spot and strike share a boundary; others must not."""
    vol, carry = np.repeat([0.2, 0.3, 0.2], 2), np.tile([0.0, 0.02], 3)
    together = american.price(PUT, 95.0, 100.0, 1.0, 0.05, carry, vol)
    alone = [
        float(american.price(PUT, 95.0, 100.0, 1.0, 0.05, q, v))
        for q, v in zip(carry, vol, strict=True)
    ]
    assert together.tolist() == alone
    spots = np.array([80.0, 90.0, 110.0])
    profile = american.price(PUT, spots, 100.0, 1.0, 0.05, 0.02, 0.2)
    assert profile.tolist() == [
        float(american.price(PUT, spot, 100.0, 1.0, 0.05, 0.02, 0.2)) for spot in spots
    ]


def test_arguments_broadcast():
    put, strike = np.array([[True], [False]]), np.array([90.0, 100.0, 110.0])
    assert american.price(put, 100.0, strike, 1.0, 0.05, 0.02, 0.2).shape == (2, 3)
    assert american.greeks(put, 100.0, strike, 1.0, 0.05, 0.02, 0.2).gamma.shape == (2, 3)
    found = american.solve(put, 15.0, 100.0, strike, 1.0, 0.05, 0.02)
    assert found.vol.shape == found.reason.shape == (2, 3)
    assert american.price(PUT, 100.0, 100.0, 1.0, 0.05, 0.0, 0.2).shape == ()
