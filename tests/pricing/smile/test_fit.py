"""One slice: found exactly, through noise, or said why not."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from opentape.pricing.jit import JIT_OFF
from opentape.pricing.smile.arbitrage import dense_grid, durrleman, slice_violations
from opentape.pricing.smile.fit import Why, fit_slice
from opentape.pricing.smile.svi import Svi, total_variance, vol

TRUE = Svi(0.02, 0.15, -0.3, 0.05, 0.1)
VOGT = Svi(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)
K = np.linspace(-0.4, 0.4, 21)
ONES = np.ones(21)


@st.composite
def smiles(draw):
    """A slice of any tenor: what has a size is measured in deviations."""
    root = 10 ** draw(st.floats(-2.5, 0.0))
    left, right = (root * draw(st.floats(0.02, 1.3)) for _ in range(2))
    return root, Svi(
        a=root**2 * draw(st.floats(0.2, 1.0)),
        b=(left + right) / 2,
        rho=(right - left) / (right + left),
        m=root * draw(st.floats(-1, 1)),
        sigma=root * draw(st.floats(0.1, 2)),
    )


@settings(max_examples=4 if JIT_OFF else 200, deadline=None)
@given(smiles(), st.integers(9, 40))
def test_a_slice_without_noise_or_arbitrage_is_found(smile, points):
    root, true = smile
    far = np.linspace(-40 * root, 40 * root, 2001)
    assume(min(durrleman(true, grid).min() for grid in (dense_grid([true]), far)) > 1e-5)
    k = np.linspace(-4 * root, 4 * root, points)
    fitted = fit_slice(k, total_variance(true, k), np.ones(points))
    assert fitted.why is Why.FITTED
    assert not fitted.repaired
    assert fitted.rmse_vol < 1e-6
    assert np.abs(vol(fitted.svi, k, 1.0) - vol(true, k, 1.0)).max() < 1e-6


def test_a_flat_smile_is_found():
    fitted = fit_slice(K, np.full(21, 0.04), ONES)
    assert fitted.why is Why.FITTED
    assert np.abs(vol(fitted.svi, K, 1.0) - 0.2).max() < 1e-6


def test_a_fit_with_butterflies_is_repaired():
    k = np.linspace(-1, 1, 41)
    fitted = fit_slice(k, total_variance(VOGT, k), np.ones(41))
    assert fitted.why is Why.FITTED
    assert fitted.repaired
    assert slice_violations(fitted.svi) == []
    assert fitted.rmse_vol < 0.01


def test_order_and_size_of_weights_do_not_matter():
    rng = np.random.default_rng(3)
    variance = total_variance(TRUE, K) * (1 + 0.01 * rng.standard_normal(21))
    shuffled = rng.permutation(21)
    one = fit_slice(K, variance, ONES)
    other = fit_slice(K[shuffled], variance[shuffled], 7 * ONES)
    assert np.allclose(vol(one.svi, K, 1.0), vol(other.svi, K, 1.0), atol=1e-6)


def test_error_is_in_vol_of_the_tenor():
    noise = 1 + 0.02 * np.tile([1, -1, -1, 1], 6)[:21]
    variance = total_variance(TRUE, K) * noise**2
    year, quarter = (fit_slice(K, variance, ONES, years) for years in (1.0, 0.25))
    assert quarter.rmse_vol == pytest.approx(2 * year.rmse_vol)
    assert year.rmse_vol == pytest.approx(0.02 * 0.2, rel=0.3)


@pytest.mark.parametrize("points", [0, 1, 4])
def test_few_points_are_too_few(points):
    few = K[:points]
    fitted = fit_slice(few, total_variance(TRUE, few), np.ones(points))
    assert (fitted.svi, fitted.why, fitted.points) == (None, Why.TOO_FEW_POINTS, points)
    assert math.isnan(fitted.rmse_vol)


@pytest.mark.parametrize("years", [0.0, -0.1, math.nan])
def test_an_expired_slice_is_not_fitted(years):
    fitted = fit_slice(K, total_variance(TRUE, K), ONES, years)
    assert (fitted.svi, fitted.why) == (None, Why.EXPIRED)


def test_points_like_no_smile_are_a_poor_fit():
    variance = np.where(np.arange(21) % 2, 0.01, 0.09)
    fitted = fit_slice(K, variance, ONES)
    assert (fitted.svi, fitted.why, fitted.points) == (None, Why.POOR_FIT, 21)


def test_points_full_of_butterflies_have_no_slice():
    """A wing as steep as Lee allows, right at the forward of a tiny variance."""
    k = np.linspace(-0.05, 0.05, 21)
    variance = 1e-4 + 1.9 * np.abs(k)
    fitted = fit_slice(k, variance, ONES)
    assert (fitted.svi, fitted.why) == (None, Why.BUTTERFLY)


def test_a_million_per_cent_is_no_error():
    fitted = fit_slice(K, 1e8 * total_variance(TRUE, K), ONES)
    assert fitted.svi is None
