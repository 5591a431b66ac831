"""The book: every print against a plain Python twin, and what always adds up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.simulation.customers import book
from opentape.simulation.customers.book import Positions, Trades

CONTRACTS = 3


class Twin:
    """Positions kept by hand, one print at a time."""

    def __init__(self, held):
        self.long = [one for one, _ in held]
        self.short = [other for _, other in held]
        self.volume = [0] * len(held)
        self.last = [0] * len(held)

    def interest(self, at):
        long, short = self.long[at], self.short[at]
        bought = max(long, 0) + (-short if short < 0 else 0)
        sold = max(short, 0) + (-long if long < 0 else 0)
        return max(bought, sold)

    def change(self, at, side, lots, *, opens):
        before = self.interest(at)
        if side == 1:
            if opens:
                self.long[at] += lots
            else:
                self.short[at] -= lots
        if side == -1:
            if opens:
                self.short[at] += lots
            else:
                self.long[at] -= lots
        self.volume[at] += lots
        return self.interest(at) - before

    def print(self, at, side, lots, price, *, opens):
        could = {1: self.short[at], -1: self.long[at]}.get(side, 0)
        opens = opens or could < lots
        self.last[at] = price
        return opens, self.change(at, side, lots, opens=opens)


held = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
    min_size=CONTRACTS,
    max_size=CONTRACTS,
)
prints = st.lists(
    st.tuples(
        st.integers(0, CONTRACTS - 1),
        st.sampled_from([1, -1]),
        st.integers(1, 15),
        st.booleans(),
        st.one_of(st.none(), st.integers(1, 12)),  # rows until it is taken back
    ),
    max_size=25,
)


def rows_of(asked):
    """Prints and cancels in one order; a cancel names the place of its print."""
    due = [(place, None) for place in range(len(asked))]
    for place, (*_, after) in enumerate(asked):
        if after is not None:
            due.append((place + after + 0.5, place))
    return [
        (place if of is None else of, of) for place, of in sorted(due, key=lambda x: x[0])
    ]


def folded(positions, rows, asked, cut):
    """Fold rows in two slices, as a day does: the second may cancel prints of the first."""
    changes, opened, where = [], {}, {}
    for part in (rows[:cut], rows[cut:]):
        of_row = np.full(len(part), -1)
        opens = np.zeros(len(part), np.int8)
        for row, (place, of) in enumerate(part):
            if of is None:
                opens[row], where[place] = asked[place][3], (id(part), row)
            elif where[of][0] == id(part):
                of_row[row] = where[of][1]
            else:
                opens[row] = opened[of]
        columns = [asked[place] for place, _ in part]
        change = np.zeros(len(part), np.int32)
        signs = np.array([1 if of is None else -1 for _, of in part], np.int64)
        trades = Trades(
            contract=np.array([one[0] for one in columns], np.int32),
            size=np.array([one[2] for one in columns], np.int64) * signs,
            customer=np.array([one[1] for one in columns], np.int8),
            price=np.array([place + 1 for place, _ in part], np.int64),
            takes_back=of_row,
        )
        book.trade(positions, trades, opens, change)
        changes += change.tolist()
        for row, (place, of) in enumerate(part):
            if of is None:
                opened[place] = int(opens[row])
    return changes, opened


def positions_of(held):
    return book.empty(len(held))._replace(
        long=np.array([one for one, _ in held]),
        short=np.array([other for _, other in held]),
    )


@given(held, prints, st.integers(0, 50))
def test_the_kernel_is_its_twin(held, asked, cut):
    rows, twin = rows_of(asked), Twin(held)
    positions = positions_of(held)
    changes, opened = folded(positions, rows, asked, cut)
    expected, how = [], {}
    for place, of in rows:
        at, side, lots, opens, _ = asked[place]
        if of is None:
            how[place], change = twin.print(at, side, lots, place + 1, opens=opens)
        else:
            change = twin.change(at, side, -lots, opens=how[of])
        expected.append(change)
    assert changes == expected
    assert opened == how
    for column in Positions._fields:
        assert getattr(positions, column).tolist() == getattr(twin, column)


@given(held, prints, st.integers(0, 50))
def test_open_interest_adds_up(held, asked, cut):
    rows, positions = rows_of(asked), positions_of(held)
    before = Positions(*(column.copy() for column in positions))
    changes, _ = folded(positions, rows, asked, cut)
    kept = book.kept(before, positions)
    change = np.zeros(CONTRACTS, np.int64)
    np.add.at(change, [asked[place][0] for place, _ in rows], changes)
    moved = positions.open_interest - before.open_interest
    assert np.array_equal(moved, change)
    assert np.all(np.abs(moved) <= positions.volume)
    assert np.array_equal(
        moved[kept.contract], kept.next_open_interest - kept.open_interest
    )
    for long, short, interest in (
        (kept.customer_long, kept.customer_short, kept.open_interest),
        (kept.customer_long_close, kept.customer_short_close, kept.next_open_interest),
    ):
        assert np.all(np.minimum(long, short) >= 0)
        assert np.array_equal(np.maximum(long, short), interest)
    net = kept.customer_long_close - kept.customer_short_close
    assert np.array_equal(net, (positions.long - positions.short)[kept.contract])


def test_what_closed_against_a_busted_opening_opened_the_other_side():
    asked = [(0, 1, 10, True, 2), (0, -1, 10, False, None)]
    positions = positions_of([(0, 0)])
    changes, opened = folded(positions, rows_of(asked), asked, 50)
    assert opened == {0: 1, 1: 0}
    assert changes == [10, -10, 10]
    assert [side.tolist() for side in positions.sides] == [[0], [10]]


def test_what_nobody_held_or_traded_is_not_kept():
    before = positions_of([(0, 0), (3, 1), (0, 0)])
    after = positions_of([(0, 0), (3, 1), (0, 0)])
    # its only print was taken back
    after.last[2] = 4
    assert book.kept(before, after).contract.tolist() == [1, 2]


def test_the_market_is_first_met_with_some_nine_days_of_volume_held():
    usual = np.random.default_rng(3).random(5_000)
    opened = book.opening(usual, 100_000, np.random.default_rng(7))
    assert opened.open_interest.sum() == pytest.approx(900_000, rel=0.01)
    assert 0.75 < (opened.open_interest > 0).mean() < 0.85
    assert min(opened.long.min(), opened.short.min()) == 0
    assert opened.volume.sum() == 0
