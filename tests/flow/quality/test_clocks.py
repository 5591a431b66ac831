"""Clocks that are off: which venue, how far, and never one that may be right."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from opentape.flow.quality.clocks import skewed, skews
from opentape.flow.quality.records import NUMBERED, Kind

MS = 1_000_000
MINUTE = 60_000 * MS
START = 1_779_370_200_000_000_000


def rows(ts, venue):
    made = np.zeros(len(ts), NUMBERED)
    made["ts"], made["venue"] = ts, venue
    made["sequence"] = made["row"] = 1 + np.arange(len(ts))
    return made


def minute(seed, prints=400, venues=8):
    rng = np.random.default_rng(seed)
    ts = START + np.sort(rng.integers(0, MINUTE, prints))
    return ts, rng.integers(1, venues + 1, prints).astype(np.uint8)


@given(
    seed=st.integers(0, 1 << 30),
    off=st.dictionaries(
        st.integers(1, 8),
        st.integers(-1_500, 1_500).filter(lambda ms: abs(ms) > 600),
        max_size=2,
    ),
)
def test_venues_that_are_off_are_named_with_how_far(seed, off):
    ts, venue = minute(seed)
    stamped = ts + MS * np.array([off.get(one, 0) for one in venue.tolist()])
    found = {one.venue: one.ahead_ns / MS for one in skews(stamped, venue)}
    assert found.keys() == off.keys()
    # as close as prints stand to each other
    assert all(abs(found[one] - off[one]) < 450 for one in off)


@given(seed=st.integers(0, 1 << 30), ms=st.integers(-300, 300))
def test_a_clock_is_off_only_where_three_others_say_so(seed, ms):
    ts, venue = minute(seed, prints=60)
    stamped = ts + MS * np.where(venue == 3, ms, 0)
    against = 0
    for one in set(venue.tolist()) - {3}:
        both = (venue == 3) | (venue == one)
        against += bool((np.diff(stamped[both]) < 0).any())
    assert [one.venue for one in skews(stamped, venue)] == [3] * (against >= 3)


def test_a_tape_in_order_names_nobody():
    ts, venue = minute(1)
    assert skews(ts, venue) == []
    assert skewed(rows(ts, venue)).size == 0


def test_one_venue_alone_is_not_held_against_itself():
    ts, _ = minute(1)
    assert skews(ts[::-1], np.ones(ts.size, np.uint8)) == []


def test_each_minute_is_told_by_itself():
    parts = [minute(seed) for seed in range(3)]
    ts = np.concatenate([part[0] + at * MINUTE for at, part in enumerate(parts)])
    venue = np.concatenate([part[1] for part in parts])
    off = (venue == 2) & (ts >= START + MINUTE)
    found = skewed(rows(ts + 900 * MS * off, venue))
    assert set(found["kind"].tolist()) == {Kind.CLOCK_SKEW}
    assert set(found["venue"].tolist()) == {2}
    assert found["count"].sum() >= off.sum()
    assert (np.abs(found["value"] - 900 * MS) < 400 * MS).all()
