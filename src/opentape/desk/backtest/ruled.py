"""What came after the signals that rules took, beside like trades of other sessions."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.outcomes.columns import Emitted, Told, Watched, told
from opentape.desk.outcomes.groups import Group, groups, joined
from opentape.desk.outcomes.moves import HORIZONS, Followed, follow
from opentape.desk.outcomes.outcomes import Mask, Outcome, measured, tested
from opentape.flow.options import ScoreOptions

HORIZON_NAMES: Final = tuple(one.name for one in HORIZONS)
_SHOWN: Final = ("score", "component")


class Fired(NamedTuple):
    """A signal that a rule took."""

    rule: int
    """Place of the rule among all."""
    ts_ns: int
    """When it took it."""
    key: str
    """Tells the signal from all others."""
    signal: Emitted


class Sitting(NamedTuple):
    """One session, and what rules took in it."""

    followed: Followed
    """What was told in it first, then what rules took."""
    fired: Sequence[Fired]
    """In the order of time."""

    @property
    def told(self) -> int:
        """How much was told, whether a rule took it or not."""
        return self.followed.told.rows - len(self.fired)


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """The answer about some rules over some sessions."""

    first: dt.date | None = None
    """Trade date of the first session; null where there is none."""
    last: dt.date | None = None
    """Of the last one."""
    sessions: int
    """In which something was told."""
    signals: int
    """That were told, whether a rule took them or not."""
    alerts: int
    """Signals that a rule took, each once a rule."""
    horizon: str
    """Rules are ordered by what came this long after them."""
    tests: int
    """Rows that have a `p`."""
    outcomes: tuple[Outcome, ...]
    """``rule`` first, the best first, then what any of them took by score and by
    component."""


def sitting(watched: Watched, fired: Sequence[Fired]) -> Sitting:
    """Return a session, what rules took of it in the order of time, and what came after."""
    taken = told([one.signal for one in fired], [one.ts_ns for one in fired])
    both = watched._replace(told=joined([watched.told, taken]))
    return Sitting(follow(both), fired)


def backtest(
    sittings: Sequence[Sitting],
    rules: Sequence[str],
    options: ScoreOptions,
    horizon: str = "30min",
) -> Backtest:
    """Return what came after what rules took.

    Parameters
    ----------
    rules
        Their names.
    horizon
        By which they are ordered: the low end of the interval of the excess, the excess
        itself where there is none.
    """
    sittings = sorted(sittings, key=lambda one: one.followed.date)
    if not sittings:
        return Backtest(
            sessions=0, signals=0, alerts=0, horizon=horizon, tests=0, outcomes=()
        )
    sessions = [one.followed for one in sittings]
    every = joined([one.told for one in sessions])
    rule = np.concatenate([_rules(one) for one in sittings])
    once = np.concatenate([_once(one) for one in sittings])
    found = [*measured(sessions, every, rule < 0, rule >= 0)]
    by_rule = [Group("rule", name, rule == at) for at, name in enumerate(rules)]
    rows = tested([*by_rule, *_shared(every, once, options)], found)
    return Backtest(
        first=sessions[0].date,
        last=sessions[-1].date,
        sessions=len(sessions),
        signals=int(np.count_nonzero(rule < 0)),
        alerts=int(np.count_nonzero(rule >= 0)),
        horizon=horizon,
        tests=sum(row.p is not None for row in rows),
        outcomes=tuple(_ranked(rows, horizon)),
    )


def _rules(one: Sitting) -> NDArray[np.int64]:
    """Return of each row the place of its rule, -1 of what was told."""
    taken = np.array([fired.rule for fired in one.fired], np.int64)
    return np.concatenate([np.full(one.told, -1, np.int64), taken])


def _once(one: Sitting) -> Mask:
    """Return which rows are the first that any rule took of a signal."""
    seen = set[str]()
    first = [not (fired.key in seen or seen.add(fired.key)) for fired in one.fired]
    return np.concatenate([np.zeros(one.told, np.bool_), np.array(first, bool)])


def _shared(every: Told, once: Mask, options: ScoreOptions) -> Iterator[Group]:
    """Yield the groups of what any rule took, each signal once."""
    for group in groups(every, options):
        if group.by in _SHOWN:
            yield group._replace(members=group.members & once)


def _ranked(rows: Sequence[Outcome], horizon: str) -> list[Outcome]:
    """Return the rows with those of the best rule first, all else as it was."""
    at = {
        row.group: _rank(row) for row in rows if (row.by, row.horizon) == ("rule", horizon)
    }
    rules = [row for row in rows if row.by == "rule"]
    ordered = sorted(rules, key=lambda row: at[row.group], reverse=True)
    return [*ordered, *(row for row in rows if row.by != "rule")]


def _rank(row: Outcome) -> tuple[float, float]:
    least = -np.inf
    low = least if row.low_bps is None else row.low_bps
    return low, least if row.excess_bps is None else row.excess_bps
