"""One shape for all expiries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.smile import svi
from opentape.pricing.smile.arbitrage import calendar_violations, slice_violations
from opentape.pricing.smile.ssvi import (
    Ssvi,
    fit_shape,
    is_free,
    phi,
    to_svi,
    total_variance,
)

shapes = st.builds(
    lambda rho, share, gamma: Ssvi(rho, share * 2 / (1 + abs(rho)), gamma),
    st.floats(-0.95, 0.95),
    st.floats(0.05, 1.0),
    st.floats(0.05, 0.5),
)
levels = st.floats(1e-5, 4.0)


@settings(deadline=None)
@given(shapes, levels, st.floats(-2.0, 2.0))
def test_the_raw_slice_is_the_same_smile(shape, theta, k):
    expected = float(total_variance(shape, theta, k))
    assert float(svi.total_variance(to_svi(shape, theta), k)) == pytest.approx(
        expected, rel=1e-9, abs=1e-15
    )


@settings(deadline=None)
@given(shapes, levels)
def test_at_the_forward_variance_is_theta(shape, theta):
    assert svi.atm_variance(to_svi(shape, theta)) == pytest.approx(theta, rel=1e-9)


@given(shapes, levels, st.floats(1.001, 3.0))
def test_shapes_in_range_hold_no_arbitrage(shape, theta, times):
    assert is_free(shape, [theta, times * theta]).all()
    near, far = to_svi(shape, theta), to_svi(shape, times * theta)
    assert [one for one in slice_violations(near) if one.size > 1e-9] == []
    assert [one for one in calendar_violations(near, far) if one.size > 1e-9] == []


def test_a_shape_beyond_the_conditions_breaks_a_law():
    steep = Ssvi(-0.5, 4.0, 0.5)
    assert not is_free(steep, 0.01)
    assert slice_violations(to_svi(steep, 0.01)) != []


@pytest.mark.parametrize(
    "shape", [Ssvi(-1.0, 0.5, 0.5), Ssvi(0.0, -0.5, 0.5), Ssvi(0.0, 0.5, 1.5)]
)
def test_a_shape_out_of_range_is_not_free(shape):
    assert not is_free(shape, 0.04)


@pytest.mark.parametrize("theta", [0.0, -1.0, math.nan])
def test_no_level_no_smile(theta):
    shape = Ssvi(-0.5, 1.0, 0.5)
    assert math.isnan(float(phi(shape, theta)))
    assert math.isnan(float(total_variance(shape, theta, 0.1)))
    assert not is_free(shape, theta)
    assert math.isnan(to_svi(shape, theta).sigma)


@pytest.mark.parametrize("true", [Ssvi(-0.7, 0.9, 0.45), Ssvi(0.3, 0.4, 0.2)])
def test_the_shape_of_exact_points_is_found(true):
    theta = np.repeat([0.001, 0.01, 0.05, 0.3], 9)
    k = np.tile(np.linspace(-2, 2, 9), 4) * np.sqrt(theta)
    found = fit_shape(k, theta, total_variance(true, theta, k))
    assert np.allclose(found, true, atol=1e-4)


def test_the_shape_of_points_with_arbitrage_has_none():
    theta = np.repeat([0.01, 0.05], 9)
    k = np.tile(np.linspace(-2, 2, 9), 2) * np.sqrt(theta)
    found = fit_shape(k, theta, total_variance(Ssvi(-0.9, 6.0, 0.5), theta, k))
    assert is_free(found, theta).all()
