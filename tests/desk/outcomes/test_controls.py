"""A control is a like trade of another session, and every one of them counts once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chances import watched
from opentape.desk.outcomes.controls import SIZES, TIME_NS, cells, elsewhere


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(0, 4),
            st.sampled_from([1.0, -2.5, 7.0, float("nan")]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_it_is_the_mean_over_the_others(rows) -> None:
    cell, session, move = (np.array(column) for column in zip(*rows, strict=True))
    found = elsewhere(move, cell, session)
    for at in range(len(rows)):
        like = (cell == cell[at]) & (session != session[at]) & ~np.isnan(move)
        expected = move[like].mean() if like.any() else np.nan
        assert found[at] == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_like_is_underlying_half_hour_and_size() -> None:
    one = watched(1, 1)[0]
    told, open_ns = one.told, one.hours.start_ns
    found = cells(told, open_ns)
    for at, (symbol, ts_ns, size) in enumerate(
        zip(told.symbol, told.ts_ns, told.size, strict=True)
    ):
        place = sum(size >= least for least in SIZES)
        assert found[at] == f"{symbol}/{(ts_ns - open_ns) // TIME_NS}/{place}"
