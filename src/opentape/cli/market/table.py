"""An audit as the table that a reader sees: a figure a line, its baseline beside it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from opentape.desk.audit.audit import Audit, Audited, Row

_FAINT: Final = "bright_black"
_TITLE, _OF, _COUNT, _FIGURE, _BASELINE = 29, 26, 11, 9, 9
"""Widths that the longest of each has room in."""
_DAY: Final = 12


def draw(reply: Audited, sink: TextIO) -> None:
    """Print all days as one, and what changes from day to day where there are several."""
    console = Console(file=sink, highlight=False, markup=False, emoji=False)
    for line in lines(reply):
        console.print(line, soft_wrap=True)


def lines(reply: Audited) -> Iterator[Text]:
    """Yield every line."""
    yield _headline(reply.together)
    yield from section_lines(reply.together.rows)
    if len(reply.days) > 1:
        yield Text("\nday by day", "bold")
        yield from _days(reply.together, reply.days)


def section_lines(rows: Sequence[Row]) -> Iterator[Text]:
    """Yield the rows under a head a section."""
    for section, some in groupby(rows, key=lambda row: row.section):
        head = f"\n{section:<{_TITLE + _OF}}{'n':>{_COUNT}}{'figure':>{_FIGURE}}"
        yield Text(f"{head}{'beside':>{_BASELINE}}", "bold")
        before = ""
        for row in some:
            yield _line(row, named=row.measure != before)
            before = row.measure


def figure_text(value: float | None, form: str) -> str:
    """Return a figure as people write it, a dash where there is none.

    Examples
    --------
    >>> figure_text(0.8312, "share"), figure_text(0.21934, "mean")
    ('83.1 %', '0.2193')
    >>> figure_text(1240.25, "mean"), figure_text(3.0, "count"), figure_text(None, "share")
    ('1,240.2', '3', '-')
    """
    if value is None:
        return "-"
    if form == "share":
        return f"{100 * value:.1f} %"
    if form == "count":
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.4f}"  # noqa: PLR2004


def _headline(audit: Audit) -> Text:
    first, last = audit.dates[0], audit.dates[-1]
    when = f"{first}" if first == last else f"{first} to {last}, {len(audit.dates)} days"
    text = Text(when, "bold")
    text.append(f"  {audit.prints:,} prints, {audit.signals:,} signals", "not bold")
    return text


def _line(row: Row, *, named: bool) -> Text:
    text = Text(f"{row.title if named else '':<{_TITLE}}")
    text.append(f"{row.of:<{_OF}}")
    text.append(f"{row.n:>{_COUNT},}", _FAINT)
    text.append(f"{figure_text(row.figure, row.form):>{_FIGURE}}")
    if row.baseline is not None:
        baseline = figure_text(row.baseline, row.form)
        text.append(f"{baseline:>{_BASELINE}}  {row.baseline_is}", _FAINT)
    return text


def _days(together: Audit, days: Sequence[Audit]) -> Iterator[Text]:
    """Yield the first row of each measure, a column a day."""
    dates = "".join(f"{day.dates[0].isoformat():>{_DAY}}" for day in days)
    yield Text(f"{'':<{_TITLE + _OF}}{dates}", _FAINT)
    by_day = [{(row.measure, row.of): row for row in day.rows} for day in days]
    for _, rows in groupby(together.rows, key=lambda row: row.measure):
        row = next(rows)
        text = Text(f"{row.section:<{_TITLE}}{row.title:<{_OF}}")
        for figures in by_day:
            mine = figures.get((row.measure, row.of))
            told = figure_text(None if mine is None else mine.figure, row.form)
            text.append(f"{told:>{_DAY}}")
        yield text
