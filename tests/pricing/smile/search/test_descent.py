"""Derivatives, normal equations and steps of the search."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.smile.arbitrage import durrleman
from opentape.pricing.smile.search.descent import (
    FREE,
    Fence,
    _fenced,
    _place,
    _sign,
    _solve,
    _squares,
    descend,
    work,
)
from opentape.pricing.smile.search.shape import freed, natural, raw
from opentape.pricing.smile.svi import Svi, total_variance

NOBODY = np.full(FREE, math.nan)
OPEN = Fence(np.empty(0), NOBODY, NOBODY)
frees = st.builds(
    lambda *parts: np.array(parts),
    st.floats(-6, -1),
    st.floats(0.01, 3),
    st.floats(0.01, 3),
    st.floats(-0.3, 0.3),
    st.floats(-4, 0),
)


def variance_and_row(free, k):
    shape, row = np.empty(FREE), np.empty(FREE)
    natural(free, shape)
    return _place(k, shape, row), row


def sign_and_row(free, k):
    shape, row = np.empty(FREE), np.empty(FREE)
    natural(free, shape)
    variance = _place(k, shape, row)
    return _sign(k, variance, shape, row), row


@given(frees, st.floats(-1, 1), st.sampled_from([variance_and_row, sign_and_row]))
def test_derivatives_are_those_by_differences(free, k, formula):
    value, row = formula(free, k)
    step = 1e-5
    for i in range(FREE):
        up, down = free.copy(), free.copy()
        up[i] += step
        down[i] -= step
        by_difference = (formula(up, k)[0] - formula(down, k)[0]) / (2 * step)
        size = 1e-4 * (1 + abs(value) + abs(by_difference) + np.abs(row).max())
        assert row[i] == pytest.approx(by_difference, abs=size)


@settings(deadline=None)
@given(frees, st.floats(-1, 1))
def test_the_search_sees_the_slice_that_is_published(free, k):
    out = np.empty(FREE)
    raw(free, out)
    svi = Svi(*out.tolist())
    variance = variance_and_row(free, k)[0]
    assert variance == pytest.approx(float(total_variance(svi, k)), rel=1e-9)
    expected = float(durrleman(svi, k))
    assert sign_and_row(free, k)[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(frees)
def test_the_normal_equations_are_those_of_the_residuals(free):
    k, scratch = np.linspace(-0.5, 0.5, 7), work()
    target, weight = np.full(7, 0.2), np.linspace(1, 2, 7)
    normal = scratch.normal[0]
    cost = _squares(k, target, weight, 0.25, OPEN, 0.0, 0.0, free, normal, scratch)
    rows, misses = [], []
    for place in k:
        variance, row = variance_and_row(free, float(place))
        rows.append(row / (2 * math.sqrt(variance) * 0.25))
        misses.append((math.sqrt(variance) - 0.2) / 0.25)
    rows, misses = np.array(rows), np.array(misses)
    assert cost == pytest.approx((weight * misses**2).sum())
    lower = np.tril(rows.T @ (weight[:, None] * rows))
    assert np.allclose(np.tril(normal[:, :FREE]), lower)
    assert np.allclose(normal[:, FREE], rows.T @ (weight * misses))


def test_steps_solve_the_damped_equations():
    rng = np.random.default_rng(1)
    half = rng.standard_normal((FREE, FREE))
    full = half @ half.T + np.eye(FREE)
    normal = np.column_stack([full, rng.standard_normal(FREE)])
    step = np.empty(FREE)
    assert _solve(normal, 0.1, np.empty((FREE, FREE)), step)
    damped = full + 0.1 * np.diag(full.diagonal())
    assert np.allclose(step, -np.linalg.solve(damped, normal[:, FREE]))


def test_equations_that_are_no_least_squares_are_not_solved():
    normal = np.column_stack([-np.eye(FREE), np.ones(FREE)])
    assert not _solve(normal, 0.1, np.empty((FREE, FREE)), np.empty(FREE))


def free_of(svi):
    free = np.empty(FREE)
    freed(svi.a, svi.b * (1 - svi.rho), svi.b * (1 + svi.rho), svi.m, svi.sigma, free)
    return free


def test_the_search_ends_at_the_slice_of_exact_points():
    true = Svi(0.02, 0.15, -0.3, 0.05, 0.1)
    k = np.linspace(-0.4, 0.4, 15)
    free = free_of(Svi(0.03, 0.1, 0.1, 0.0, 0.2))
    deviation = np.sqrt(total_variance(true, k))
    weight = np.full(15, 1 / 15)
    cost = descend(k, deviation, weight, 0.2, OPEN, 0.0, 0.0, free, work())
    out = np.empty(FREE)
    raw(free, out)
    assert cost < 1e-18
    assert np.allclose(out, true, atol=1e-7)


def test_points_at_one_strike_are_met():
    k, free = np.zeros(5), free_of(Svi(0.03, 0.1, 0.1, 0.0, 0.2))
    cost = descend(k, np.full(5, 0.3), np.full(5, 0.2), 0.3, OPEN, 0.0, 0.0, free, work())
    assert cost < 1e-12


def test_equations_that_cannot_be_solved_move_nothing():
    k, free = np.zeros(5), free_of(Svi(0.03, 0.1, 0.1, 0.0, 0.2))
    before = free.copy()
    nothing = np.full(5, math.nan)
    descend(k, np.full(5, 0.3), nothing, 0.3, OPEN, 0.0, 0.0, free, work())
    assert (free == before).all()


@pytest.mark.parametrize(
    ("near", "far", "broken"),
    [
        (Svi(0.09, 0.0, 0.0, 0.0, 1.0), None, True),
        (Svi(0.01, 0.0, 0.0, 0.0, 1.0), None, False),
        (None, Svi(0.01, 0.0, 0.0, 0.0, 1.0), True),
        (None, Svi(0.09, 0.0, 0.0, 0.0, 1.0), False),
    ],
)
def test_a_fence_costs_only_who_breaks_it(near, far, broken):
    here, scratch = Svi(0.03, 0.05, 0.0, 0.0, 0.2), work()
    natural(free_of(here), scratch.shape)
    scratch.normal[:] = 0
    fence = Fence(
        np.empty(0),
        NOBODY if near is None else np.array(near),
        NOBODY if far is None else np.array(far),
    )
    cost = _fenced(0.0, fence, 0.2, 10.0, 1e-4, scratch.normal[0], scratch)
    assert (cost > 0) is broken
    assert bool(scratch.normal[0].any()) is broken


def test_places_without_a_neighbour_are_skipped():
    k, scratch = np.zeros(1), work()
    free = free_of(Svi(0.03, 0.05, 0.0, 0.0, 0.2))
    nowhere = Fence(np.array([math.nan]), NOBODY, NOBODY)
    costs = [
        _squares(
            k, np.full(1, 0.2), np.ones(1), 0.2, fence, 10.0, 1e-4, free,
            scratch.normal[0], scratch,
        )
        for fence in (OPEN, nowhere)
    ]  # fmt: skip
    assert costs[0] == costs[1]
