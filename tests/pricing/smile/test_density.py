"""The density and survival a smile implies, against differences of call prices."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.jit import JIT_OFF
from opentape.pricing.smile.density import (
    density,
    lognormal_density,
    lognormal_survival,
    survival,
    survival_at,
)
from opentape.pricing.smile.ssvi import Ssvi, to_svi
from opentape.pricing.smile.svi import Svi, atm_variance
from smiles import call_at

EQUITY = to_svi(Ssvi(-0.6, 0.9, 0.4), 0.04)
FLAT = Svi(a=0.04, b=0.0, rho=0.0, m=0.0, sigma=1.0)
VOGT = Svi(a=-0.0410, b=0.1331, rho=0.3060, m=0.3586, sigma=0.4153)

free = st.builds(
    lambda rho, share, theta: to_svi(Ssvi(rho, share * 2 / (1 + abs(rho)), 0.4), theta),
    st.floats(-0.9, 0.6),
    st.floats(0.1, 1.0),
    st.floats(0.0005, 1.0),
)


def integral(values, places):
    """Simpson's rule over an odd number of even places."""
    step = places[1] - places[0]
    inner = 4 * values[1:-1:2].sum() + 2 * values[2:-1:2].sum()
    return step / 3 * (values[0] + values[-1] + inner)


@settings(deadline=None)
@given(free, st.floats(-2.0, 2.0))
def test_survival_is_the_fall_of_the_call_price(svi, deviations):
    k = deviations * math.sqrt(atm_variance(svi))
    strike, step = math.exp(k), 1e-5
    fall = (call_at(svi, strike - step) - call_at(svi, strike + step)) / (2 * step)
    assert float(survival(svi, k)) == pytest.approx(fall, abs=2e-6)


@settings(deadline=None)
@given(free, st.floats(-2.0, 2.0))
def test_density_is_the_bend_of_the_call_price(svi, deviations):
    root = math.sqrt(atm_variance(svi))
    strike, step = math.exp(deviations * root), 1e-3 * root
    calls = [call_at(svi, strike + move) for move in (-step, 0.0, step)]
    bend = (calls[0] - 2 * calls[1] + calls[2]) / step**2
    found = float(density(svi, deviations * root)) / strike
    assert found * root == pytest.approx(bend * root, rel=1e-3, abs=1e-4)


@settings(max_examples=4 if JIT_OFF else 30, deadline=None)
@given(free)
def test_density_is_one_in_all_with_the_forward_as_its_mean(svi):
    root = math.sqrt(atm_variance(svi))
    k = np.linspace(-40 * root, 25 * root, 8001)
    chance = density(svi, k)
    assert chance.min() > -1e-12
    # what is left out beyond the ends
    within = float(survival(svi, k[0]) - survival(svi, k[-1]))
    assert integral(chance, k) == pytest.approx(within, abs=1e-6)
    assert within == pytest.approx(1.0, abs=0.02)


def test_the_mean_price_is_the_forward():
    k = np.linspace(-4, 3, 8001)
    chance = density(EQUITY, k)
    assert integral(chance, k) == pytest.approx(1.0, abs=1e-6)
    assert integral(chance * np.exp(k), k) == pytest.approx(1.0, abs=1e-6)


@given(free)
def test_survival_falls_as_the_density_says(svi):
    root = math.sqrt(atm_variance(svi))
    k = np.linspace(-2 * root, root, 801)
    fallen = float(survival(svi, k[0]) - survival(svi, k[-1]))
    assert integral(density(svi, k), k) == pytest.approx(fallen, abs=1e-5)


def test_a_slice_with_butterflies_has_negative_density():
    assert float(density(VOGT, 0.8)) < 0


def test_without_a_smile_all_is_lognormal():
    k = np.linspace(-1, 1, 41)
    assert np.allclose(density(FLAT, k), lognormal_density(0.04, k), rtol=1e-14)
    assert np.allclose(survival(FLAT, k), lognormal_survival(0.04, k), rtol=1e-14)


def test_lognormal_is_one_in_all():
    k = np.linspace(-3, 3, 2001)
    assert integral(lognormal_density(0.04, k), k) == pytest.approx(1.0, abs=1e-9)
    assert integral(lognormal_density(0.04, k) * np.exp(k), k) == pytest.approx(
        1.0, abs=1e-9
    )


@settings(deadline=None)
@given(st.floats(-1.0, 1.0), st.floats(0.01, 3.0), st.floats(50.0, 150.0))
def test_survival_at_a_strike_is_that_of_the_slice(deviations, years, forward):
    k = deviations * math.sqrt(atm_variance(EQUITY))
    strike, step = forward * math.exp(k), 1e-5

    def vol(place):
        w = EQUITY.a + EQUITY.b * (
            EQUITY.rho * (place - EQUITY.m) + math.hypot(place - EQUITY.m, EQUITY.sigma)
        )
        return math.sqrt(w / years)

    by_k = (vol(k + step) - vol(k - step)) / (2 * step)
    got = survival_at(strike, forward, years, vol(k), by_k / strike)
    assert float(got) == pytest.approx(float(survival(EQUITY, k)), abs=1e-8)


GOOD = {"strike": 95.0, "forward": 100.0, "years": 0.25, "vol": 0.22, "vol_slope": -0.002}


@pytest.mark.parametrize("name", ["strike", "forward", "years", "vol"])
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_survival_outside_the_domain_is_nan(name, bad):
    assert math.isnan(float(survival_at(**(GOOD | {name: bad}))))


def test_survival_without_a_slope_is_nan():
    assert math.isnan(float(survival_at(**(GOOD | {"vol_slope": math.nan}))))


@pytest.mark.parametrize("variance", [0.0, -0.04, math.nan, math.inf])
def test_lognormal_without_a_variance_is_nan(variance):
    assert math.isnan(float(lognormal_density(variance, 0.1)))
    assert math.isnan(float(lognormal_survival(variance, 0.1)))


@pytest.mark.parametrize("k", [math.nan, math.inf])
def test_no_place_no_chance(k):
    assert math.isnan(float(density(EQUITY, k)))
    assert math.isnan(float(survival(EQUITY, k)))


def test_shapes_broadcast():
    assert lognormal_survival(np.ones((3, 1)), np.zeros(2)).shape == (3, 2)
    assert survival_at(95.0, 100.0, 1.0, np.full((2, 2), 0.2), 0.0).shape == (2, 2)
