"""Outcomes as the table that a reader sees: a line a group, a column a horizon."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from opentape.desk.outcomes.outcomes import Outcome, Outcomes

_FAINT: Final = "bright_black"
_NAME, _COUNT, _CELL = 16, 9, 15
_FOUND: Final = "★"
_HEADS: Final = {
    "5min": "5 min",
    "30min": "30 min",
    "1session": "1 session",
    "3sessions": "3 sessions",
    "5sessions": "5 sessions",
}
_NOTE: Final = (
    "Basis points in the direction of the signals, less those after like trades of other\n"
    "sessions, with the interval that holds the truth 19 times of 20. ★ is more than\n"
    "chance brings, whatever else is in the table."
)


def draw(reply: Outcomes, sink: TextIO) -> None:
    """Print them."""
    console = Console(file=sink, highlight=False, markup=False, emoji=False)
    for line in lines(reply):
        console.print(line, soft_wrap=True)


def lines(reply: Outcomes) -> Iterator[Text]:
    """Yield every line."""
    when = f"{reply.first} to {reply.last}, {reply.sessions} sessions"
    text = Text(when if reply.sessions else "no session", "bold")
    text.append(f"  {reply.signals:,} signals, {reply.directed:,} directed", "not bold")
    yield text
    yield from group_lines(reply.outcomes)


def group_lines(outcomes: Sequence[Outcome]) -> Iterator[Text]:
    """Yield a line a group under a head a kind of group, and what they say."""
    width = max([_NAME, *(len(row.group) + 2 for row in outcomes)])
    for by, rows in groupby(outcomes, key=lambda row: row.by):
        some = [list(each) for _, each in groupby(rows, key=lambda row: row.group)]
        yield _head("" if by == "all" else by, some[0], width)
        for each in some:
            yield _line(each, width)
    yield Text(f"\n{_NOTE}", _FAINT)


def horizon_text(name: str) -> str:
    """Return a horizon as people write it."""
    return _HEADS.get(name, name)


def cell_text(row: Outcome) -> str:
    """Return one outcome as people write it, a dash where nothing came after.

    Examples
    --------
    >>> row = Outcome(by="all", group="all", horizon="close", excess_bps=-1.25)
    >>> cell_text(row)
    '-1.2'
    """
    if row.excess_bps is None:
        return "-"
    text = f"{row.excess_bps:+.1f}"
    if row.high_bps is not None:
        text += f" ±{row.high_bps - row.excess_bps:.1f}"
    return text


def _head(by: str, rows: Sequence[Outcome], width: int) -> Text:
    names = [horizon_text(row.horizon) for row in rows]
    heads = "".join(f"{name:>{_CELL - 2}}  " for name in names)
    return Text(f"\n{by:<{width}}{'signals':>{_COUNT}}{heads}".rstrip(), "bold")


def _line(rows: Sequence[Outcome], width: int) -> Text:
    text = Text(f"{rows[0].group:<{width}}")
    text.append(f"{max(row.signals for row in rows):>{_COUNT},}", _FAINT)
    for row in rows:
        style = "bold green" if row.found else ""
        text.append(f"{cell_text(row):>{_CELL - 2}}", style)
        text.append(f" {_FOUND}" if row.found else "  ", style)
    text.rstrip()
    return text
