"""Which law a slice breaks, and where that is looked for."""

import math

import numpy as np
import pytest

from opentape.pricing.smile.search.fence import (
    BUTTERFLY,
    CALENDAR,
    OTHER_PLACES,
    OWN_PLACES,
    PLACES,
    SOUND,
    judge,
    lay,
)
from opentape.pricing.smile.svi import Svi

NOBODY = np.full(5, math.nan)
CALM = np.array(Svi(a=0.04, b=0.1, rho=-0.5, m=0.0, sigma=0.2))
LOWER = np.array(Svi(a=0.03, b=0.1, rho=-0.5, m=0.0, sigma=0.2))
VOGT = np.array(Svi(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153))
GRID = np.linspace(-1.5, 1.5, 31)


@pytest.mark.parametrize(
    ("raw", "near", "far", "law"),
    [
        (CALM, NOBODY, NOBODY, SOUND),
        (VOGT, NOBODY, NOBODY, BUTTERFLY),
        (CALM, LOWER, NOBODY, SOUND),
        (LOWER, CALM, NOBODY, CALENDAR),
        (LOWER, NOBODY, CALM, SOUND),
        (CALM, NOBODY, LOWER, CALENDAR),
        (CALM, CALM, NOBODY, CALENDAR),
    ],
)
def test_the_law_broken_is_named(raw, near, far, law):
    assert judge(raw, near, far, GRID, 1e-6, 1e-5) == law


@pytest.mark.parametrize("other", ["near", "far"])
def test_a_spike_between_the_places_of_the_grid_is_seen(other):
    # a vertex a thousandth wide, 0.001 below the other at its tip only
    spike = Svi(a=0.0589, b=0.1, rho=0.0, m=0.05123, sigma=1e-3)
    flat = Svi(a=0.06, b=0.1, rho=0.0, m=0.05123, sigma=1e-5)._replace(a=0.05895)
    grid = np.array([-1.0, 0.0, 1.0])
    fence = {"near": NOBODY, "far": NOBODY}
    here, there = (flat, spike) if other == "near" else (spike, flat)
    fence[other] = np.array(there)
    assert judge(np.array(here), fence["near"], fence["far"], grid, -1e9, 0.0) == CALENDAR


def test_places_are_dense_at_each_vertex_and_reach_the_ends():
    near = np.array(Svi(0.01, 0.1, 0.0, 0.3, 0.01))
    places = np.empty(PLACES)
    lay(CALM, near, NOBODY, 1.5, places)
    own, other, nobody = np.split(places, [OWN_PLACES, OWN_PLACES + OTHER_PLACES])
    assert own[0] == pytest.approx(-1.5)
    assert own[-1] == pytest.approx(1.5)
    assert (np.abs(own) < 0.2).sum() > 10
    assert other[0] <= -1.5
    assert other[-1] >= 1.5
    assert (np.abs(other - 0.3) < 0.01).sum() >= 2
    assert np.isnan(nobody).all()
