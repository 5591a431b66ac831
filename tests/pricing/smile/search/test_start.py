"""The grid of hyperbolas a fit starts from, each solved in closed form."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.smile.arbitrage import STEEPEST
from opentape.pricing.smile.search.shape import raw
from opentape.pricing.smile.search.start import _slopes, _sum_up, start
from opentape.pricing.smile.svi import Svi, total_variance

K = np.linspace(-0.3, 0.3, 13)


def inner(k, variance, m, width):
    """Left slope, right slope and cost of the product for one centre and width."""
    sums = np.empty(10)
    scale = float(np.sqrt(np.median(variance)))
    _sum_up(k, np.sqrt(variance), np.ones(k.size), scale, m, width, sums)
    return _slopes(sums)


def cost_of(k, variance, m, width, left, right):
    """Least squares of level at given slopes, weighted as the product weighs."""
    s = np.hypot(k - m, width)
    rest = variance - right * (s + k - m) / 2 - left * (s - k + m) / 2
    weight = 1 / (variance + 0.01 * np.median(variance))
    level = (weight * rest).sum() / weight.sum()
    return float((weight * (rest - level) ** 2).sum())


@settings(deadline=None)
@given(
    st.lists(st.floats(0.01, 0.5), min_size=13, max_size=13),
    st.floats(-0.3, 0.3),
    st.floats(0.02, 1.0),
)
def test_no_other_slopes_in_the_square_cost_less(variance, m, width):
    variance = np.array(variance)
    left, right, cost = inner(K, variance, m, width)
    assert 0 <= left <= STEEPEST
    assert 0 <= right <= STEEPEST
    found = cost_of(K, variance, m, width, left, right)
    assert cost == pytest.approx(found, abs=1e-9)
    for other in itertools.product(np.linspace(0, STEEPEST, 7), repeat=2):
        assert found <= cost_of(K, variance, m, width, *other) + 1e-9
    for move in itertools.product((-1e-3, 0, 1e-3), repeat=2):
        near = np.clip([left + move[0], right + move[1]], 0, STEEPEST)
        assert found <= cost_of(K, variance, m, width, *near) + 1e-9


def test_slopes_of_an_exact_hyperbola_are_found():
    true = Svi(0.02, 0.15, -0.3, 0.05, 0.1)
    left, right, cost = inner(K, total_variance(true, K), 0.05, 0.1)
    assert (left, right) == pytest.approx((0.15 * 1.3, 0.15 * 0.7), abs=1e-9)
    assert cost == pytest.approx(0.0, abs=1e-12)


def test_points_at_one_strike_have_no_slope():
    k = np.zeros(5)
    assert inner(k, np.full(5, 0.04), 0.0, 0.1)[2] == pytest.approx(0.0, abs=1e-12)


def started(k, variance):
    free, out = np.empty(5), np.empty(5)
    deviation = np.sqrt(variance)
    start(
        k, deviation, np.full(k.size, 1 / k.size), float(np.median(deviation)), free,
        np.empty(10),
    )  # fmt: skip
    raw(free, out)
    return Svi(*out.tolist())


def test_the_start_is_near_a_smile():
    true = Svi(0.02, 0.15, -0.3, 0.05, 0.1)
    variance = total_variance(true, K)
    off = np.sqrt(total_variance(started(K, variance), K) / variance) - 1
    assert np.abs(off).max() < 0.03


def test_a_start_is_made_of_points_no_hyperbola_fits():
    hill = 0.5 - 2.0 * K**2
    assert np.isfinite(started(K, hill)).all()
    cliff = np.where(K < 0, 1e-12, 4.0)
    assert np.isfinite(started(K, cliff)).all()
