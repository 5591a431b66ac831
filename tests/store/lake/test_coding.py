"""Integers come back to the last bit, whatever they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.money import UNKNOWN
from opentape.store.lake.coding import Coding, restore, smaller

LEAST, MOST = -(2**63), 2**63 - 1
edges = st.sampled_from([LEAST, LEAST + 1, LEAST + 2, -1, 0, 1, MOST - 1, MOST])
integers = st.one_of(edges, st.integers(LEAST, MOST))
cents = st.integers(1, 10**6).map(lambda count: count * 10_000_000)
columns = st.one_of(
    st.lists(st.one_of(cents, st.just(UNKNOWN)), max_size=20),
    st.lists(integers, max_size=20),
    st.lists(st.just(UNKNOWN), max_size=3),
)


@given(values=columns, bases=columns, based=st.booleans())
def test_there_and_back(*, values, bases, based: bool) -> None:
    column = np.array(values, np.int64)
    base = np.resize(np.array([*bases, 0], np.int64), column.size) if based else None
    before = column.copy()
    stored, coding = smaller(column, base)
    assert np.array_equal(column, before)
    again = stored.copy()
    restore(again, base, coding)
    assert again.tolist() == values


def test_money_becomes_cents_from_0() -> None:
    price = np.array([1_250_000_000, 30_000_000, 410_000_000], np.int64)
    bid = np.array([1_240_000_000, UNKNOWN, 410_000_000], np.int64)
    stored, coding = smaller(price, None)
    assert stored.tolist() == [122, 0, 38]
    assert coding == Coding(unit=10_000_000, low=3, unknown=False)
    stored, coding = smaller(bid, price)
    assert stored.tolist() == [1, 0, 2]
    assert coding == Coding(unit=10_000_000, low=-2, unknown=True)
