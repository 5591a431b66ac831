"""Cash dividends: the spot jumps, and options answer."""

import math

import numpy as np
import pytest

import trees
from opentape.pricing import american, bsm
from opentape.pricing.american import Dividends
from opentape.pricing.implied import Reason

pytestmark = pytest.mark.slow

PUT = True
CALL = False

NONE = Dividends([], [])


@pytest.mark.parametrize("put", [True, False])
@pytest.mark.parametrize("spot", [80.0, 100.0, 125.0])
def test_no_dividends_is_a_continuous_carry(put, spot):
    terms = (put, spot, 100.0, 0.75, 0.06, 0.02, 0.35)
    swift, slow = american.price(*terms), american.price(*terms, dividends=NONE)
    assert slow == pytest.approx(swift, abs=5e-4)


@pytest.mark.parametrize("spot", [80.0, 100.0, 125.0])
@pytest.mark.parametrize("when", [0.1, 0.6])
def test_a_call_is_exercised_before_the_dividend_or_never(spot, when):
    terms = (False, spot, 100.0, 0.75, 0.04, 0.0, 0.3)
    twin = trees.one_dividend(terms, when, 4.0)
    found = american.price(*terms, dividends=Dividends([when], [4.0]))
    assert found == pytest.approx(twin, abs=2e-3)


@pytest.mark.parametrize("spot", [80.0, 100.0, 125.0])
def test_without_a_rate_a_put_is_not_exercised(spot):
    terms = (True, spot, 100.0, 0.75, 0.0, 0.0, 0.3)
    twin = trees.one_dividend(terms, 0.4, 6.0)
    found = american.price(*terms, dividends=Dividends([0.4], [6.0]))
    assert found == pytest.approx(twin, abs=2e-3)


def test_what_is_not_paid_before_expiry_does_not_count():
    terms = (True, 100.0, 100.0, 0.5, 0.04, 0.0, 0.3)
    outside = Dividends([-0.1, 0.0, 0.6], [5.0, 5.0, 5.0])
    assert american.price(*terms, dividends=outside) == pytest.approx(
        american.price(*terms, dividends=NONE), rel=1e-12
    )


def test_the_order_of_a_schedule_does_not_matter():
    terms = (True, 100.0, 100.0, 1.0, 0.04, 0.0, 0.3)
    one = american.price(*terms, dividends=Dividends([0.2, 0.7], [1.0, 3.0]))
    other = american.price(*terms, dividends=Dividends([0.7, 0.2], [3.0, 1.0]))
    assert one == other


def test_a_dividend_lifts_puts_and_lowers_calls():
    paid = Dividends([0.25], [5.0])
    for put in (True, False):
        terms = (put, 100.0, 100.0, 0.5, 0.04, 0.0, 0.3)
        change = american.price(*terms, dividends=paid) - american.price(*terms)
        assert change > 1.0 if put else change < -1.0


def test_a_put_worth_exercising_is_exercised():
    found = american.greeks(
        PUT, 50.0, 100.0, 0.5, 0.1, 0.0, 0.2, dividends=Dividends([0.4], [0.1])
    )
    assert found.price == 50.0
    assert found.delta == -1.0
    assert [found.gamma, found.theta, found.vega, found.rho] == [0.0] * 4


def test_theta_is_what_a_day_later_costs():
    paid, later = Dividends([0.4], [3.0]), Dividends([0.39], [3.0])
    terms = (100.0, 100.0)
    now = american.greeks(CALL, *terms, 0.5, 0.05, 0.0, 0.3, dividends=paid)
    then = american.price(CALL, *terms, 0.49, 0.05, 0.0, 0.3, dividends=later)
    assert now.theta == pytest.approx((then - now.price) / 0.01, rel=2e-2)


@pytest.mark.parametrize("put", [True, False])
def test_a_price_gives_its_vol_back(put):
    paid, vol = Dividends([0.1, 0.4], [2.0, 2.0]), 0.35
    terms = (np.array([90.0, 110.0]), 100.0, 0.5, 0.05, 0.01)
    price = american.price(put, *terms, vol, dividends=paid)
    found = american.solve(put, price, *terms, dividends=paid)
    assert found.reason.tolist() == [0, 0]
    assert found.vol == pytest.approx(vol, abs=1e-6)
    again = american.solve(put, price, *terms, 0.5, dividends=paid)
    assert again.vol == pytest.approx(vol, abs=1e-6)


@pytest.mark.parametrize(
    ("put", "price", "spot", "reason"),
    [
        (True, 40.0, 60.0, Reason.BELOW_INTRINSIC),
        (True, 20.0, 60.0, Reason.BELOW_INTRINSIC),
        (True, 101.0, 60.0, Reason.ABOVE_BOUND),
        (False, 60.0, 60.0, Reason.ABOVE_BOUND),
        (False, 59.99, 60.0, Reason.ABOVE_BOUND),
        (False, 60.0, 160.0, Reason.AT_INTRINSIC),
        (True, math.nan, 60.0, Reason.BAD_INPUT),
    ],
)
def test_every_price_without_a_vol_has_a_reason(put, price, spot, reason):
    """The spot falls to 55 at once, with certainty: a put of 40 pays 45."""
    paid = Dividends([1e-3], [5.0])
    found = american.solve(put, price, spot, 100.0, 0.5, 0.0, 0.0, dividends=paid)
    assert found.reason == reason
    assert math.isnan(found.vol)


def test_a_price_that_is_what_exercise_pays_has_no_vol():
    found = american.solve(
        PUT, [40.0, 40.0 + 1e-8], 60.0, 100.0, 0.5, 0.1, 0.0, dividends=NONE
    )
    assert found.reason.tolist() == [Reason.AT_INTRINSIC, Reason.AT_INTRINSIC]


def test_dividends_beyond_the_spot_leave_nothing():
    """A put is then worth its strike, from the dividend on."""
    paid = Dividends([0.25], [500.0])
    found = american.price(PUT, 100.0, 100.0, 0.5, 0.04, 0.0, 0.3, dividends=paid)
    assert found == pytest.approx(100.0 * math.exp(-0.01), abs=1e-3)


def test_a_european_bound_holds():
    terms = (True, 100.0, 100.0, 0.5, 0.04, 0.0, 0.3)
    escrowed = bsm.price(PUT, 97.0, *terms[2:])
    found = american.price(*terms, dividends=Dividends([0.01], [3.0]))
    assert found > escrowed


def test_a_dividend_at_expiry_counts():
    terms = (PUT, 100.0, 100.0, 0.5, 0.0, 0.0, 0.3)
    found = american.price(*terms, dividends=Dividends([0.5], [4.0]))
    # the same as a strike that is higher by as much
    assert found == pytest.approx(bsm.price(PUT, 100.0, 104.0, *terms[3:]), abs=2e-3)


def test_what_waiting_earns_between_dividends_bounds_the_price():
    """A put of 57 is more than both ends pay, and less than the best time in between."""
    found = american.solve(PUT, 57.0, 99.0, 100.0, 10.0, 0.05, 0.3, dividends=NONE)
    assert found.reason == Reason.BELOW_INTRINSIC
