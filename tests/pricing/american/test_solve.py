"""Vols out of American prices: back to the vol they came from, or a reason."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.pricing import american, implied
from opentape.pricing.implied import Reason

PUT = True
CALL = False

puts = st.booleans()
moneyness = st.floats(-0.5, 0.5)
years = st.floats(0.003, 3.0)
rates = st.floats(-0.01, 0.1)
vols = st.floats(0.05, 2.0)


@given(puts, moneyness, years, rates, rates, vols)
def test_a_price_gives_its_vol_back(put, moneyness, years, rate, carry, vol):
    spot = 100.0 * math.exp(moneyness)
    terms = (put, spot, 100.0, years, rate, carry)
    there = american.greeks(*terms, vol)
    assume(there.price > 0.0)
    found = american.solve(put, there.price, *terms[1:])
    if found.reason != Reason.SOLVED:
        assert found.reason == Reason.AT_INTRINSIC
        assert there.vega < 1e-3
        return
    # the boundary has the digits for 1e-6 nearly always: 1 in 5,000 keeps five of the vol
    off = 1e-6 + 1e-5 * there.vega
    assert american.price(*terms, found.vol) == pytest.approx(there.price, abs=off)
    if there.vega > 0.1:
        assert found.vol == pytest.approx(vol, abs=1e-5)


@given(puts, moneyness, vols, st.floats(0.05, 3.0))
def test_a_guess_does_not_change_the_answer(put, moneyness, vol, guess):
    terms = (100.0 * math.exp(moneyness), 100.0, 0.5, 0.05, 0.02)
    there = american.greeks(put, *terms, vol)
    if there.vega > 0.1:
        found = american.solve(put, there.price, *terms, guess)
        assert found.vol == pytest.approx(vol, abs=1e-6)


@given(moneyness, years, st.floats(0.0, 0.1), vols)
def test_a_call_that_pays_nothing_has_its_european_vol(moneyness, years, rate, vol):
    terms = (100.0 * math.exp(moneyness), 100.0, years, rate, 0.0)
    price = american.price(CALL, *terms, vol)
    found, european = (one(CALL, price, *terms) for one in (american.solve, implied.solve))
    if found.reason == european.reason == Reason.SOLVED:
        assert found.vol == pytest.approx(european.vol, rel=1e-9)


@pytest.mark.parametrize(
    ("put", "price", "spot", "reason"),
    [
        (True, 40.0, 60.0, Reason.AT_INTRINSIC),
        (True, 39.0, 60.0, Reason.BELOW_INTRINSIC),
        (True, 100.0, 60.0, Reason.ABOVE_BOUND),
        (True, 99.0, 60.0, Reason.SOLVED),
        (False, 150.0, 150.0, Reason.ABOVE_BOUND),
        (False, 49.0, 150.0, Reason.BELOW_INTRINSIC),
        (False, 50.0, 150.0, Reason.BELOW_INTRINSIC),
        (True, math.nan, 60.0, Reason.BAD_INPUT),
        (True, 0.0, 60.0, Reason.BAD_INPUT),
        (True, 10.0, -60.0, Reason.BAD_INPUT),
        (0.5, 10.0, 60.0, Reason.BAD_INPUT),
    ],
)
def test_every_price_without_a_vol_has_a_reason(put, price, spot, reason):
    found = american.solve(put, price, spot, 100.0, 1.0, 0.05, 0.0)
    assert found.reason == reason
    assert math.isnan(found.vol) == (reason is not Reason.SOLVED)


@pytest.mark.parametrize("years", [0.0, -1.0])
def test_an_expired_contract_has_no_vol(years):
    found = american.solve(PUT, 40.0, 60.0, 100.0, years, 0.05, 0.0)
    assert found.reason == Reason.EXPIRED


def test_holding_may_be_worth_more_than_both_ends_without_vol():
    """Carry above rate: exercised once the spot has fallen, and not at expiry."""
    spot, rate, carry = 99.0, 0.05, 0.3
    least = max(
        100.0 * math.exp(-rate * t) - spot * math.exp(-carry * t)
        for t in np.linspace(0.0, 10.0, 100001)
    )
    for price, reason in (
        (least - 1e-4, Reason.BELOW_INTRINSIC),
        (least + 1, Reason.SOLVED),
    ):
        found = american.solve(PUT, price, spot, 100.0, 10.0, rate, carry)
        assert found.reason == reason


def test_two_boundaries_give_their_vol_back():
    terms = (True, 95.0, 100.0, 1.0, -0.01, -0.04)
    price = american.price(*terms, 0.25)
    found = american.solve(PUT, [price, 1e3], *terms[1:])
    assert found.vol[0] == pytest.approx(0.25, abs=1e-6)
    assert found.reason.tolist() == [Reason.SOLVED, Reason.ABOVE_BOUND]
