"""Expiries with few points, fitted with the shape of the others."""

import math

import numpy as np
import pytest

from opentape.pricing.smile.fit import Why
from opentape.pricing.smile.surface import Slice, fit_surface
from opentape.pricing.smile.svi import atm_variance, total_variance
from smiles import check, exact, truth, wide


@pytest.mark.parametrize("points", [1, 2, 4])
def test_an_expiry_of_few_points_has_the_shape_of_the_others(points):
    surface = truth(np.random.default_rng(6), 3)
    few = np.linspace(-0.5, 0.5, points + 2)[1:-1] * math.sqrt(surface.theta[1])
    chain = [exact(surface, i, few if i == 1 else wide(surface, i)) for i in range(3)]
    fits = fit_surface(chain)
    check(chain, fits)
    assert [one.borrowed for one in fits] == [False, True, False]
    assert fits[1].points == points
    assert fits[1].rmse_vol < 0.002 * math.sqrt(surface.theta[1] / surface.years[1])
    off = np.sqrt(
        total_variance(fits[1].svi, wide(surface, 1))
        / surface.variance(1, wide(surface, 1))
    )
    assert np.abs(off - 1).max() < 0.02


@pytest.mark.parametrize("expiry", [0, 2])
def test_few_points_may_be_at_either_end(expiry):
    surface = truth(np.random.default_rng(7), 3)
    chain = [
        exact(surface, i, np.zeros(1) if i == expiry else wide(surface, i))
        for i in range(3)
    ]
    fits = fit_surface(chain)
    check(chain, fits)
    assert fits[expiry].borrowed
    assert atm_variance(fits[expiry].svi) == pytest.approx(surface.theta[expiry], rel=0.01)


@pytest.mark.parametrize(("times", "why"), [(1.05, Why.FITTED), (4.0, Why.CALENDAR)])
def test_few_points_above_the_next_expiry_are_held_below_it(times, why):
    flat = [Slice(np.linspace(-0.3, 0.3, 9), np.full(9, w), np.ones(9), t)
            for w, t in ((0.010, 0.25), (0.020, 0.50))]  # fmt: skip
    one = Slice(np.zeros(1), np.array([0.020 * times]), np.ones(1), 0.4)
    fits = fit_surface([flat[0], one, flat[1]])
    check([flat[0], one, flat[1]], fits)
    assert fits[1].why is why
    assert fits[1].repaired == (why is Why.FITTED)


def test_few_points_that_disagree_are_a_poor_fit():
    surface = truth(np.random.default_rng(8), 1)
    years = float(surface.years[0]) * 4
    few = Slice(np.array([0.0, 1e-4, 2e-4]), np.array([1, 9, 30]) * 0.1, np.ones(3), years)
    fits = fit_surface([exact(surface, 0, wide(surface, 0)), few])
    assert fits[1].why is Why.POOR_FIT


def test_few_points_and_no_other_expiry_are_too_few():
    one = Slice(np.zeros(2), np.full(2, 0.04), np.ones(2), 1.0)
    empty = Slice(np.zeros(0), np.zeros(0), np.zeros(0), 2.0)
    assert [one.why for one in fit_surface([one, empty])] == [Why.TOO_FEW_POINTS] * 2


def test_an_empty_expiry_is_too_few_beside_others():
    surface = truth(np.random.default_rng(9), 1)
    empty = Slice(np.zeros(0), np.zeros(0), np.zeros(0), 9.0)
    fits = fit_surface([exact(surface, 0, wide(surface, 0)), empty])
    assert [one.why for one in fits] == [Why.FITTED, Why.TOO_FEW_POINTS]


def test_a_lone_point_far_above_all_others_is_fitted():
    k = np.linspace(-0.3, 0.3, 9)
    near = Slice(k, np.full(9, 0.01) + 0.01 * k**2, np.ones(9), 0.1)
    far = Slice(np.zeros(1), np.array([2.0]), np.ones(1), 3.0)
    fits = fit_surface([near, far])
    check([near, far], fits)
    assert [one.why for one in fits] == [Why.FITTED] * 2


def test_few_points_beside_an_expiry_without_a_slice_are_too_few():
    k = np.linspace(-0.05, 0.05, 21)
    bad = Slice(k, 1e-4 + 1.9 * np.abs(k), np.ones(21), 0.1)
    few = Slice(np.zeros(1), np.array([0.5]), np.ones(1), 1.0)
    fits = fit_surface([bad, few])
    assert [one.why for one in fits] == [Why.BUTTERFLY, Why.TOO_FEW_POINTS]
