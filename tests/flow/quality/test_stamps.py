"""Stamps far from their place: each is named, and none that may be right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import markets
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.flow.quality.ledger import Ledger
from opentape.flow.quality.records import Kind
from opentape.flow.quality.stamps import NEAR, astray, last_of, set_right
from opentape.market.columns import PrintBatch

SECOND = 10**9
START = 1_779_370_200 * SECOND
NOTHING = np.empty(0, np.int64)
steps = st.lists(st.sampled_from([0, 1, 30, 600, 7_200]), min_size=20, max_size=60)


@given(steps=steps)
def test_a_tape_in_order_has_none(steps):
    ts = START + SECOND * np.cumsum(steps)
    assert not astray(ts, None, NOTHING).any()
    assert not astray(ts[5:], int(ts[4]), NOTHING).any()
    assert not astray(ts[:-5], None, ts[-5:]).any()


@given(seed=st.integers(0, 1 << 30), at=st.integers(3, 90), off=st.sampled_from([
    -32_400, -600, -90, 90, 600, 6_000]))  # fmt: skip
def test_one_that_is_far_off_is_named(seed, at, off):
    ts = START + SECOND * np.sort(np.random.default_rng(seed).integers(0, 20, 100))
    ts[at] += off * SECOND
    found = astray(ts, None, NOTHING)
    assert np.flatnonzero(found).tolist() == [at]
    assert abs(found[at] - off * SECOND) <= 20 * SECOND
    right = set_right(ts, found)
    assert right[at] == ts[at - 1]
    assert (np.diff(right) >= 0).all()


def test_the_last_row_is_told_once_some_have_followed():
    ts = START + SECOND * np.arange(20)
    ts[-1] += 3_600 * SECOND
    for behind in range(NEAR):
        more = START + SECOND * (20 + np.arange(behind))
        assert bool(astray(ts, None, more).any()) == (behind >= 3)
    assert last_of(ts) == ts[-3]
    assert last_of(ts[:-1]) == ts[-2]


def test_the_first_row_is_held_against_the_one_before():
    ts = START + SECOND * np.arange(20)
    ts[0] -= 3_600 * SECOND
    assert np.flatnonzero(astray(ts, START, NOTHING)).tolist() == [0]
    assert not astray(ts, None, NOTHING).any()


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    folder = markets.folder(tmp_path_factory.mktemp("stamps"), 3_000)
    found = open_tape([folder / "tape.parquet"])
    return PrintBatch.joined(list(found.batches())), found.contracts


@pytest.mark.slow
@pytest.mark.parametrize("order", ["as it came", "by time"])
@pytest.mark.parametrize("wait", [64, 8_192])
def test_rows_that_are_far_off_are_in_the_ledger_and_nothing_else_is(tape, order, wait):
    rows, contracts = tape
    off = {50: 3_000, 700: -28_000, 1_500: 6_000, 2_400: -27_000, 2_401: 900}
    ts = rows.ts_event.copy()
    for at, seconds in off.items():
        ts[at] += seconds * SECOND
    rows = rows._replace(ts_event=ts, row=np.arange(rows.rows))
    ledger = Ledger(contracts, late_after_ns=2 * SECOND, wait=wait)
    fold = Fold(contracts, watch=ledger)
    given_ = rows if order == "as it came" else rows.take(np.argsort(ts, kind="stable"))
    for first in range(0, rows.rows, 500):
        fold.push(given_.take(slice(first, first + 500)))
    view = ledger.view()
    mine = view.flaws[view.flaws["kind"] == Kind.WRONG_TIME]
    told = dict(zip(mine["row"].tolist(), (mine["value"] / SECOND).tolist(), strict=True))
    assert told.keys() == off.keys()
    assert all(abs(told[at] - off[at]) < 120 for at in off)
    assert not view.found.holes.size
    kinds = set(view.flaws["kind"].tolist())
    assert not kinds & {Kind.DISORDER, Kind.CLOCK_SKEW, Kind.GAP}
