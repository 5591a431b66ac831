"""Sessions one after the other: what one leaves is what the next begins with."""

import datetime as dt
import itertools

import numpy as np
import pytest

import markets
from opentape.simulation.market import following, sessions


@pytest.fixture(scope="module")
def three():
    """Thursday, Friday the 15th that settles SPX in the morning, and Monday."""
    return markets.days(3, date=dt.date(2026, 5, 14))


def interest(listing, open_interest):
    """Open interest of what anybody holds, by symbol."""
    held = np.flatnonzero(open_interest > 0).tolist()
    return {listing.contracts[at].symbol: int(open_interest[at]) for at in held}


def test_sessions_follow_each_other(three):
    dates = [day.session.date for day in three]
    assert dates == [dt.date(2026, 5, 14), dt.date(2026, 5, 15), dt.date(2026, 5, 18)]
    assert following(dt.date(2026, 5, 22)) == dt.date(2026, 5, 26)


def test_the_next_morning_has_what_was_settled(three):
    for before, after in itertools.pairwise(three):
        lives = before.session.lives_on()
        settled = np.where(lives, before.positions.open_interest, 0)
        assert interest(before.session.listing, settled) == interest(
            after.session.listing, after.session.morning.open_interest
        )


def test_customers_keep_both_sides(three):
    for before, after in itertools.pairwise(three):
        lives = before.session.lives_on()
        for side, its in zip(
            before.positions.sides, after.session.morning.sides, strict=True
        ):
            kept = np.where(lives & (before.positions.open_interest > 0), side, 0)
            assert interest(before.session.listing, kept) == interest(
                after.session.listing, its
            )


def test_what_expired_is_gone(three):
    for before, after in itertools.pairwise(three):
        listing = before.session.listing
        today = listing.contracts.expiry_days == listing.contracts.expiry_days.min()
        assert not before.session.lives_on()[today].any()
        assert all(
            contract.expiry >= after.session.date
            for contract in map(after.contract, range(0, after.session.listing.series, 97))
        )


def test_what_settles_tomorrow_morning_does_not_live_on(three):
    first = three[0].session
    lives = first.lives_on()
    gone = {
        first.listing.contracts[at].root
        for at in np.flatnonzero(~lives).tolist()
        if first.listing.contracts[at].expiry == dt.date(2026, 5, 15)
    }
    assert gone == {"SPX"}


def test_every_contract_that_is_held_stays_listed(three):
    for day in three:
        assert len(day.session.listing.contracts) == day.session.listing.series


def test_spots_go_on_where_they_closed(three):
    for before, after in itertools.pairwise(three):
        close = before.session.scene.paths.close
        opened = after.session.scene.paths.spot[:, 0]
        gap = np.abs(np.log(opened / close.spot))
        assert np.all(gap < 0.25)
        assert np.all(gap > 0)


def test_the_history_grows_by_the_session(three):
    for before, after in itertools.pairwise(three):
        past, paths = after.session.past, before.session.scene.paths
        assert past.day[-1] == (before.session.date - dt.date(1970, 1, 1)).days
        assert past.close[-1] == pytest.approx(paths.close.spot, abs=0.006)
        assert np.all(past.low[-1] <= past.close[-1])
        assert np.all(past.high[-1] >= past.open[-1])
        assert past.day.size == before.session.past.day.size


def test_vix_expires_between_sessions():
    days = markets.days(3, 500, date=dt.date(2026, 6, 16), symbols=("VIX",))
    roots = [
        {contract.root for contract in map(day.contract, range(day.session.listing.series))
         if contract.expiry == dt.date(2026, 6, 17)}
        for day in days
    ]  # fmt: skip
    assert roots == [{"VIX"}, set(), set()]


def test_the_first_day_alone_is_the_first_of_several(three):
    alone = markets.morning(6_000, date=dt.date(2026, 5, 14))
    assert np.array_equal(
        alone.morning.open_interest, three[0].session.morning.open_interest
    )
    played = markets.played(alone, 6_000)
    assert np.array_equal(played.delivered.price, three[0].delivered.price)


@pytest.mark.long
def test_many_names_over_an_expiry_friday():
    """Cheap names too have strikes on the day on which they expire."""
    every = sessions(
        markets.wanted(300, symbols=(), names=120, date=dt.date(2026, 5, 21)), 3
    )
    for session in every:
        assert np.diff(session.listing.block_start).min() > 3
        made = markets.played(session, 300)
        assert len(session.listing.contracts) == session.listing.series
        assert made.prints.sum() >= 300
