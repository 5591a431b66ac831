"""Weights that make what lies far from the rest count little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.smile.search.outliers import (
    _median,
    _weighted_median,
    deviation_at,
    doubt,
    reweigh,
)
from opentape.pricing.smile.svi import Svi, total_variance

TRUE = Svi(0.02, 0.15, -0.3, 0.05, 0.1)
K = np.linspace(-0.4, 0.4, 21)
EVEN = np.full(21, 1 / 21)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(1e-6, 10.0), st.floats(0.01, 1.0)), min_size=1, max_size=9)
)
def test_the_weighted_median_has_half_the_weight_on_either_side(pairs):
    values, weight = (np.array(column) for column in zip(*pairs, strict=True))
    weight /= weight.sum()
    found = _weighted_median(values, weight)
    near = 1e-6 * values.max()
    assert weight[values <= found + near].sum() >= 0.5 - 1e-9
    assert weight[values >= found - near].sum() >= 0.5 - 1e-9


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([0.1, 0.2, 0.3, 0.4]) | st.floats(0, 1), min_size=5, max_size=9
    )
)
def test_the_median_of_five_is_the_middle_one(values):
    for first in range(len(values) - 4):
        expected = sorted(values[first : first + 5])[2]
        assert _median(np.array(values), first) == expected


def test_a_point_unlike_its_neighbours_is_doubted():
    deviation = np.sqrt(total_variance(TRUE, K))
    deviation[7] *= 2
    weight = np.empty(21)
    doubt(deviation, EVEN, 0.2, weight)
    assert weight.argmin() == 7
    assert weight[7] < 0.02 * np.median(weight)
    assert weight.sum() == pytest.approx(1.0)


def test_a_point_far_from_the_fit_for_the_noise_of_all_is_made_light():
    rng = np.random.default_rng(4)
    deviation = np.sqrt(total_variance(TRUE, K)) * (1 + 0.001 * rng.standard_normal(21))
    deviation[13] *= 1.05
    weight = np.empty(21)
    reweigh(K, deviation, EVEN, 0.2, np.array(TRUE), weight)
    assert weight[13] < 0.01 * np.median(weight)
    assert np.delete(weight, 13).min() > 0.3 * np.median(weight)
    assert weight.sum() == pytest.approx(1.0)


def test_without_noise_weights_stay_as_given():
    weight, given_ = np.empty(21), np.arange(1.0, 22.0) / 231
    reweigh(K, np.sqrt(total_variance(TRUE, K)), given_, 0.2, np.array(TRUE), weight)
    assert np.allclose(weight, given_)


def test_deviation_is_the_root_of_variance_or_nothing():
    expected = np.sqrt(total_variance(TRUE, 0.1))
    assert deviation_at(np.array(TRUE), 0.1) == pytest.approx(expected)
    assert deviation_at(np.array(TRUE._replace(a=-1.0)), 0.1) == 0.0
