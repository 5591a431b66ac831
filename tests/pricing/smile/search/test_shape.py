"""Five free numbers and the slice they stand for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.pricing.smile.arbitrage import slice_violations
from opentape.pricing.smile.search.shape import LEAST, MOST, freed, inside, natural, raw
from opentape.pricing.smile.svi import Svi

anywhere = st.tuples(*(st.floats(*ends) for ends in zip(LEAST, MOST, strict=True)))


@settings(deadline=None)
@given(anywhere)
def test_wherever_a_search_is_the_slice_is_in_its_domain(free):
    out = np.empty(5)
    raw(np.array(free), out)
    assert slice_violations(Svi(*out.tolist()), []) == []


@pytest.mark.parametrize(
    "svi",
    [Svi(0.01, 0.12, -0.6, 0.05, 0.15), Svi(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)],
)
def test_a_slice_comes_back(svi):
    free, out = np.empty(5), np.empty(5)
    freed(svi.a, svi.b * (1 - svi.rho), svi.b * (1 + svi.rho), svi.m, svi.sigma, free)
    raw(free, out)
    assert np.allclose(out, svi, rtol=1e-12)
    natural(free, out)
    assert out[0] == pytest.approx(svi.a + svi.b * svi.sigma * math.sqrt(1 - svi.rho**2))


def test_flat_and_negative_slices_are_moved_into_range():
    free = np.empty(5)
    freed(-1.0, 0.0, 9.0, 99.0, 0.0, free)
    assert (free >= LEAST).all()
    assert (free <= MOST).all()
    assert np.isfinite(free).all()


def test_what_is_in_range_stays_and_a_slope_is_turned_back():
    free = np.array([-3.0, -0.5, 1.0, 0.1, -2.0])
    inside(free)
    assert free.tolist() == [-3.0, 0.5, 1.0, 0.1, -2.0]
