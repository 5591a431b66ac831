"""Outcomes: forward moves after signals, less those after like trades of other sessions."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from opentape.desk.outcomes.columns import Told
from opentape.desk.outcomes.controls import elsewhere
from opentape.desk.outcomes.estimate import FAMILY, block_means, estimate, holm
from opentape.desk.outcomes.groups import Group, groups, joined
from opentape.desk.outcomes.moves import HORIZONS, Followed, moves, session_numbers
from opentape.flow.options import ScoreOptions

Mask = NDArray[np.bool_]


class Outcome(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What came after one group of signals, at one horizon.

    Moves are in the direction of each signal, basis points of the underlying's price when
    it was told, as means over sessions.
    """

    by: str
    """``all``, ``score``, ``tag`` or ``component``."""
    group: str
    """Which score, tag or component."""
    horizon: str
    """``5min``, ``30min``, ``close``, ``1session``, ``3sessions`` or ``5sessions``."""
    signals: int = 0
    """With a direction, a known move and a control."""
    blocks: int = 0
    """Of sessions that have any, as many together as one move can touch."""
    move_bps: float | None = None
    """After the signals; null where there are none."""
    control_bps: float | None = None
    """After like trades of other sessions, in the direction of the signals."""
    excess_bps: float | None = None
    """The difference."""
    low_bps: float | None = None
    """End of its interval of 95 %; null below five blocks."""
    high_bps: float | None = None
    """The other end."""
    p: float | None = None
    """How often chance alone brings as much, either way; null below five blocks."""
    p_adjusted: float | None = None
    """The same among all that is listed, by Holm's method."""
    found: bool = False
    """`p_adjusted` is at most 0.005."""


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """The answer about one or more sessions."""

    first: dt.date | None = None
    """Trade date of the first session; null where there is none."""
    last: dt.date | None = None
    """Of the last one."""
    sessions: int
    """With signals."""
    signals: int
    """That were told, of any direction."""
    directed: int
    """That say where the underlying goes."""
    tests: int
    """Rows that have a `p`."""
    left_out: tuple[dt.date, ...] = ()
    """Sessions that are kept and cannot be read."""
    outcomes: tuple[Outcome, ...]
    """All signals first, then by score, by tag and by component; within, by horizon."""


class Measured(NamedTuple):
    """The trades that count at one horizon."""

    horizon: str
    rows: NDArray[np.int64]
    """Their places among all."""
    move: NDArray[np.float64]
    """In their own direction, as what follows."""
    control: NDArray[np.float64]
    block: NDArray[np.int64]


def outcomes(sessions: Sequence[Followed], options: ScoreOptions) -> Outcomes:
    """Return what came after the signals of some sessions."""
    sessions = sorted((one for one in sessions if one.told.rows), key=lambda one: one.date)
    if not sessions:
        return Outcomes(sessions=0, signals=0, directed=0, tests=0, outcomes=())
    every = joined([one.told for one in sessions])
    all_rows = np.ones(every.rows, np.bool_)
    found = [*measured(sessions, every, all_rows, all_rows)]
    rows = tested(groups(every, options), found)
    return Outcomes(
        first=sessions[0].date,
        last=sessions[-1].date,
        sessions=len(sessions),
        signals=every.rows,
        directed=int(np.count_nonzero(every.direction)),
        tests=sum(row.p is not None for row in rows),
        outcomes=rows,
    )


def measured(
    sessions: Sequence[Followed], every: Told, controls: Mask, asked: Mask
) -> Iterator[Measured]:
    """Yield what came after some of the trades of sessions, a horizon at a time.

    Parameters
    ----------
    every
        All trades, in the order of their sessions.
    controls
        Which of them may be the like trades of others.
    asked
        Which of them are asked about.
    """
    numbers = session_numbers([one.date for one in sessions])
    session = np.repeat(
        [numbers[one.date] for one in sessions], [one.told.rows for one in sessions]
    )
    marks = np.concatenate([one.cell for one in sessions])
    cell = np.unique(marks, return_inverse=True)[1]
    move = moves(sessions, numbers)
    for column, horizon in enumerate(HORIZONS):
        after = move[:, column]
        control = elsewhere(np.where(controls, after, np.nan), cell, session)
        counts = asked & (every.direction != 0)
        counts &= np.isfinite(after) & np.isfinite(control)
        rows = np.flatnonzero(counts)
        sign = every.direction[rows].astype(np.float64)
        yield Measured(
            horizon.name,
            rows,
            sign * after[rows],
            sign * control[rows],
            session[rows] // horizon.spanned,
        )


def tested(groups: Iterable[Group], found: Sequence[Measured]) -> tuple[Outcome, ...]:
    """Return a row a group and horizon, their chances adjusted to how many there are."""
    rows = [_outcome(group, one) for group in groups for one in found]
    adjusted = holm([row.p for row in rows])
    return tuple(
        replace(row, p_adjusted=p, found=p is not None and p <= FAMILY)
        for row, p in zip(rows, adjusted, strict=True)
    )


def _outcome(group: Group, measured: Measured) -> Outcome:
    mine = group.members[measured.rows]
    block = measured.block[mine]
    row = Outcome(by=group.by, group=group.name, horizon=measured.horizon)
    if not block.size:
        return row
    move, control = measured.move[mine], measured.control[mine]
    found = estimate(move - control, block)
    return replace(
        row,
        signals=block.size,
        blocks=found.blocks,
        move_bps=float(block_means(move, block).mean()),
        control_bps=float(block_means(control, block).mean()),
        excess_bps=found.mean,
        low_bps=found.low,
        high_bps=found.high,
        p=found.p,
    )
