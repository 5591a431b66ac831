"""Audit: the engine's conclusions about a simulated day, one figure a row."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from opentape.desk.audit.evidence import Evidence, FlowOptions, Settled, Tape, collect
from opentape.desk.audit.measures import MEASURES
from opentape.desk.audit.openings import interest_tallies, opening_tallies
from opentape.desk.audit.orders import direction_tallies, order_tallies
from opentape.desk.audit.ports import TruthBeside
from opentape.desk.audit.sides import side_tallies
from opentape.desk.audit.sweeps import sweep_tallies
from opentape.desk.audit.tally import Tally, added
from opentape.desk.audit.upkeep import upkeep_tallies

_STAGES: Final = (
    sweep_tallies,
    side_tallies,
    opening_tallies,
    interest_tallies,
    order_tallies,
    direction_tallies,
    upkeep_tallies,
)
_PLACES: Final = {name: place for place, name in enumerate(MEASURES)}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the audit."""

    section: str
    measure: str
    """Its name, which stays; `title` is for reading."""
    title: str
    of: str
    """Which part of the tape, or which rule."""
    n: int
    counted: str
    """What `n` counts."""
    form: str
    """``share`` of `n`, ``mean`` over `n`, ``ratio`` to `n`, ``number``, ``count``."""
    figure: float | None
    """None where there was nothing to count."""
    baseline: float | None
    baseline_is: str
    """What the baseline does, empty where there is none."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The engine held against the truth of one day, or of several together."""

    dates: tuple[dt.date, ...]
    prints: int
    """Prints that stand."""
    signals: int
    faults: dict[str, int]
    """Prints hit by each kind of fault, most first."""
    rows: tuple[Row, ...]


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an audit: each day, and all of them together."""

    together: Audit
    days: tuple[Audit, ...]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What one day adds to an audit."""

    date: dt.date
    prints: int
    signals: int
    faults: dict[str, int]
    tallies: tuple[Tally, ...]


def audit_day(
    tape: Tape,
    told: TruthBeside,
    *,
    settled: Settled | None = None,
    options: FlowOptions | None = None,
    on_rows: Callable[[int], None] | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Day:
    """Run the engine over a tape and hold it against the truth.

    Parameters
    ----------
    settled
        The open interest of the morning, as the engine is told it.
    on_rows
        Called with the number of rows read after each batch.
    on_stage
        Called with what is being done after the last row.

    Raises
    ------
    BadFile
        If the tape is damaged, or the truth is not this tape's.
    """
    evidence = collect(tape, told, settled=settled, options=options, on_rows=on_rows)
    tallies: list[Tally] = []
    for stage in _STAGES:
        if on_stage is not None:
            on_stage(f"holding {stage.__name__.removesuffix('_tallies')} against the truth")
        tallies += stage(evidence)
    return _day(evidence, tallies)


def audited(days: Sequence[Day]) -> Audited:
    """Return the figures of each day, and of all of them taken as one."""
    return Audited(together=_audit(days), days=tuple(_audit([day]) for day in days))


def _day(evidence: Evidence, tallies: Iterable[Tally]) -> Day:
    return Day(
        date=evidence.date,
        prints=evidence.prints.rows,
        signals=evidence.signals.rows,
        faults=dict(Counter(fault.kind for fault in evidence.faults)),
        tallies=tuple(tallies),
    )


def _audit(days: Sequence[Day]) -> Audit:
    faults = sum((Counter(day.faults) for day in days), Counter[str]())
    tallies = added(day.tallies for day in days)
    # rows of one measure stand together, in the order they were first met
    tallies.sort(key=lambda tally: _PLACES[tally.measure])
    return Audit(
        dates=tuple(day.date for day in days),
        prints=sum(day.prints for day in days),
        signals=sum(day.signals for day in days),
        faults=dict(faults.most_common()),
        rows=tuple(map(_row, tallies)),
    )


def _row(tally: Tally) -> Row:
    measure = MEASURES[tally.measure]
    return Row(
        section=measure.section,
        measure=tally.measure,
        title=measure.title,
        of=tally.of,
        n=tally.n,
        counted=measure.counted,
        form=measure.form,
        figure=_figure(tally, measure.form),
        baseline=_over(tally.beside, tally.n),
        baseline_is=measure.baseline,
    )


def _figure(tally: Tally, form: str) -> float | None:
    if form == "count":
        return tally.total
    if tally.moments is not None:
        return tally.moments.correlation(tally.n)
    return _over(tally.total, tally.n)


def _over(total: float | None, n: int) -> float | None:
    return total / n if n and total is not None else None
