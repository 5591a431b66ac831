"""A session played from open to close: numbered, in order, with the truth beside."""

from collections import Counter

import numpy as np
import pytest

import markets
from opentape.market.calendar import SECOND_NS
from opentape.market.venues import MICS
from opentape.simulation.day import SNAPSHOT_NS, Slice, Snapshot, play
from opentape.simulation.records import STYLES

CENT = 10_000_000
CANCEL = STYLES.index("cancel")


@pytest.fixture(scope="module")
def long_day():
    """Enough prints that some are taken back."""
    return markets.played(markets.morning(60_000), 60_000)


def test_rows_are_numbered_in_order_of_time(day):
    assert day.delivered.sequence.tolist() == list(range(1, day.delivered.rows + 1))
    assert np.all(np.diff(day.delivered.ts_event) >= 0)
    start, end = day.session.scene.session
    assert start <= day.delivered.ts_event[0]
    assert day.delivered.ts_event[-1] <= end + 601 * SECOND_NS


def test_the_truth_stands_beside_its_row(day):
    assert np.array_equal(day.truth.sequence, day.delivered.sequence)
    for part in day.parts:
        if isinstance(part, Slice):
            assert np.array_equal(part.truth.sequence, part.delivered.sequence)
    assert np.array_equal(day.truth.style == CANCEL, ~day.prints)


@pytest.mark.parametrize("prints", [1, 2, 3, 17, 1_000, 20_000])
def test_there_are_as_many_prints_as_asked_for(prints):
    session = markets.morning(prints)
    made = markets.played(session, prints)
    again = made.prints & (made.delivered.letter == ord("D")) & (made.truth.style != CANCEL)
    # a print that is reported again after a cancel comes on top
    most = int((~made.prints).sum())
    assert 0 <= made.prints.sum() - prints <= min(most, again.sum())
    assert made.delivered.size.min() >= 1


def test_prints_have_what_a_print_needs(day):
    rows = day.delivered
    for column in (rows.price, rows.ask):
        assert column.min() >= CENT
    for column in (rows.price, rows.bid, rows.ask, rows.spot):
        assert np.all(column % CENT == 0)
    assert np.all(rows.bid < rows.ask)
    assert min(rows.bid_size.min(), rows.ask_size.min()) >= 1
    assert rows.venue.max() < len(MICS)
    assert np.all(rows.contract < day.session.listing.series)


def test_a_cancel_names_an_earlier_print_that_is_taken_back_once(long_day):
    rows, truth = long_day.delivered, long_day.truth
    cancels = np.flatnonzero(~long_day.prints)
    assert cancels.size > 5
    of = rows.cancels[cancels] - 1
    assert np.all(of < cancels)
    assert np.unique(of).size == of.size
    assert np.array_equal(np.flatnonzero(truth.busted), np.sort(of))
    for name in ("contract", "price", "size", "venue"):
        column = getattr(rows, name)
        assert np.array_equal(column[cancels], column[of])
    for name in ("parent", "package", "customer", "opens", "intent"):
        column = getattr(truth, name)
        assert np.array_equal(column[cancels], column[of])
    assert np.all(truth.aggressor[cancels] == 0)


def test_parents_and_packages_are_of_one_order_each(day):
    prints = day.prints
    rows = zip(
        day.truth.parent[prints].tolist(),
        day.delivered.contract[prints].tolist(),
        day.truth.package[prints].tolist(),
        strict=True,
    )
    of_parent, of_package = {}, {}
    for parent, contract, package in rows:
        assert of_parent.setdefault(parent, (contract, package)) == (contract, package)
        if package:
            of_package.setdefault(package, set()).add(parent)
    # parents of a slice are counted on from the one before
    assert min(of_parent) >= 1
    assert max(of_parent) == len(of_parent)
    assert sorted(of_package) == list(range(1, len(of_package) + 1))
    legs = Counter(parent for parents in of_package.values() for parent in parents)
    assert set(legs.values()) == {1}


def test_open_interest_is_what_its_prints_did(long_day):
    session = long_day.session
    change = np.zeros(session.listing.series, np.int64)
    np.add.at(change, long_day.delivered.contract, long_day.truth.oi_change)
    before, after = session.morning.open_interest, session.positions.open_interest
    assert np.array_equal(before + change, after)
    signs = np.where(long_day.prints, 1, -1)
    volume = np.zeros(session.listing.series, np.int64)
    np.add.at(volume, long_day.delivered.contract, signs * long_day.delivered.size)
    assert np.array_equal(volume, session.positions.volume)
    assert np.all(np.abs(change) <= volume)


@pytest.mark.parametrize("prints", [1, 5_000])
def test_the_same_bytes_whatever_the_threads(prints):
    one = markets.played(markets.morning(prints), prints, threads=1)
    two = markets.played(markets.morning(prints), prints, threads=2)
    for mine, its in zip(
        (*one.delivered, *one.truth), (*two.delivered, *two.truth), strict=True
    ):
        assert mine.dtype == its.dtype
        assert np.array_equal(mine, its)
    for mine, its in zip(one.parts, two.parts, strict=True):
        if isinstance(mine, Snapshot):
            assert all(np.array_equal(a, b) for a, b in zip(mine, its, strict=True))


def test_another_seed_or_date_is_another_day():
    base, seed = markets.morning(500), markets.morning(500, seed=8)
    date = markets.morning(500, date=markets.DATE.replace(day=20))
    tapes = [
        markets.played(one, 500).delivered.price.tobytes() for one in (base, seed, date)
    ]
    assert len(set(tapes)) == 3


def test_the_chain_is_seen_every_half_hour_as_it_stands(day):
    """Volume and last price are those of the prints before it."""
    series = day.session.listing.series
    volume, last = np.zeros(series, np.int64), np.zeros(series, np.int64)
    seen = []
    for part in day.parts:
        if isinstance(part, Slice):
            rows = part.delivered
            printed = rows.cancels == 0
            np.add.at(volume, rows.contract, np.where(printed, rows.size, -rows.size))
            for at, price in zip(
                rows.contract[printed].tolist(), rows.price[printed].tolist(), strict=True
            ):
                last[at] = price // CENT
            assert rows.rows == 0 or rows.ts_event[0] >= (seen[-1] if seen else 0)
        else:
            assert np.array_equal(part.volume, volume)
            assert np.array_equal(part.last, last)
            assert np.all(part.bid < part.ask)
            assert np.array_equal(part.bid_size == 0, part.bid == 0)
            seen.append(part.ts_ns)
    start, end = day.session.scene.session
    assert seen == list(range(start, end + 1, SNAPSHOT_NS))


def test_no_row_before_a_snapshot_is_later_than_it(day):
    latest = 0
    for part in day.parts:
        if isinstance(part, Slice) and part.delivered.rows:
            latest = int(part.delivered.ts_event[-1])
        elif isinstance(part, Snapshot):
            assert latest < part.ts_ns


def test_a_day_that_is_left_early_stops():
    session = markets.morning(5_000)
    parts = play(session.scene, 5_000, session.positions)
    assert isinstance(next(parts), Snapshot)
    assert isinstance(next(parts), Slice)
    parts.close()
