"""European prices and greeks: laws they obey, slopes they are, and what has none."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.pricing import bsm
from opentape.pricing.bsm import Greeks
from opentape.pricing.columns import THREADS
from opentape.pricing.lanes import BLOCK

SAMPLE = (False, 580.0, 580.0, 30 / 365, 0.045, 0.013, 0.18)
NAMES = ("put", "spot", "strike", "years", "rate", "carry", "vol")

puts = st.booleans()
money = st.floats(1.0, 10_000.0)
years_left = st.floats(1 / 8760, 10.0)
rates = st.floats(-0.05, 0.2)
vols = st.floats(0.01, 5.0)
deviations = st.floats(-6.0, 6.0)


@st.composite
def options(draw, far=6.0):
    """Terms of an option whose strike is at most `far` deviations from the forward."""
    spot, years, vol = draw(money), draw(years_left), draw(vols)
    rate, carry = draw(rates), draw(rates)
    away = draw(st.floats(-far, far)) * vol * math.sqrt(years)
    strike = spot * math.exp((rate - carry) * years + away)
    assume(1e-6 < strike < 1e12)
    return {
        "put": draw(puts), "spot": spot, "strike": strike, "years": years, "rate": rate,
        "carry": carry, "vol": vol,
    }  # fmt: skip


def discounted(terms):
    spot = terms["spot"] * math.exp(-terms["carry"] * terms["years"])
    return spot, terms["strike"] * math.exp(-terms["rate"] * terms["years"])


def test_the_vendor_sample_to_its_last_digit():
    """S = K = 580, 30 days, vol 0.18, r 0.045, q 0.013, in the scales of the wire.

    12.687211 is as published; the rest was made with mpmath, by differentiating the price
    in 60 digits. The wire counts charm, color and veta by the time to expiry.
    """
    found = bsm.greeks(*SAMPLE)
    assert round(float(found.price), 6) == 12.687211
    wire = {
        "delta": (found.delta, 6, 0.530030),
        "gamma": (found.gamma, 6, 0.013276),
        "theta": (found.theta / 365, 6, -0.223599),
        "vega": (found.vega / 100, 6, 0.660706),
        "rho": (found.rho, 6, 24.224395),
        "vanna": (found.vanna, 6, -0.055551),
        "charm": (-found.charm / 365, 6, 0.000490),
        "vomma": (found.vomma, 6, 0.709126),
        "dual_delta": (found.dual_delta, 6, -0.508155),
        "speed": (found.speed, 8, -0.00005694),
        "zomma": (found.zomma, 8, -0.07361041),
        "color": (-found.color / 365, 8, -0.00022304),
        "ultima": (found.ultima, 6, -17.241619),
        "lambda": (found.lambda_, 4, 24.2305),
        "veta": (-found.veta / 365, 6, 1.092334),
    }
    rounded = {name: round(float(raw), places) for name, (raw, places, _) in wire.items()}
    assert rounded == {name: expected for name, (_, _, expected) in wire.items()}


@given(options(far=30.0))
def test_call_less_put_is_the_forward(terms):
    call = bsm.price(**{**terms, "put": False})
    put = bsm.price(**{**terms, "put": True})
    spot, strike = discounted(terms)
    assert call - put == pytest.approx(spot - strike, abs=1e-14 * (spot + strike))


@given(options())
def test_call_and_put_share_what_moves_with_vol(terms):
    call = bsm.greeks(**{**terms, "put": False})
    put = bsm.greeks(**{**terms, "put": True})
    for name in ("gamma", "vega", "vanna", "vomma", "speed", "zomma", "ultima"):
        assert getattr(call, name) == getattr(put, name)


@given(options(far=20.0), st.integers(-40, 40))
def test_a_change_of_currency_changes_the_price_alike(terms, power):
    scale = 2.0**power
    other = {**terms, "spot": terms["spot"] * scale, "strike": terms["strike"] * scale}
    assert bsm.price(**other) == pytest.approx(scale * bsm.price(**terms), rel=1e-13)


@given(options())
def test_price_is_its_parts_of_spot_and_strike(terms):
    """Euler: a function homogeneous of degree one is the sum of its slopes."""
    found = bsm.greeks(**terms)
    spot, strike = terms["spot"] * found.delta, terms["strike"] * found.dual_delta
    assert spot + strike == pytest.approx(
        found.price, abs=1e-14 * (abs(spot) + abs(strike))
    )


@given(options())
def test_the_equation_of_black_and_scholes_holds(terms):
    found = bsm.greeks(**terms)
    spot, rate, carry, vol = (terms[name] for name in ("spot", "rate", "carry", "vol"))
    parts = [
        found.theta, 0.5 * vol**2 * spot**2 * found.gamma,
        (rate - carry) * spot * found.delta, -rate * found.price,
    ]  # fmt: skip
    assert sum(parts) == pytest.approx(0.0, abs=1e-13 * sum(map(abs, parts)) + 1e-300)


@given(options(far=20.0), st.floats(1.001, 3.0))
def test_price_rises_with_vol(terms, times):
    dearer = bsm.price(**{**terms, "vol": terms["vol"] * times})
    assert dearer >= bsm.price(**terms) * (1.0 - 1e-13)


@given(options(far=20.0), st.floats(1.0001, 3.0))
def test_calls_fall_and_puts_rise_with_strike(terms, times):
    higher = bsm.price(**{**terms, "strike": terms["strike"] * times})
    here = bsm.price(**terms)
    first, second = (here, higher) if terms["put"] else (higher, here)
    assert first <= second * (1.0 + 1e-13)


@given(options(far=30.0))
def test_price_lies_within_its_bounds(terms):
    spot, strike = discounted(terms)
    price = bsm.price(**terms)
    gain = strike - spot if terms["put"] else spot - strike
    assert max(gain, 0.0) - 1e-14 * (spot + strike) <= price
    assert price <= (strike if terms["put"] else spot) * (1.0 + 1e-14)


SLOPES = [
    ("delta", "price", "spot", 1), ("gamma", "delta", "spot", 1),
    ("speed", "gamma", "spot", 1), ("theta", "price", "years", -1),
    ("charm", "delta", "years", -1), ("color", "gamma", "years", -1),
    ("veta", "vega", "years", -1), ("vega", "price", "vol", 1),
    ("vanna", "delta", "vol", 1), ("vomma", "vega", "vol", 1),
    ("zomma", "gamma", "vol", 1), ("ultima", "vomma", "vol", 1),
    ("rho", "price", "rate", 1), ("dual_delta", "price", "strike", 1),
]  # fmt: skip
"""A greek is the slope of another quantity by an input, with its sign."""


@pytest.mark.parametrize(("name", "of", "by", "sign"), SLOPES)
@pytest.mark.parametrize("put", [False, True])
def test_greeks_are_slopes(name, of, by, sign, put):
    grid = itertools.product([80.0, 97.0, 100.0, 130.0], [0.02, 0.5, 3.0], [0.1, 0.6])
    strike, years, vol = np.array(list(grid)).T
    terms = {
        "put": put, "spot": 100.0, "strike": strike, "years": years, "rate": 0.04,
        "carry": 0.015, "vol": vol,
    }  # fmt: skip
    width = 1e-3 * (1.0 if by == "rate" else np.asarray(terms[by])) * vol
    slope = np.zeros_like(strike)
    for steps, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
        up = bsm.greeks(**{**terms, by: terms[by] + steps * width})
        down = bsm.greeks(**{**terms, by: terms[by] - steps * width})
        slope += weight * (getattr(up, of) - getattr(down, of)) / (60.0 * width)
    found = getattr(bsm.greeks(**terms), name)
    size = np.abs(getattr(bsm.greeks(**terms), of)) / width
    np.testing.assert_allclose(found, sign * slope, rtol=2e-9, atol=2e-15 * size.max())


@given(options())
def test_lambda_is_the_gearing(terms):
    found = bsm.greeks(**terms)
    assert found.lambda_ * found.price == pytest.approx(found.delta * terms["spot"])


@given(options(far=36.0))
def test_short_cuts_give_what_the_greeks_give(terms):
    every = bsm.greeks(**terms)
    delta, gamma = bsm.delta_gamma(**terms)
    assert (bsm.price(**terms), delta, gamma) == (every.price, every.delta, every.gamma)


@given(options(far=36.0))
def test_one_price_is_that_of_the_columns(terms):
    """`european` is for kernels that price one option among other work."""
    spot, strike = discounted(terms)
    years, vol = terms["years"], terms["vol"]
    forward = math.log(terms["spot"] / terms["strike"])
    forward += (terms["rate"] - terms["carry"]) * years
    one = bsm.european(float(terms["put"]), spot, strike, forward, vol * math.sqrt(years))
    # by how much the rounding of the forward moves the price
    slack = 1e-15 * (spot + strike)
    assert one == pytest.approx(bsm.price(**terms), rel=1e-11, abs=slack)


@pytest.mark.parametrize(
    ("strike", "price"),
    [
        (120.0, 0.0022247905325401437194),
        (200.0, 3.1353420941558358276e-31),
        (600.0, 5.0962027982580182413e-196),
    ],
)
def test_far_wings_keep_their_digits(strike, price):
    """A call on 100, 0.1 years, no rates, vol 0.19; made with mpmath in 60 digits."""
    found = bsm.price(0, 100.0, strike, 0.1, 0.0, 0.0, 0.19)
    assert found == pytest.approx(price, rel=1e-12, abs=0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *itertools.product(NAMES, [math.nan, math.inf]),
        *itertools.product(("spot", "strike", "years", "vol"), [0.0, -1.0, -math.inf]),
        ("put", 0.5), ("put", -1.0), ("put", 2.0),
    ],
)  # fmt: skip
def test_outside_of_the_domain_is_nothing(name, value):
    """And the rows beside it are untouched."""
    terms = {name: np.full(3, float(one)) for name, one in zip(NAMES, SAMPLE, strict=True)}
    whole = bsm.greeks(**terms)
    terms[name][1] = value
    found = bsm.greeks(**terms)
    for column, before in zip(found, whole, strict=True):
        assert np.isnan(column[1])
        assert column[[0, 2]].tolist() == before[[0, 2]].tolist()
    assert np.isnan(bsm.price(**terms)).tolist() == [False, True, False]
    for column in bsm.delta_gamma(**terms):
        assert np.isnan(column).tolist() == [False, True, False]


def test_a_price_too_small_to_write_is_zero_and_has_no_gearing():
    found = bsm.greeks(0, 100.0, 200.0, 0.01, 0.0, 0.0, 0.05)
    assert (found.price, found.delta, found.gamma, found.vega) == (0.0, 0.0, 0.0, 0.0)
    assert np.isnan(found.lambda_)


@pytest.mark.parametrize(
    ("strike", "vol", "shape"),
    [
        (100.0, 0.2, ()),
        ([90.0, 100.0, 110.0], 0.2, (3,)),
        ([90.0, 100.0, 110.0], [[0.2], [0.4]], (2, 3)),
        (np.empty(0), 0.2, (0,)),
    ],
)
def test_arguments_broadcast(strike, vol, shape):
    given_terms = (False, 100.0, strike, 0.25, 0.05, 0.0, vol)
    assert bsm.price(*given_terms).shape == shape
    assert {column.shape for column in bsm.greeks(*given_terms)} == {shape}
    assert {column.shape for column in bsm.delta_gamma(*given_terms)} == {shape}


@pytest.mark.parametrize(
    "size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 1000, 20_000 * THREADS + 1]
)
def test_rows_do_not_depend_on_their_place(size):
    strike = 100.0 + np.arange(size) % 50
    found = bsm.greeks(0, 100.0, strike, 0.25, 0.05, 0.01, 0.3)
    few = bsm.greeks(0, 100.0, 100.0 + np.arange(50), 0.25, 0.05, 0.01, 0.3)
    for column, expected in zip(found, few, strict=True):
        np.testing.assert_allclose(column, expected[np.arange(size) % 50], rtol=1e-14)


def test_fields_are_all_there():
    assert len(Greeks._fields) == 16
