"""Butterfly, calendar, wing and domain violations, and the grids they are sought on."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from opentape.pricing.smile.arbitrage import (
    PUBLISHED,
    Kind,
    calendar_violations,
    dense_grid,
    durrleman,
    slice_violations,
)
from opentape.pricing.smile.svi import Svi, bend, total_variance
from smiles import naive_call, naive_g, naive_variance

CALM = Svi(a=0.04, b=0.1, rho=-0.5, m=0.0, sigma=0.2)
# Gatheral and Jacquier (2014), example 3.1, found by Axel Vogt
VOGT = Svi(a=-0.0410, b=0.1331, rho=0.3060, m=0.3586, sigma=0.4153)


def kinds(violations):
    return {one.kind for one in violations}


def test_the_published_grid_has_41_places():
    assert PUBLISHED.size == 41
    assert PUBLISHED.tolist() == [round(-0.5 + 0.025 * i, 3) for i in range(41)]


def test_a_convex_slice_with_negative_density_is_rejected():
    grid = dense_grid([VOGT])
    assert (bend(VOGT, grid) > 0).all()
    assert (total_variance(VOGT, grid) > 0).all()
    found = slice_violations(VOGT)
    assert kinds(found) == {Kind.BUTTERFLY}
    worst = max(found, key=lambda one: one.size)
    assert worst.size == pytest.approx(-naive_g(VOGT, worst.k), rel=1e-4)


def test_that_slice_does_sell_a_butterfly_for_less_than_nothing():
    low, middle, high = (naive_call(VOGT, math.log(strike)) for strike in (2.15, 2.2, 2.25))
    assert low - 2 * middle + high < 0


def test_the_published_grid_alone_does_not_see_it():
    assert slice_violations(VOGT, PUBLISHED) == []


@settings(deadline=None)
@given(
    st.builds(
        Svi,
        a=st.floats(0.001, 0.5),
        b=st.floats(0.001, 1.0),
        rho=st.floats(-0.95, 0.95),
        m=st.floats(-0.3, 0.3),
        sigma=st.floats(0.05, 1.0),
    ),
    st.floats(-1.5, 1.5),
)
def test_g_is_its_twin_by_differences(svi, k):
    expected = naive_g(svi, k)
    assert float(durrleman(svi, k)) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@settings(deadline=None)
@given(st.floats(-0.4, 0.4), st.floats(0.05, 1.9))
def test_g_has_the_sign_of_the_density(k, steepness):
    svi = Svi(0.01, steepness / 1.5, -0.5, 0.0, 0.1)
    step = 1e-3
    strikes = [math.exp(k) + move for move in (-step, 0.0, step)]
    calls = [naive_call(svi, math.log(strike)) for strike in strikes]
    density = (calls[0] - 2 * calls[1] + calls[2]) / step**2
    assume(abs(density) > 1e-2)
    assert (float(durrleman(svi, k)) > 0) == (density > 0)


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (CALM._replace(b=-0.1), Kind.DOMAIN),
        (CALM._replace(rho=1.0), Kind.DOMAIN),
        (CALM._replace(rho=-1.2), Kind.DOMAIN),
        (CALM._replace(sigma=0.0), Kind.DOMAIN),
        (CALM._replace(a=-0.1), Kind.DOMAIN),
        (CALM._replace(a=math.nan), Kind.DOMAIN),
        (CALM._replace(rho=math.nan), Kind.DOMAIN),
        (CALM._replace(b=1.5), Kind.LEE),
    ],
)
def test_bad_parameters_are_named(bad, kind):
    first = slice_violations(bad)[0]
    assert first.kind is kind
    assert math.isnan(first.k)


def test_the_size_of_a_violation_says_by_how_much():
    assert slice_violations(CALM._replace(a=-0.1))[0].size == pytest.approx(
        0.1 - 0.1 * 0.2 * math.sqrt(0.75)
    )
    assert slice_violations(CALM._replace(b=1.5))[0].size == pytest.approx(0.25)


@pytest.mark.parametrize("fine", [CALM, CALM._replace(b=0.0), CALM._replace(b=1.0, a=1.0)])
def test_a_slice_at_the_edge_of_the_domain_is_none(fine):
    assert slice_violations(fine) == []


def test_no_variance_anywhere_is_no_density():
    assert math.isnan(float(durrleman(CALM._replace(a=-1.0), 0.0)))
    assert kinds(slice_violations(Svi(0.0, 0.0, 0.0, 0.0, 1.0))) == {Kind.BUTTERFLY}


def test_calendar_is_seen_where_variance_falls():
    far = CALM._replace(rho=0.5)
    found = calendar_violations(CALM, far)
    assert kinds(found) == {Kind.CALENDAR}
    assert {one.k < 0 for one in found} == {True}
    worst = max(found, key=lambda one: one.size)
    fall = naive_variance(CALM, worst.k) - naive_variance(far, worst.k)
    assert worst.size == pytest.approx(fall)


def test_calendar_on_the_given_grid_only():
    far = CALM._replace(rho=0.5)
    assert calendar_violations(CALM, far, [0.0, 0.2]) == []
    assert [one.k for one in calendar_violations(CALM, far, [-0.3, 0.2])] == [-0.3]


def test_the_same_slice_twice_is_no_calendar():
    assert calendar_violations(VOGT, VOGT) == []


def test_the_dense_grid_holds_the_published_one_and_the_vertex():
    narrow = CALM._replace(m=0.01234, sigma=1e-4)
    grid = dense_grid([narrow])
    assert np.isin(PUBLISHED, grid).all()
    assert grid[0] <= -1.5
    assert grid[-1] >= 1.5
    assert np.diff(grid).max() <= 0.00501
    near = grid[np.abs(grid - narrow.m) < 1e-4]
    assert near.size > 10


def test_the_dense_grid_widens_with_variance():
    wide = CALM._replace(a=4.0)
    assert dense_grid([CALM, wide])[-1] > 10.0
    assert dense_grid([])[-1] == 1.5
