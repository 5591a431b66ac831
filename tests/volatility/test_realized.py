"""Realised vol, where an implied one stands, and what a spread between them is called."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.volatility.premium import Assessment, PremiumOptions, assess
from opentape.volatility.rank import RankOptions, rank
from opentape.volatility.realized import close_to_close, log_returns
from volatility import naive

prices = st.floats(0.01, 1e5)
odd = st.sampled_from([math.nan, 0.0, -1.0, math.inf])
closes = st.lists(st.one_of(prices, prices, prices, odd), max_size=70)


@given(closes, st.sampled_from([1, 2, 5, 10, 20, 30, 60]))
def test_realised_vol_is_that_of_its_twin(given, sessions):
    clean = [math.nan if math.isinf(one) else one for one in given]
    expected = naive.realized(clean, sessions)
    found = close_to_close(np.array(given), sessions)
    if expected is None:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.floats(0.5, 2.0), st.integers(3, 60), prices)
def test_a_steady_climb_has_no_vol(growth, days, first):
    """The mean is taken out: it is the deviation of a sample, not of zero."""
    steady = first * growth ** np.arange(days + 1)
    assert close_to_close(steady, days) == pytest.approx(0.0, abs=1e-6)


def test_a_known_path():
    """Returns of +1 %, -1 %, +1 %, -1 % and so on: deviation by hand."""
    path = 100.0 * np.exp(np.array([0.0, 0.01] * 10 + [0.0]))
    by_hand = 0.01 * math.sqrt(20 / 19) * math.sqrt(252)
    assert close_to_close(path, 20) == pytest.approx(by_hand)


def test_only_the_last_sessions_count():
    calm = np.full(30, 100.0)
    wild = np.concatenate([np.array([50.0, 200.0, 10.0]), calm])
    assert close_to_close(wild, 20) == 0.0
    assert math.isnan(close_to_close(calm[:20], 20))


def test_returns_stop_at_a_close_that_is_none():
    found = log_returns(np.array([1.0, -1.0, 1.0, math.e]))
    assert np.isnan(found).tolist() == [True, True, False]
    assert found[2] == 1.0


vols = st.floats(0.01, 3.0)
pasts = st.one_of(
    st.lists(st.one_of(vols, st.just(math.nan)), max_size=300),
    st.lists(st.sampled_from([0.2, 0.3, math.nan]), min_size=50, max_size=300),
    st.integers(55, 300).map(lambda count: [0.2] * count),
)


@given(st.one_of(vols, st.sampled_from([0.2, 0.3, math.nan])), pasts)
def test_rank_is_that_of_its_twin(now, past):
    expected = naive.rank(now, past)
    found = rank(now, np.array(past, np.float64))
    if expected is None:
        assert np.isnan(found).all()
    else:
        assert found == pytest.approx(expected)
        assert 0 <= found.rank <= 100
        assert 0 <= found.percentile <= 100


def test_rank_by_hand():
    """Sixty days: half at 10 %, half at 30 %."""
    past = np.repeat([0.1, 0.3], 30)
    assert rank(0.2, past) == (pytest.approx(50.0), 50.0)
    assert rank(0.15, past) == (pytest.approx(25.0), 50.0)
    assert rank(0.1, past) == (0.0, 0.0)
    assert rank(0.5, past) == (100.0, 100.0)
    assert np.isnan(rank(0.2, past[1:])).all()
    assert rank(0.2, np.full(60, 0.2)) == (50.0, 0.0)


def test_a_year_is_looked_back_on():
    past = np.concatenate([[9.0], np.linspace(0.1, 0.2, 252)])
    assert rank(0.2, past).rank == 100.0
    assert rank(0.2, past, RankOptions(sessions=253)).rank < 2.0


@pytest.mark.parametrize(
    ("spread", "word"),
    [
        (40.0, "very_high_premium"),
        (10.0, "very_high_premium"),
        (9.99, "healthy_premium"),
        (5.0, "healthy_premium"),
        (2.0, "moderate_premium"),
        (1.99, "thin_premium"),
        (0.0, "thin_premium"),
        (-0.01, "negative_spread"),
        (-4.99, "negative_spread"),
        (-5.0, "danger_zone"),
    ],
)
def test_words_of_a_spread(spread, word):
    assert assess(spread) == word


def test_no_word_without_a_spread():
    assert assess(math.nan) is None
    assert assess(3.0, PremiumOptions(very_high=3.0)) is Assessment.VERY_HIGH
