"""Slopes of American prices against differences of the prices."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.pricing import american, bsm

PUT = True

puts = st.booleans()
moneyness = st.floats(-0.4, 0.4)
years = st.floats(0.02, 2.0)
rates = st.floats(0.0, 0.1)
carries = st.floats(0.0, 0.1)
vols = st.floats(0.1, 1.0)


def slope(price, at, step):
    return (price(at + step) - price(at - step)) / (2.0 * step)


@given(puts, moneyness, years, rates, carries, vols)
def test_delta_and_gamma_are_slopes_of_the_price(put, moneyness, years, rate, carry, vol):
    spot, spread = 100.0 * math.exp(moneyness), vol * math.sqrt(years)
    rest = (100.0, years, rate, carry, vol)
    found = american.greeks(put, spot, *rest)
    step = 0.02 * spread * spot
    paid = 100.0 - spot if put else spot - 100.0
    # the second slope jumps where exercise begins
    assume(found.price > paid + 2e-3 * spread * spot)

    def price(level):
        return float(american.price(put, level, *rest))

    assert found.delta == pytest.approx(slope(price, spot, step), abs=2e-3)
    second = (price(spot + step) - 2.0 * price(spot) + price(spot - step)) / step**2
    assert found.gamma * spot * spread == pytest.approx(second * spot * spread, abs=2e-2)


@given(puts, moneyness, years, rates, carries, vols)
def test_theta_vega_and_rho_are_slopes_of_the_price(
    put, moneyness, years, rate, carry, vol
):
    spot = 100.0 * math.exp(moneyness)
    found = american.greeks(put, spot, 100.0, years, rate, carry, vol)
    assume(found.price > abs(100.0 - spot) + 0.5)  # curved where exercise is near
    assume(rate > 2e-3)  # below 0 calls are exercised early: rho jumps there

    def later(left):
        return float(american.price(put, spot, 100.0, left, rate, carry, vol))

    def wilder(other):
        return float(american.price(put, spot, 100.0, years, rate, carry, other))

    def dearer(other):
        return float(american.price(put, spot, 100.0, years, other, carry, vol))

    assert -found.theta == pytest.approx(
        slope(later, years, 1e-2 * years), rel=1e-2, abs=0.1
    )
    assert found.vega == pytest.approx(slope(wilder, vol, 1e-2 * vol), rel=1e-2, abs=0.1)
    # a small step: where rate meets carry the price bends within a few basis points
    assert found.rho == pytest.approx(slope(dearer, rate, 1e-4), rel=2e-2, abs=0.3)


@pytest.mark.parametrize(
    ("put", "spot", "delta"), [(True, 50.0, -1.0), (False, 200.0, 1.0)]
)
def test_where_exercise_is_best_nothing_else_moves_the_price(put, spot, delta):
    found = american.greeks(put, spot, 100.0, 0.5, 0.08, 0.08, 0.2)
    assert found.price == abs(spot - 100.0)
    assert found.delta == pytest.approx(delta, abs=1e-12)
    assert [found.gamma, found.theta, found.vega, found.rho] == [0.0, 0.0, 0.0, 0.0]


@given(moneyness, years, rates, vols)
def test_a_call_that_pays_nothing_has_european_slopes(moneyness, years, rate, vol):
    terms = (False, 100.0 * math.exp(moneyness), 100.0, years, rate, 0.0, vol)
    found, european = american.greeks(*terms), bsm.greeks(*terms)
    assert found.delta == pytest.approx(european.delta, abs=1e-9)
    assert found.gamma == pytest.approx(european.gamma, rel=1e-6, abs=1e-9)
    assert found.theta == pytest.approx(european.theta, rel=1e-6, abs=1e-6)
    assert found.vega == pytest.approx(european.vega, rel=1e-4, abs=1e-4)


def test_rho_beside_two_boundaries_looks_to_one_side():
    """A lower rate would leave two boundaries, which the fast method has no price for."""
    found = american.greeks(PUT, 100.0, 100.0, 1.0, 5e-5, -0.03, 0.2)
    near = american.greeks(PUT, 100.0, 100.0, 1.0, 3e-4, -0.03, 0.2)
    assert found.rho == pytest.approx(float(near.rho), rel=1e-2)


def test_slopes_on_a_grid_agree_with_those_of_the_boundary():
    terms = ([True, False], [95.0, 105.0], 100.0, 0.5, 0.05, 0.03, 0.3)
    swift = american.greeks(*terms)
    slow = american.greeks(*terms, dividends=american.Dividends([], []))
    for name, allowed in (
        ("price", 2e-4), ("delta", 2e-5), ("gamma", 1e-5), ("theta", 5e-3), ("vega", 5e-3),
        ("rho", 5e-2),
    ):  # fmt: skip
        assert getattr(slow, name) == pytest.approx(getattr(swift, name), abs=allowed), name
