"""What was planted is found, and nothing else is."""

import msgspec
import numpy as np
import pytest

from chances import dates, excess, market, watched
from opentape.desk.outcomes.columns import PARTS, TAGS
from opentape.desk.outcomes.estimate import estimate, holm
from opentape.desk.outcomes.moves import HORIZONS, follow
from opentape.desk.outcomes.outcomes import Outcome, Outcomes, outcomes
from opentape.flow.options import ScoreOptions

OPTIONS = ScoreOptions()
SESSIONS = 8


def asked(sessions) -> Outcomes:
    return outcomes(sessions, OPTIONS)


def row(reply: Outcomes, horizon: str, group: str = "all") -> Outcome:
    (found,) = (
        one for one in reply.outcomes if (one.group, one.horizon) == (group, horizon)
    )
    return found


@pytest.mark.parametrize("seed", range(3))
def test_an_edge_is_found_where_it_was_planted(seed: int) -> None:
    reply = asked(market(seed, 10, edge=0.4))
    assert row(reply, "30min").found
    assert row(reply, "30min").low_bps > 0
    assert sum(one.found for one in reply.outcomes if one.horizon == "30min") >= 5


def test_without_an_edge_hardly_ever_anything_is() -> None:
    replies = [asked(market(seed, SESSIONS)) for seed in range(40)]
    # of 40 with a chance of 1 in 200 each, 2 or more come once in 60 times
    assert sum(any(one.found for one in reply.outcomes) for reply in replies) <= 1
    # and no test alone is too sure of itself
    p = np.array([row(reply, "30min").p for reply in replies])
    assert (p < 0.05).sum() <= 6
    assert (p < 0.5).sum() >= 10


def test_a_star_is_what_is_left_among_all() -> None:
    reply = asked(market(0, 10, edge=0.4))
    known = [one for one in reply.outcomes if one.p is not None]
    assert [one.p_adjusted for one in known] == holm([one.p for one in known])
    assert {one.found for one in known if one.p_adjusted <= 0.005} == {True}
    alone = [one for one in known if one.p <= 0.05 and not one.found]
    assert alone, "cells that look good alone stay without a star"


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    found = [estimate(*excess(seed, 6)) for seed in range(60)]
    held = sum(one.low <= 0.0 <= one.high for one in found)
    # of 60 with a chance of 95 % each, fewer than 52 come once in 150 times
    assert held >= 52


def test_a_drift_that_anybody_could_have_had_is_no_edge() -> None:
    sessions = []
    for one in watched(3, SESSIONS):
        paths = {
            symbol: path._replace(
                price=path.price * np.exp(np.linspace(0.0, 0.02, path.price.size))
            )
            for symbol, path in one.paths.items()
        }
        bought = one.told._replace(direction=np.abs(one.told.direction))
        sessions.append(follow(one._replace(paths=paths, told=bought)))
    after = row(asked(sessions), "30min")
    assert after.move_bps > 10.0
    assert after.move_bps - after.control_bps == pytest.approx(after.excess_bps)
    assert after.low_bps <= 0.0 <= after.high_bps


def test_every_group_at_every_horizon_once() -> None:
    reply = asked(market(1, SESSIONS))
    groups = list(dict.fromkeys((one.by, one.group) for one in reply.outcomes))
    assert groups == [
        ("all", "all"),
        *(("score", name) for name in ("0-39", "40-69", "70-84", "85-100")),
        *(("tag", tag) for tag in TAGS),
        *(("component", part) for part in PARTS),
    ]
    assert len(reply.outcomes) == len(groups) * len(HORIZONS)
    assert reply.tests == sum(one.p is not None for one in reply.outcomes)
    assert (reply.first, reply.last) == (dates(SESSIONS)[0], dates(SESSIONS)[-1])


def test_members_are_those_that_have_it() -> None:
    sessions = market(1, SESSIONS)
    whales = TAGS.index("whale")
    kept = [
        one._replace(
            told=one.told._replace(
                direction=np.where(one.told.tags[:, whales], one.told.direction, 0).astype(
                    np.int8
                )
            )
        )
        for one in sessions
    ]
    # the others stay as controls
    assert row(asked(kept), "30min").excess_bps == pytest.approx(
        row(asked(sessions), "30min", "whale").excess_bps
    )


def test_moves_that_overlap_make_one_block() -> None:
    reply = asked(market(1, 20))
    blocks = {horizon.name: row(reply, horizon.name).blocks for horizon in HORIZONS}
    assert blocks == {
        "5min": 20,
        "30min": 20,
        "close": 20,
        "1session": 10,
        "3sessions": 5,
        "5sessions": 3,
    }
    assert row(reply, "3sessions").p is not None
    assert row(reply, "5sessions").p is None
    assert row(reply, "5sessions").excess_bps is not None


def test_no_number_is_made_up() -> None:
    assert asked([]).outcomes == ()
    alone = asked(market(1, 1))
    assert alone.signals > 0
    assert {one.excess_bps for one in alone.outcomes} == {None}
    assert alone.tests == 0
    for reply in (asked([]), alone, asked(market(1, 3))):
        assert b"NaN" not in msgspec.json.encode(reply)
        assert msgspec.json.decode(msgspec.json.encode(reply), type=Outcomes) == reply


def test_the_order_of_sessions_does_not_matter() -> None:
    sessions = market(2, SESSIONS)
    assert asked(sessions[::-1]) == asked(sessions)
