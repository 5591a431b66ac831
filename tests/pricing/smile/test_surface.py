"""All expiries together: no arbitrage on any grid, or the reason there is no slice."""

import math
from collections import Counter

import numpy as np
import pytest

from opentape.pricing.smile.arbitrage import slice_violations
from opentape.pricing.smile.fit import Why
from opentape.pricing.smile.surface import Slice, fit_surface
from opentape.pricing.smile.svi import Svi, atm_variance, vol
from smiles import check, exact, noisy_chain, truth, wide


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_hundreds_of_noisy_chains_hold_no_arbitrage(seed):
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


@pytest.mark.parametrize("years", [0.0, -1.0, math.nan])
def test_an_expired_expiry_takes_no_part(years):
    k = np.linspace(-0.3, 0.3, 9)
    far, near = (Slice(k, np.full(9, 0.04 * t), np.ones(9), t) for t in (2.0, 1.0))
    gone = Slice(k, np.full(9, 4.0), np.ones(9), years)
    fits = fit_surface([far, gone, near])
    assert [one.why for one in fits] == [Why.FITTED, Why.EXPIRED, Why.FITTED]
    assert [one.repaired for one in fits] == [False] * 3


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
