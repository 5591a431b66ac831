"""The normal distribution against many digits, its laws and its tails.

The expected numbers were computed with mpmath in 50 digits.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.pricing.normal import (
    SMALL,
    cumulative,
    density,
    erfcx,
    inverse,
    mills,
    mills_fall,
    mills_gap,
)

CLOSE = 2e-15
anywhere = st.floats(-37.0, 37.0)


@pytest.mark.parametrize(
    ("z", "tail"),
    [
        (0.0, 0.5),
        (-1.0, 0.15865525393145705141),
        (-3.0, 0.0013498980316300945267),
        (-10.0, 7.6198530241605260660e-24),
        (-20.0, 2.7536241186062336951e-89),
        (-37.0, 5.7255712225245768227e-300),
    ],
)
def test_tail_has_all_digits(z, tail):
    assert cumulative(z) == pytest.approx(tail, rel=CLOSE, abs=0.0)


@given(anywhere)
def test_the_two_tails_make_one(z):
    assert cumulative(z) + cumulative(-z) == pytest.approx(1.0, rel=CLOSE)


@given(anywhere)
def test_tail_is_that_of_the_c_library(z):
    expected = 0.5 * math.erfc(-z / math.sqrt(2.0))
    # the library is given a rounded argument, which the tail magnifies
    assert cumulative(z) == pytest.approx(expected, rel=4e-16 * (4.0 + z * z), abs=0.0)


@given(anywhere)
def test_density_is_even(z):
    assert density(z) == density(-z)


@given(st.floats(-36.0, 36.0))
def test_density_is_the_slope_of_the_cumulative(z):
    step = 1e-3 / (1.0 + abs(z))
    near = cumulative(-abs(z) + step) - cumulative(-abs(z) - step)
    far = cumulative(-abs(z) + 2 * step) - cumulative(-abs(z) - 2 * step)
    slope = (8.0 * near - far) / (12.0 * step)
    assert slope == pytest.approx(density(z), rel=1e-8, abs=0.0)


@pytest.mark.parametrize("z", [40.0, 1e10, 1e300, math.inf])
def test_nothing_is_left_far_out(z):
    assert (cumulative(z), cumulative(-z), density(z)) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "function", [density, cumulative, mills, mills_fall, erfcx, inverse]
)
def test_what_is_not_a_number_stays_so(function):
    assert math.isnan(function(math.nan))


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (0.5, 0.61569034419292587487),
        (3.0, 0.17900115118138995042),
        (50.0, 0.011281536265323772500),
        (-2.0, 108.94090438997797241),
    ],
)
def test_scaled_complementary_error(x, value):
    assert erfcx(x) == pytest.approx(value, rel=CLOSE)


def test_scaled_complementary_error_overflows_to_infinity():
    assert erfcx(-30.0) == math.inf


@given(st.floats(0.0, 1e12))
def test_mills_lies_between_its_classic_bounds(z):
    lower = 2.0 / (z + math.sqrt(z * z + 4.0))
    upper = 4.0 / (3.0 * z + math.sqrt(z * z + 8.0))
    assert lower * (1.0 - CLOSE) <= mills(z) <= upper * (1.0 + CLOSE) or z > 1e8


@given(st.floats(0.0, 30.0))
def test_mills_fall_is_what_is_left_of_one(z):
    assert mills_fall(z) == pytest.approx(1.0 - z * mills(z), abs=2e-15 * (1.0 + z * z))


def test_mills_fall_far_out_is_the_inverse_square():
    z = 1e6
    assert mills_fall(z) * z * z == pytest.approx(1.0 - 3.0 / z**2, rel=CLOSE)


@given(st.floats(-20.0, 0.0), st.floats(1e-3, SMALL))
def test_mills_gap_is_a_difference(h, t):
    if -h * t < 2.0:
        expected = mills(abs(h + t)) if h + t <= 0.0 else None
        if expected is not None:
            expected -= mills(t - h)
            assert mills_gap(h, t) == pytest.approx(expected, abs=4e-15)


@pytest.mark.parametrize("t", [1e-300, 1e-12, 1e-3, SMALL])
def test_mills_gap_in_the_middle_keeps_its_digits(t):
    """At h = 0 the gap times the density is the chance to be within t of the mean."""
    within = math.erf(t / math.sqrt(2.0))
    assert mills_gap(0.0, t) * density(t) == pytest.approx(within, rel=CLOSE, abs=0.0)


@given(st.floats(1e-300, 1.0 - 1e-9))
def test_inverse_undoes_the_cumulative(p):
    z = inverse(p)
    # what the last digit of z makes of p
    slack = 4e-16 * (1.0 + abs(z) * density(z) / p)
    assert cumulative(z) == pytest.approx(p, rel=4.0 * slack + CLOSE, abs=0.0)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.1, math.inf, -math.inf])
def test_inverse_of_no_chance(p):
    assert math.isnan(inverse(p))
