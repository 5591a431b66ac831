import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.money import MAX_PRICE, NANOS, UNKNOWN, dollars, nanos

AMOUNTS = st.integers(-MAX_PRICE + 1, MAX_PRICE - 1)


@given(st.lists(AMOUNTS, max_size=20))
def test_nine_decimals_are_exact(amounts: list[int]) -> None:
    """A float64 that was written with nine decimals is the number that was written."""
    written = [float(Decimal(amount) / NANOS) for amount in amounts]
    assert nanos(np.array(written)).tolist() == amounts
    assert nanos(dollars(np.array(amounts, np.int64))).tolist() == amounts


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf, 1e6, -1e6, 1e300])
def test_what_is_no_price_is_unknown(given: float) -> None:
    assert nanos(given).tolist() == UNKNOWN
    assert nanos(np.array([1.5, given])).tolist() == [1_500_000_000, UNKNOWN]


@given(st.integers(0, 20_000_000))
def test_float32_holds_four_decimals(ticks: int) -> None:
    """Up to $800, past which a float32 is coarser than a tick of $0.0001."""
    tenths = ticks % 8_000_000
    assert nanos(np.float32(tenths / 1e4)).tolist() == tenths * 100_000


def test_shapes_are_kept() -> None:
    assert nanos(np.ones((2, 3))).shape == (2, 3)
    assert nanos(np.empty(0)).size == 0
    assert nanos([1, 2]).tolist() == [NANOS, 2 * NANOS]


def test_unknown_is_nan_in_dollars() -> None:
    assert np.isnan(dollars(np.array([UNKNOWN, 0]))).tolist() == [True, False]
