"""A session counts once; few sessions say little; many questions cost certainty."""

import numpy as np
import pytest

from opentape.desk.outcomes.estimate import FEWEST, estimate, holm
from opentape.desk.outcomes.student import critical


def test_a_block_counts_once_however_much_is_in_it() -> None:
    value = np.array([1.0] * 50 + [3.0] + [5.0, 7.0] + [2.0] + [4.0])
    block = np.array([9] * 50 + [3] + [4, 4] + [5] + [7])
    found = estimate(value, block)
    means = np.array([1.0, 3.0, 6.0, 2.0, 4.0])
    away = critical(0.05, 4) * means.std(ddof=1) / np.sqrt(5)
    assert found.mean == pytest.approx(means.mean())
    assert found.blocks == 5
    assert (found.low, found.high) == pytest.approx((3.2 - away, 3.2 + away))
    assert 0.01 < found.p < 0.05
    assert found.low > 0.0


@pytest.mark.parametrize("value", [np.arange(FEWEST - 1.0), np.ones(30)])
def test_where_nothing_can_be_said_nothing_is(value: np.ndarray) -> None:
    found = estimate(value, np.arange(value.size))
    assert found.mean == value.mean()
    assert found.low is found.high is found.p is None


def test_the_interval_and_the_probability_agree() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        blocks = int(rng.integers(5, 20))
        found = estimate(rng.standard_normal(blocks) + rng.normal(), np.arange(blocks))
        assert (found.low <= 0.0 <= found.high) == (found.p >= 0.05)


def test_holm_as_in_the_books() -> None:
    assert holm([0.01, None, 0.04, 0.03, 0.005]) == pytest.approx(
        [0.03, None, 0.06, 0.06, 0.02]
    )
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
