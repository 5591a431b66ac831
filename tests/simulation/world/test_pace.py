"""The pace of a day: a burst, a U, nothing after the close."""

import numpy as np
import pytest

import markets
from opentape.market.calendar import SECOND_NS, session_of
from opentape.simulation.world.pace import pace_of

SESSION = session_of(markets.DATE)


@pytest.fixture(scope="module")
def pace():
    return pace_of(SESSION, 7, 1)


def test_the_whole_day_arrives_within_the_session(pace):
    u = (np.arange(200_000) + 0.5) / 200_000
    ts = pace.arrivals(0.0, 1.0, u)
    assert SESSION.start_ns <= ts[0]
    assert ts[-1] < SESSION.end_ns
    assert np.all(np.diff(ts) >= 0)
    assert pace.share_at(SESSION.start_ns) == 0
    assert pace.share_at(SESSION.end_ns) == pytest.approx(1)


def test_shares_and_instants_are_inverse(pace):
    for share in (0.01, 0.3, 0.77):
        assert pace.share_at(pace.instant_at(share)) == pytest.approx(share, abs=1e-9)


def test_the_day_is_a_u_with_a_burst_at_the_bell(pace):
    def busy(start_s, seconds):
        start = SESSION.start_ns + start_s * SECOND_NS
        return pace.share_at(start + seconds * SECOND_NS) - pace.share_at(start)

    noon, first, last = busy(9_000, 1_800), busy(0, 1_800), busy(21_600, 1_800)
    assert first > 1.7 * noon
    assert last > 1.4 * noon
    tenth = pace.share_at(SESSION.start_ns + SECOND_NS // 10)
    assert tenth * 234_000 > 30  # against the mean tenth of a second


def test_half_days_end_at_one():
    short = session_of(markets.DATE.replace(year=2025, month=11, day=28))
    pace = pace_of(short, 7, 1)
    assert short.end_ns - short.start_ns == 3.5 * 3_600 * SECOND_NS
    assert pace.instant_at(1.0) <= short.end_ns
