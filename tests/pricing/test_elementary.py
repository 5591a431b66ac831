"""Exponential, logarithm and quotient: as exact as those of the C library, never raise."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.pricing.elementary import HUGE, TINY, exp, log_ratio, quotient

ULP = 2.0**-52
prices = st.floats(TINY, HUGE)


@given(st.floats(-700.0, 700.0))
def test_exp_is_that_of_the_c_library(x):
    assert exp(x) == pytest.approx(math.exp(x), rel=2 * ULP, abs=0.0)


@pytest.mark.parametrize(
    ("x", "value"),
    [(0.0, 1.0), (-709.0, 0.0), (-math.inf, 0.0), (710.0, math.inf), (math.inf, math.inf)],
)
def test_exp_at_the_ends(x, value):
    assert exp(x) == value


def test_what_is_not_a_number_stays_so():
    assert math.isnan(exp(math.nan))


@given(prices, prices)
def test_log_ratio_is_a_difference_of_logs(above, below):
    expected = math.log(above) - math.log(below)
    assert log_ratio(above, below) == pytest.approx(expected, rel=1e-14, abs=1e-12)


@given(st.floats(1e-9, 1e9), st.integers(-(2**20), 2**20))
def test_log_ratio_of_near_neighbours_has_all_digits(below, steps):
    above = below + steps * math.ulp(below)
    expected = math.log1p((above - below) / below)
    assert log_ratio(above, below) == pytest.approx(expected, rel=4 * ULP, abs=0.0)


@given(prices, prices)
def test_log_ratio_turns_its_sign(above, below):
    assert log_ratio(above, below) == pytest.approx(-log_ratio(below, above), rel=2 * ULP)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False).filter(bool))
def test_quotient_divides(above, below):
    expected = above / below
    found = quotient(above, below)
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize("below", [0.0, -0.0, math.nan])
def test_nothing_over_zero(below):
    assert math.isnan(quotient(1.0, below))
