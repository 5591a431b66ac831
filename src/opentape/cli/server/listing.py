"""Sessions that are kept as lines of text, or as JSON."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import click
import msgspec

from opentape.desk.journal.ports import Holding, Sessions, State
from opentape.desk.past.quality import gaps_of, not_kept
from opentape.market.errors import BadFile, Damaged

_HEAD: Final = (
    "date", "state", "feed", "prints", "stock", "chains", "signals", "gaps", "missing",
    "MB", "B/print", "content", "record",
)  # fmt: skip
_NUMBERS: Final = range(3, 11)
"""Columns that are set to the right."""
_MB: Final = 1e6
_SHOWN: Final = 12
"""Characters of a hash."""
_NAMED: Final = 5
"""Dates that are named of those that are not kept."""


def show(kept: Sessions, date: dt.date | None, form: str) -> None:
    """Print what is kept, of all sessions or of one."""
    dates = kept.dates() if date is None else [date]
    rows = [row for one in dates if (row := _holding(kept, one))]
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    elif rows:
        click.echo("\n".join(table_of(rows)))
    else:
        click.echo("No session is kept; 'opentape serve' keeps what it takes.", err=True)
    if lost := not_kept(dates):
        named = ", ".join(map(str, lost[:_NAMED])) + (", ..." if lost[_NAMED:] else "")
        click.echo(f"{len(lost):,} sessions between them are not kept: {named}.", err=True)


def table_of(rows: Sequence[Holding]) -> list[str]:
    """Return sessions as lines of text, a dash where nothing is to be told."""
    cells = [_HEAD, *map(_cells, rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(_HEAD))]
    return ["  ".join(_set(line, widths)).rstrip() for line in cells]


def _set(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if at in _NUMBERS else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def _cells(row: Holding) -> tuple[str, ...]:
    return (
        str(row.date),
        row.state.value,
        row.feed,
        f"{row.prints:,}",
        f"{row.stock_prints:,}",
        f"{row.chains:,}",
        f"{row.signals:,}",
        _count(row.gaps),
        _count(row.missing),
        f"{row.bytes / _MB:,.1f}",
        "-" if row.bytes_per_print is None else f"{row.bytes_per_print:.1f}",
        (row.content or "-")[:_SHOWN],
        (row.record or "-")[:_SHOWN],
    )


def compact(kept: Sessions, dates: Sequence[dt.date]) -> None:
    """Put sessions that are over into the lake, and say what that came to."""
    for date in dates:
        _compact(kept, date)


def _count(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _compact(kept: Sessions, date: dt.date) -> None:
    before = kept.holding(date)
    if before.state == State.RUNNING:
        raise BadFile(f"a session to compact must be over, was that of {date}")
    if not kept.compact(date):
        click.echo(f"The session of {date} is in the lake already.", err=True)
        return
    after = kept.holding(date)
    click.echo(
        f"The session of {date} is in the lake: {after.bytes / _MB:,.1f} MB, was "
        f"{before.bytes / _MB:,.1f} MB.",
        err=True,
    )


def _holding(kept: Sessions, date: dt.date) -> Holding | None:
    """Return what is kept of a date; say so and go on if that cannot be told."""
    try:
        held = kept.holding(date)
    except (Damaged, BadFile) as error:
        click.echo(str(error), err=True)
        return None
    if held.gaps is not None or held.state == State.LAKE:
        return held
    try:
        gaps = gaps_of(kept.stored(date))
    except (Damaged, BadFile) as error:
        click.echo(str(error), err=True)
        return held
    return msgspec.structs.replace(
        held, gaps=gaps and gaps.runs, missing=gaps and gaps.numbers
    )
