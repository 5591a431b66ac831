"""Paths: from open to close, and overnight to the next open."""

import numpy as np
import pytest

import markets
from opentape.market.calendar import SECOND_NS, session_of
from opentape.simulation.world.names import names_of
from opentape.simulation.world.paths import STEP_NS, Standing, overnight, walk

NAMES = names_of(markets.wanted())
SPOT = np.array([name.spot for name in NAMES])
OPEN = Standing(SPOT, np.ones(len(NAMES)))
SESSION = session_of(markets.DATE)


@pytest.fixture(scope="module")
def paths():
    return walk(NAMES, OPEN, SESSION, 7, 1)


def at(paths, ts):
    return paths.at(np.arange(len(NAMES)), np.full(len(NAMES), ts))


def test_a_session_begins_at_its_open_and_ends_at_its_close(paths):
    assert np.array_equal(at(paths, SESSION.start_ns)[0], SPOT)
    spot, level = at(paths, SESSION.end_ns)
    assert np.array_equal(spot, paths.close.spot)
    assert np.array_equal(level, paths.close.level)
    assert np.array_equal(paths.session_spot[:, -1], spot)
    # late prints see the close
    assert np.array_equal(at(paths, SESSION.end_ns + 600 * SECOND_NS)[0], spot)


def test_between_two_steps_the_path_is_straight(paths):
    start = SESSION.start_ns + 100 * STEP_NS
    first, last = at(paths, start)[0], at(paths, start + STEP_NS)[0]
    quarter = at(paths, start + STEP_NS // 4)[0]
    assert quarter == pytest.approx(0.75 * first + 0.25 * last)


def test_a_name_goes_its_own_way_whoever_else_is_there():
    alone = walk(NAMES[3:4], Standing(SPOT[3:4], np.ones(1)), SESSION, 7, 1)
    with_more = walk(NAMES, OPEN, SESSION, 7, 1)
    # jumps are drawn for all names at once
    quiet = np.abs(np.diff(np.log(alone.spot[0]))) < 0.002
    same = np.isclose(np.diff(alone.spot[0]), np.diff(with_more.spot[3]), rtol=0.02)
    assert same[quiet].mean() > 0.95


def test_spx_follows_spy_and_vix_goes_against_both(paths):
    moves = np.diff(np.log(paths.spot[:3]), axis=1)
    corr = np.corrcoef(moves)
    assert corr[0, 1] > 0.99
    assert corr[0, 2] < -0.5


def test_days_move_as_much_as_their_vols_say():
    moves = []
    for day in range(300):
        session = walk(NAMES[:2], Standing(SPOT[:2], np.ones(2)), SESSION, 7, day)
        opened = overnight(NAMES[:2], session.close, 7, day)
        moves.append(np.log(opened.spot / SPOT[:2]))
    vol = np.std(moves, axis=0) * np.sqrt(252)
    assert vol == pytest.approx([name.vol for name in NAMES[:2]], rel=0.15)


def test_vol_returns_overnight_to_its_usual_level():
    high = Standing(SPOT, np.full(len(NAMES), 2.0))
    calm, fear = overnight(NAMES, OPEN, 7, 9), overnight(NAMES, high, 7, 9)
    assert np.all(fear.level < 2.0 * 1.1)
    assert np.all(fear.level > calm.level)
