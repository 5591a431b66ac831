"""Made-up markets: random walks with a common factor, signals that may know or not."""

import datetime as dt

import numpy as np

from opentape.desk.outcomes.columns import PARTS, TAGS, Path, Told, Watched
from opentape.desk.outcomes.controls import elsewhere
from opentape.desk.outcomes.estimate import block_means
from opentape.desk.outcomes.moves import (
    HORIZONS,
    Followed,
    follow,
    moves,
    session_numbers,
)
from opentape.flow.options import ScoreOptions
from opentape.market.calendar import SECOND_NS, is_session, session_of

__all__ = ["block_means", "dates", "excess", "market", "watched"]

SYMBOLS = ("SPY", "QQQ", "NVDA", "TSLA")
STEP_NS = 30 * SECOND_NS
SIGNALS = 300
"""A session."""


def dates(count: int) -> list[dt.date]:
    """So many sessions, one after the other."""
    days = (dt.date(2026, 1, 5) + dt.timedelta(days=at) for at in range(2 * count + 10))
    return [day for day in days if is_session(day)][:count]


def market(seed: int, sessions: int, edge: float = 0.0) -> list[Followed]:
    """Make sessions as `watched` does, followed."""
    return [follow(one) for one in watched(seed, sessions, edge)]


def watched(seed: int, sessions: int, edge: float = 0.0) -> list[Watched]:
    """Make sessions whose flow leans one way or the other, by session and by underlying.

    Prices have fat tails, a common factor and a drift. Of the signals, a share `edge`
    knows where the price will be in half an hour.
    """
    rng = np.random.default_rng(seed)
    last = np.log(rng.uniform(50.0, 500.0, len(SYMBOLS)))
    found = []
    for date in dates(sessions):
        hours = session_of(date)
        steps = int((hours.end_ns - hours.start_ns) // STEP_NS) + 1
        common = rng.standard_t(4, steps)[:, None]
        own = rng.standard_t(4, (steps, len(SYMBOLS)))
        move = 2e-4 * (common + own * rng.uniform(0.5, 1.5)) + 3e-6
        path = last + np.cumsum(move, axis=0)
        last = path[-1] + 5e-3 * rng.standard_normal(len(SYMBOLS))
        ts_ns = hours.start_ns + STEP_NS * np.arange(steps)
        paths = {
            symbol: Path(ts_ns, np.exp(path[:, at])) for at, symbol in enumerate(SYMBOLS)
        }
        found.append(Watched(date, hours, _told(rng, ts_ns, path, edge), paths))
    return found


def _told(rng, ts_ns, path, edge: float) -> Told:
    rows = int(rng.integers(SIGNALS // 2, 2 * SIGNALS))
    symbol, at = rng.integers(0, len(SYMBOLS), rows), rng.integers(0, ts_ns.size - 1, rows)
    lean = 0.3 * rng.standard_normal() + 0.3 * rng.standard_normal(len(SYMBOLS))[symbol]
    direction = np.where(0.2 + lean + rng.standard_normal(rows) > 0, 1, -1)
    later = np.minimum(at + 60, ts_ns.size - 1)
    comes = np.sign(path[later, symbol] - path[at, symbol])
    direction = np.where((rng.random(rows) < edge) & (comes != 0), comes, direction)
    most = np.array(ScoreOptions().points())
    parts = rng.integers(0, most + 1, (rows, len(PARTS)))
    return Told(
        ts_ns=ts_ns[at] + rng.integers(0, STEP_NS, rows),
        symbol=np.array(SYMBOLS)[symbol],
        direction=(direction * (rng.random(rows) < 0.7)).astype(np.int8),
        size=rng.choice([100, 300, 2_000], rows),
        score=parts.sum(axis=1),
        parts=parts,
        tags=rng.random((rows, len(TAGS))) < 0.3,
    )


def excess(seed: int, sessions: int, horizon: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The excess after each signal of a market without an edge, and its session."""
    followed = market(seed, sessions)
    numbers = session_numbers([one.date for one in followed])
    session = np.repeat([*numbers.values()], [one.told.rows for one in followed])
    after = moves(followed, numbers)[:, horizon]
    names = np.concatenate([one.told.symbol for one in followed])
    control = elsewhere(after, np.unique(names, return_inverse=True)[1], session)
    sign = np.concatenate([one.told.direction for one in followed])
    counts = (sign != 0) & np.isfinite(after) & np.isfinite(control)
    assert HORIZONS[horizon].name == "30min"
    return (sign * (after - control))[counts], session[counts]
