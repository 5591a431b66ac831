"""The ring answers as the whole log does, however far it reaches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapes
from opentape.flow.fold import Fold
from opentape.flow.records import PARENT
from opentape.flow.ring import Ring
from opentape.market.contract import Contracts


def parents_at(*times):
    parents = np.zeros(len(times), PARENT)
    parents["first_ts"] = times
    return parents


def test_the_oldest_leave_first():
    """Depth counts by underlying, and what left is owned up to."""
    parents = parents_at(5, 1, 3, 2, 4)
    ring = Ring(depth=3)
    ring.keep(parents, 0, np.array([0, 0, 0, 1, 0]))
    window = ring.window(parents, 0, 0, 10)
    assert parents["first_ts"][window.places].tolist() == [3, 4, 5]
    assert window.truncated
    assert window.oldest_ts == 3
    assert not ring.window(parents, 0, 3, 10).truncated
    assert ring.window(parents, 1, 0, 10).places.tolist() == [3]


def test_a_window_is_open_below_and_closed_above():
    """after < ts <= until."""
    parents = parents_at(1, 2, 3)
    ring = Ring()
    ring.keep(parents, 0, np.zeros(3, np.int64))
    assert ring.window(parents, 0, 1, 2).places.tolist() == [1]
    assert ring.window(parents, 7, 0, 9).oldest_ts is None


@pytest.mark.parametrize("depth", [1, 512])
@given(tape=tapes.tapes(most=30), cut=st.integers(0, 30), after=st.integers(-1, 8_000))
def test_windows_do_not_depend_on_depth(depth, tape, cut, after):
    """A ring of one and a ring of 512 lead to the same parents."""
    contracts = Contracts()
    batch = tapes.batch_of(tape, contracts)
    fold = Fold(contracts, ring=depth)
    after_ns = tapes.OPEN_NS + after * tapes.MS
    for part in (batch.take(slice(0, cut)), batch.take(slice(cut, None))):
        fold.push(part)
        for symbol in ("SPY", "SPX", "NVDA", "ZZZ"):
            places = fold.window(symbol, after_ns, tapes.OPEN_NS + 10**13)
            found = fold.day.parents[places]
            expected = [
                parent
                for parent in fold.day.book().parents
                if contracts[int(parent["contract"])].underlying == symbol
                and parent["first_ts"] > after_ns
            ]
            assert sorted(found["row"]) == sorted(parent["row"] for parent in expected)
            assert (np.diff(found["first_ts"]) >= 0).all()
