"""All expiries together: no arbitrage on any grid, or the reason there is no slice."""

import math
from collections import Counter

import numpy as np
import pytest

from opentape.pricing.smile.arbitrage import (
    PUBLISHED,
    calendar_violations,
    slice_violations,
)
from opentape.pricing.smile.fit import Why
from opentape.pricing.smile.surface import Slice, fit_surface
from opentape.pricing.smile.svi import Svi, atm_variance, total_variance, vol
from smiles import close_grid, noisy_chain, truth


def exact(surface, expiry, k):
    return Slice(
        k, surface.variance(expiry, k), np.ones(k.size), float(surface.years[expiry])
    )


def wide(surface, expiry, points=15):
    return np.linspace(-3, 2, points) * math.sqrt(surface.theta[expiry])


def check(chain, fits):
    """Every slice that is there obeys every law; every other says which it broke."""
    assert len(fits) == len(chain)
    near = None
    for row, one in sorted(zip(chain, fits, strict=True), key=lambda pair: pair[0].years):
        assert (one.svi is None) == (one.why is not Why.FITTED)
        usable = np.isfinite(row.total_variance) & (row.total_variance > 0)
        assert one.points == usable.sum()
        if one.svi is None:
            continue
        for grid in (PUBLISHED, None, close_grid([one.svi])):
            assert slice_violations(one.svi, grid) == []
        if near is not None:
            for grid in (PUBLISHED, None, close_grid([near, one.svi])):
                assert calendar_violations(near, one.svi, grid) == []
        near = one.svi


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_noisy_chains_hold_no_arbitrage(seed):
    rng = np.random.default_rng(seed)
    seen = Counter()
    for _ in range(100):
        chain = noisy_chain(rng)
        fits = fit_surface(chain)
        check(chain, fits)
        seen.update(one.why for one in fits)
        seen.update(repaired=sum(one.repaired for one in fits))
    # the search for a slice is not given up lightly
    assert seen[Why.FITTED] > 0.65 * 600
    assert seen["repaired"] > 50
    assert seen[Why.CALENDAR] + seen[Why.BUTTERFLY] < 0.15 * 600


@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_chain_holds_no_arbitrage(seed):
    chain = noisy_chain(np.random.default_rng(seed), expiries=3, most=12)
    check(chain, fit_surface(chain))


def test_a_surface_without_noise_is_found_in_any_order():
    surface = truth(np.random.default_rng(5), 4)
    order = [2, 0, 3, 1]
    fits = fit_surface([exact(surface, i, wide(surface, i)) for i in order])
    for i, one in zip(order, fits, strict=True):
        k = wide(surface, i)
        off = vol(one.svi, k, 1.0) - np.sqrt(surface.variance(i, k))
        assert np.abs(off).max() < 1e-6
        assert not one.repaired


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


@pytest.mark.parametrize("years", [0.0, -1.0, math.nan])
def test_an_expired_expiry_takes_no_part(years):
    k = np.linspace(-0.3, 0.3, 9)
    far, near = (Slice(k, np.full(9, 0.04 * t), np.ones(9), t) for t in (2.0, 1.0))
    gone = Slice(k, np.full(9, 4.0), np.ones(9), years)
    fits = fit_surface([far, gone, near])
    assert [one.why for one in fits] == [Why.FITTED, Why.EXPIRED, Why.FITTED]
    assert [one.repaired for one in fits] == [False] * 3


def test_a_lone_point_far_above_all_others_is_fitted():
    k = np.linspace(-0.3, 0.3, 9)
    near = Slice(k, np.full(9, 0.01) + 0.01 * k**2, np.ones(9), 0.1)
    far = Slice(np.zeros(1), np.array([2.0]), np.ones(1), 3.0)
    fits = fit_surface([near, far])
    check([near, far], fits)
    assert [one.why for one in fits] == [Why.FITTED] * 2


def test_one_stale_expiry_does_not_cost_the_others():
    k = np.linspace(-0.3, 0.3, 9)
    years = [0.1, 0.2, 0.3, 0.4, 0.5]
    chain = [Slice(k, np.full(9, 0.04 * t), np.ones(9), t) for t in years]
    chain[1] = chain[1]._replace(total_variance=np.full(9, 0.04 * 0.9))
    fits = fit_surface(chain)
    check(chain, fits)
    assert [one.why for one in fits] == [Why.FITTED, Why.CALENDAR] + [Why.FITTED] * 3


def test_a_poor_expiry_is_said_to_be():
    k = np.linspace(-0.3, 0.3, 20)
    poor = Slice(k, np.where(np.arange(20) % 2, 0.01, 0.09), np.ones(20), 0.5)
    here = Slice(k, np.full(20, 0.04), np.ones(20), 1.0)
    assert [one.why for one in fit_surface([poor, here])] == [Why.POOR_FIT, Why.FITTED]


def test_an_expiry_without_a_slice_holds_none_of_the_later_ones():
    k = np.linspace(-0.05, 0.05, 21)
    bad = Slice(k, 1e-4 + 1.9 * np.abs(k), np.ones(21), 0.1)
    later = Slice(k, np.full(21, 0.5), np.ones(21), 1.0)
    fits = fit_surface([bad, later])
    assert [one.why for one in fits] == [Why.BUTTERFLY, Why.FITTED]
    assert atm_variance(fits[1].svi) == pytest.approx(0.5)
    assert not fits[1].repaired


def test_the_same_expiry_twice_is_fitted_twice():
    k = np.linspace(-0.3, 0.3, 9)
    chain = [Slice(k, 0.04 + 0.1 * k**2 + shift, np.ones(9), 1.0) for shift in (0, 1e-4)]
    fits = fit_surface(chain[::-1])
    assert [one.why for one in fits] == [Why.FITTED] * 2
    assert slice_violations(fits[0].svi) == []


def test_a_small_calendar_is_shared_by_no_one_else():
    k = np.linspace(-0.3, 0.3, 9)
    chain = [
        Slice(k, np.full(9, w), np.ones(9), t)
        for w, t in ((0.010, 0.1), (0.0098, 0.11), (0.03, 0.3))
    ]
    fits = fit_surface(chain)
    check(chain, fits)
    assert [one.repaired for one in fits] == [False, True, False]
    assert isinstance(fits[1].svi, Svi)


def test_no_expiries_no_fits():
    assert fit_surface([]) == []
