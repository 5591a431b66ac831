"""Sessions that are kept as lines of text, or as JSON."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from opentape.desk.journal.ports import Holding, Sessions, State
from opentape.market.errors import BadFile, Damaged
from opentape.wiring.sessions import kept_sessions
from opentape.wiring.settings import load_settings

_HEAD: Final = (
    "date", "state", "feed", "prints", "stock", "chains", "signals", "MB", "B/print",
    "content", "record",
)  # fmt: skip
_NUMBERS: Final = range(3, 9)
"""Columns that are set to the right."""
_MB: Final = 1e6
_SHOWN: Final = 12
"""Characters of a hash."""


def show(compacted: Sequence[dt.date], form: str, config: Path | None) -> None:
    """Compact some sessions, and print what is kept."""
    kept = kept_sessions(load_settings(config))
    for day in compacted:
        _compact(kept, day)
    rows = [row for date in kept.dates() if (row := _holding(kept, date))]
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    elif rows:
        click.echo("\n".join(table_of(rows)))
    else:
        click.echo("No session is kept; 'opentape serve' keeps what it takes.", err=True)


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
        f"{row.bytes / _MB:,.1f}",
        "-" if row.bytes_per_print is None else f"{row.bytes_per_print:.1f}",
        (row.content or "-")[:_SHOWN],
        (row.record or "-")[:_SHOWN],
    )


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
        return kept.holding(date)
    except (Damaged, BadFile) as error:
        click.echo(str(error), err=True)
        return None
