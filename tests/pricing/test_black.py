"""Options on a forward: as on a spot that carries at the rate, but for rho."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.pricing import black, bsm

forwards = st.floats(1.0, 10_000.0)
ratios = st.floats(0.5, 2.0)
years_left = st.floats(0.01, 10.0)
rates = st.floats(-0.05, 0.2)
vols = st.floats(0.05, 2.0)


@pytest.mark.parametrize(
    ("put", "price", "delta"),
    [
        (False, 9.4622105102354367871, 0.63466675235340593274),
        (True, 4.5612171437020693610, -0.34553192095334936906),
    ],
)
def test_an_option_on_100_made_with_mpmath(put, price, delta):
    found = black.greeks(put, 100.0, 95.0, 0.5, 0.04, 0.25)
    assert found.price == pytest.approx(price, rel=1e-14)
    assert found.delta == pytest.approx(delta, rel=1e-14)
    assert black.price(put, 100.0, 95.0, 0.5, 0.04, 0.25) == found.price


@given(forwards, ratios, years_left, rates, vols)
def test_call_less_put_is_the_discounted_difference(forward, ratio, years, rate, vol):
    strike = ratio * forward
    call, put = black.price([False, True], forward, strike, years, rate, vol)
    parity = math.exp(-rate * years) * (forward - strike)
    assert call - put == pytest.approx(parity, abs=2e-14 * (forward + strike))


@given(st.booleans(), forwards, ratios, years_left, rates, vols)
def test_price_agrees_with_the_spot_that_grows_into_the_forward(
    put, forward, ratio, years, rate, vol
):
    strike, carry = ratio * forward, 0.01
    spot = forward * math.exp((carry - rate) * years)
    expected = bsm.price(put, spot, strike, years, rate, carry, vol)
    found = black.price(put, forward, strike, years, rate, vol)
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-14 * (forward + strike))


@given(st.booleans(), forwards, ratios, years_left, rates, vols)
def test_only_rho_differs_from_a_spot_that_carries_at_the_rate(
    put, forward, ratio, years, rate, vol
):
    found = black.greeks(put, forward, ratio * forward, years, rate, vol)
    other = bsm.greeks(put, forward, ratio * forward, years, rate, rate, vol)
    assert found.rho == -years * found.price
    np.testing.assert_array_equal(found._replace(rho=other.rho), other)


@given(st.booleans(), ratios, years_left, rates, vols)
def test_rho_is_the_slope_by_the_rate(put, ratio, years, rate, vol):
    step = 1e-3 / years
    up, down, further_up, further_down = (
        black.price(put, 100.0, 100.0 * ratio, years, rate + move, vol)
        for move in (step, -step, 2 * step, -2 * step)
    )
    slope = (8.0 * (up - down) - (further_up - further_down)) / (12.0 * step)
    found = black.greeks(put, 100.0, 100.0 * ratio, years, rate, vol)
    assert found.rho == pytest.approx(slope, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "terms",
    [
        (2, 100.0, 95.0, 0.5, 0.04, 0.25), (0, -1.0, 95.0, 0.5, 0.04, 0.25),
        (0, 100.0, 0.0, 0.5, 0.04, 0.25), (0, 100.0, 95.0, 0.0, 0.04, 0.25),
        (0, 100.0, 95.0, 0.5, math.nan, 0.25), (0, 100.0, 95.0, 0.5, 0.04, 0.0),
    ],
)  # fmt: skip
def test_outside_of_the_domain_is_nothing(terms):
    assert np.isnan(black.price(*terms))
    assert np.isnan(np.array(black.greeks(*terms))).all()


def test_arguments_broadcast():
    found = black.greeks(0, [[90.0], [110.0]], [95.0, 100.0, 105.0], 0.5, 0.04, 0.25)
    assert {column.shape for column in found} == {(2, 3)}
