"""Rules are ranked by what came after, and each row is what it says."""

import numpy as np
import pytest

from chances import watched
from opentape.desk.backtest.ruled import Backtest, Fired, backtest, sitting
from opentape.desk.outcomes.columns import PARTS, TAGS, Recalled, Watched
from opentape.desk.outcomes.moves import HORIZONS, follow
from opentape.desk.outcomes.outcomes import outcomes
from opentape.flow.options import ScoreOptions
from opentape.flow.signal import ScoreBreakdown

OPTIONS = ScoreOptions()
INTENTS = {0: "neutral", 1: "bullish", -1: "bearish"}


def fired(session: Watched, rule: int, rows, later_ns: int = 0) -> list[Fired]:
    """Signals of a session that a rule takes, as many seconds later."""
    told, found = session.told, []
    for row in rows:
        signal = Recalled(
            str(told.symbol[row]),
            INTENTS[int(told.direction[row])],
            int(told.size[row]),
            int(told.score[row]),
            tuple(tag for tag, has in zip(TAGS, told.tags[row], strict=True) if has),
            ScoreBreakdown(**dict(zip(PARTS, told.parts[row].tolist(), strict=True))),
        )
        key = f"{session.date}-{row}"
        found.append(Fired(rule, int(told.ts_ns[row]) + later_ns, key, signal))
    return found


def row(reply: Backtest, group: str, horizon: str = "30min"):
    (found,) = (
        one for one in reply.outcomes if (one.group, one.horizon) == (group, horizon)
    )
    return found


def rules(reply: Backtest) -> list[str]:
    return list(dict.fromkeys(one.group for one in reply.outcomes if one.by == "rule"))


def by_knowledge(seed: int, edge: float) -> Backtest:
    """Two halves of a market: a rule takes those who may know, another the rest."""
    knows, others = watched(seed, 10, edge=edge), watched(seed, 10)
    sittings = []
    for one, other in zip(knows, others, strict=True):
        rows = [int(at) for at in np.flatnonzero(one.told.size > 100)]
        rest = [int(at) for at in np.flatnonzero(other.told.size > 100)]
        sittings.append(sitting(one, [*fired(other, 0, rest), *fired(one, 1, rows)]))
    return backtest(sittings, ["noise", "planted"], OPTIONS)


@pytest.mark.parametrize("seed", range(3))
def test_the_planted_rule_comes_first(seed: int) -> None:
    reply = by_knowledge(seed, 0.5)
    assert rules(reply) == ["planted", "noise"]
    assert row(reply, "planted").found
    assert not row(reply, "noise").found


def test_a_rule_that_takes_all_is_what_all_came_to() -> None:
    sessions = watched(5, 6)
    sittings = [sitting(one, fired(one, 0, range(one.told.rows))) for one in sessions]
    reply, every = (
        backtest(sittings, ["all"], OPTIONS),
        outcomes([follow(one) for one in sessions], OPTIONS),
    )
    assert reply.alerts == reply.signals == every.signals
    for horizon in HORIZONS:
        mine = row(reply, "all", horizon.name)
        (its,) = (
            one for one in every.outcomes if one.by == "all" and one.horizon == horizon.name
        )
        for name in ("signals", "blocks", "move_bps", "control_bps", "excess_bps", "p"):
            assert getattr(mine, name) == pytest.approx(getattr(its, name)), name
    # by score and component each signal counts once, as there
    for one in every.outcomes:
        if one.by in {"score", "component"}:
            assert row(reply, one.group, one.horizon).signals == one.signals


def test_a_signal_that_two_rules_take_counts_once_by_score() -> None:
    sessions = watched(6, 6)
    sittings = [
        sitting(one, [*fired(one, 0, [3, 4]), *fired(one, 1, [4, 5, 6], 10**9)])
        for one in sessions
    ]
    reply = backtest(sittings, ["a", "b"], OPTIONS)
    assert reply.alerts == 5 * 6
    by_score = [one for one in reply.outcomes if one.by == "score"]
    both = sum(row(reply, name, "5min").signals for name in "ab")
    once = sum(one.signals for one in by_score if one.horizon == "5min")
    shared = sum(int(one.told.direction[4] != 0) for one in sessions)
    assert both - shared <= once < both


def test_other_horizons_order_otherwise() -> None:
    sessions = watched(7, 6, edge=0.9)
    sittings = [
        sitting(one, [*fired(one, 0, range(40)), *fired(one, 1, range(40, 80))])
        for one in sessions
    ]
    for horizon in (one.name for one in HORIZONS):
        reply = backtest(sittings, ["a", "b"], OPTIONS, horizon)
        best, worst = (row(reply, name, horizon) for name in rules(reply))
        if best.low_bps is not None:
            assert best.low_bps >= worst.low_bps
        assert reply.horizon == horizon


def test_no_sessions_and_no_alerts() -> None:
    nothing = backtest([], ["a"], OPTIONS)
    assert (nothing.sessions, nothing.outcomes) == (0, ())
    silent = backtest([sitting(one, []) for one in watched(1, 2)], ["a"], OPTIONS)
    assert silent.alerts == 0
    assert row(silent, "a").excess_bps is None
    assert row(silent, "a").signals == 0
