"""Total variance of a raw SVI slice and its derivatives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.smile.svi import (
    Svi,
    atm_variance,
    bend,
    slope,
    total_variance,
    vol,
)
from smiles import naive_variance

EQUITY = Svi(a=0.01, b=0.12, rho=-0.6, m=0.05, sigma=0.15)

slices = st.builds(
    Svi,
    a=st.floats(-0.01, 0.5),
    b=st.floats(0.0, 1.0),
    rho=st.floats(-0.99, 0.99),
    m=st.floats(-0.5, 0.5),
    sigma=st.floats(0.01, 2.0),
)
moneyness = st.floats(-3.0, 3.0)


@settings(deadline=None)
@given(slices, moneyness)
def test_variance_is_the_formula(svi, k):
    assert float(total_variance(svi, k)) == pytest.approx(naive_variance(svi, k), abs=1e-14)


@settings(deadline=None)
@given(slices, moneyness)
def test_derivatives_are_those_of_the_variance(svi, k):
    step = 1e-4 * svi.sigma
    down, here, up = (naive_variance(svi, k + move) for move in (-step, 0.0, step))
    assert float(slope(svi, k)) == pytest.approx((up - down) / (2 * step), abs=1e-6)
    curved = (up - 2 * here + down) / step**2
    rounding = 1e-15 * (abs(here) + 1) / step**2
    assert float(bend(svi, k)) == pytest.approx(curved, rel=1e-4, abs=8 * rounding)


def test_wings_rise_as_their_slopes_say():
    assert float(slope(EQUITY, -1e6)) == pytest.approx(-0.12 * 1.6)
    assert float(slope(EQUITY, 1e6)) == pytest.approx(0.12 * 0.4)


def test_vol_is_the_root_of_variance_by_time():
    assert float(vol(EQUITY, 0.1, 0.25)) ** 2 * 0.25 == pytest.approx(
        naive_variance(EQUITY, 0.1)
    )
    assert atm_variance(EQUITY) == pytest.approx(naive_variance(EQUITY, 0.0))


def test_vol_broadcasts():
    assert vol(EQUITY, np.zeros((3, 1)), np.ones(2)).shape == (3, 2)


@pytest.mark.parametrize(
    "bad",
    [
        EQUITY._replace(b=-0.1),
        EQUITY._replace(rho=1.0),
        EQUITY._replace(rho=-1.0),
        EQUITY._replace(sigma=0.0),
        EQUITY._replace(sigma=math.inf),
        EQUITY._replace(b=math.nan),
        EQUITY._replace(m=math.nan),
    ],
)
def test_a_slice_out_of_its_domain_is_nan_everywhere(bad):
    places = np.array([-0.1, 0.0, 0.1])
    for formula in (total_variance, slope, bend):
        assert np.isnan(formula(bad, places)).all()
    assert np.isnan(vol(bad, places, 1.0)).all()
    assert math.isnan(atm_variance(bad))


@pytest.mark.parametrize("k", [math.nan, math.inf, -math.inf])
def test_a_place_that_is_none_is_nan_and_spoils_no_other(k):
    got = total_variance(EQUITY, [0.0, k, 0.1])
    assert np.isnan(got).tolist() == [False, True, False]


@pytest.mark.parametrize("years", [0.0, -1.0, math.nan, math.inf])
def test_vol_without_time_is_nan(years):
    assert math.isnan(float(vol(EQUITY, 0.0, years)))


def test_vol_of_negative_variance_is_nan():
    assert math.isnan(float(vol(EQUITY._replace(a=-1.0), 0.0, 1.0)))
