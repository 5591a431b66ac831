"""Max pain: payouts by prefix sums, ties, and what there is none of."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.positioning.book import Book
from opentape.positioning.max_pain import Pain, by_expiry, front, pain, whole
from positioning import naive
from positioning.chains import CHAINS, SPOT, columns, held


@given(CHAINS, st.sampled_from([70.0, 97.25, 100.0, 130.0]))
def test_as_the_twin(chain: list[naive.Held], spot: float) -> None:
    found = whole(columns(chain), spot)
    paid = naive.pains(chain)
    assert found.strike.tolist() == list(paid)
    np.testing.assert_allclose(found.total, list(paid.values()), rtol=1e-12)
    assert found.level == naive.max_pain(chain, spot)


@given(CHAINS)
def test_laws_of_the_curve(chain: list[naive.Held]) -> None:
    found = whole(columns(chain), SPOT)
    np.testing.assert_array_equal(found.total, found.call + found.put)
    assert (np.diff(found.call) >= 0).all()
    assert (np.diff(found.put) <= 0).all()
    if found.level is not None:
        assert found.total[found.strike == found.level] == found.total.min()


@given(CHAINS)
def test_the_book_says_the_same(chain: list[naive.Held]) -> None:
    mine, other = Book(columns(chain), SPOT).pain(), whole(columns(chain), SPOT)
    assert mine.level == other.level
    for name in Pain._fields[1:]:
        np.testing.assert_array_equal(getattr(mine, name), getattr(other, name))


def test_a_chain_by_hand() -> None:
    """At 95: calls of 90 are paid 5 x 200, puts of 100 and 110 get 5 x 300 and 15 x 100."""
    chain = columns(
        [held(90.0, oi=2.0), held(95.0, oi=0.0), held(100.0, oi=3.0, put=True),
         held(100.0, oi=4.0), held(110.0, oi=1.0, put=True)]
    )  # fmt: skip
    found = whole(chain, 100.0)
    assert found.strike.tolist() == [90.0, 95.0, 100.0, 110.0]
    assert found.call.tolist() == [0.0, 1_000.0, 2_000.0, 8_000.0]
    assert found.put.tolist() == [5_000.0, 3_000.0, 1_000.0, 0.0]
    assert found.total.tolist() == [5_000.0, 4_000.0, 3_000.0, 8_000.0]
    assert found.level == 100.0


@pytest.mark.parametrize(
    ("spot", "level"), [(100.0, 99.9), (100.1, 100.2), (50.0, 99.9), (math.nan, 99.9)]
)
def test_ties_go_nearest_to_spot_then_lowest(spot: float, level: float) -> None:
    """A straddle of equal holdings pays the same anywhere between its strikes."""
    chain = [held(99.9), held(100.2, put=True)]
    assert whole(columns(chain), spot).level == level


def test_a_tie_of_strikes_that_no_float_holds() -> None:
    strike = np.arange(1, 8) * 0.1
    shares = np.full(7, 100.0)
    found = pain(strike, shares, shares, 0.61)
    assert found.level == strike[3]
    even = pain(strike[:6], shares[:6], shares[:6], 0.61)
    assert even.level == strike[3]


def test_multipliers_count() -> None:
    chain = [held(90.0, oi=1.0, multiplier=1_000.0), held(110.0, oi=9.0, put=True)]
    assert whole(columns(chain), SPOT).level == 90.0


@pytest.mark.parametrize("multiplier", [math.nan, 0.0, -100.0, math.inf])
def test_a_multiplier_that_is_none(multiplier: float) -> None:
    chain = columns([held(90.0, multiplier=multiplier), held(110.0, oi=1.0)])
    assert whole(chain, SPOT).call.tolist() == [0.0, 0.0]
    assert Book(chain, SPOT).pain().call.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "chain",
    [[], [held(100.0, oi=0.0)], [held(100.0, oi=math.nan)], [held(100.0, years=0.0)]],
    ids=["empty", "zero", "unknown", "expired"],
)
def test_nobody_holds_anything(chain: list[naive.Held]) -> None:
    assert whole(columns(chain), SPOT).level is None


def test_front_is_the_nearest_expiry_left() -> None:
    chain = columns(
        [held(90.0, dte=0, years=-0.001), held(95.0, dte=3), held(120.0, dte=30, oi=1e6)]
    )
    found = front(chain, SPOT)
    assert found is not None
    assert found.strike.tolist() == [95.0]
    assert front(columns([held(90.0, years=0.0)]), SPOT) is None


def test_by_expiry() -> None:
    chain = columns(
        [held(120.0, dte=30, oi=7.0), held(95.0, dte=3),
         held(90.0, dte=3, put=True, oi=5.0), held(90.0, dte=9, oi=math.nan)]
    )  # fmt: skip
    found = by_expiry(chain, SPOT)
    assert [(one.dte, one.level, one.total_oi) for one in found] == [
        (3, 95.0, 105.0), (9, None, None), (30, 120.0, 7.0)
    ]  # fmt: skip


def test_an_unusable_quote_is_still_held() -> None:
    chain = columns([held(90.0, usable=False, vol=math.nan, oi=5.0), held(100.0, oi=0.0)])
    assert whole(chain, SPOT).level == 90.0
