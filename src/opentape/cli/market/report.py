"""A simulated day beside what is public about the real tape."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final, TextIO

import click
from rich.console import Console
from rich.text import Text

from opentape.cli.arguments import Run
from opentape.cli.chains.streams import errors, output, write_json
from opentape.cli.progress import Progress
from opentape.desk.calibrate.gather import gather
from opentape.desk.calibrate.measure import calibrate, calibrated
from opentape.desk.calibrate.reply import Calibrated, Calibration, Row
from opentape.wiring import build
from opentape.wiring.simulated import market

_FAINT: Final = "bright_black"
_MARKS: Final = {"inside": "green", "outside": "red", "explained": "yellow", "": ""}
_WHAT, _FIGURE, _ANCHOR, _MARK = 48, 11, 18, 9
_THOUSAND, _MILLION = 1e3, 1e6


def report(folder: Path, *, form: str, quiet: bool = False) -> None:
    """Print each figure of a simulated market beside its anchor, a day after another.

    `form` is ``table`` or ``json``.
    """
    output()
    found = build.market_days(folder)
    reply = calibrated([_day(files.folder, quiet=quiet) for files in found])
    if form == "json":
        write_json(reply)
    else:
        draw(reply, output())


def draw(reply: Calibrated, sink: TextIO) -> None:
    """Print a calibration, with colours where the sink is a terminal."""
    console = Console(file=sink, highlight=False, markup=False, emoji=False)
    for line in lines(reply):
        console.print(line, soft_wrap=True)


def lines(reply: Calibrated) -> Iterator[Text]:
    """Yield every line: the rows of each day, then what no figure tells."""
    for day in reply.days:
        yield _headline(day)
        if day.faults:
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in day.faults.items())
            yield Text(f"  with faults, which the figures show too: {kinds}", _FAINT)
        for part, rows in groupby(day.rows, key=lambda row: row.part):
            yield _head(part)
            source = ""
            for row in rows:
                yield from _lines_of(row, source)
                source = row.source
        yield Text()
    yield Text("Assumptions", "bold")
    yield from (Text(f"  {text}") for text in reply.assumptions)


def figure_text(amount: float | None, unit: str) -> str:
    """Return a figure in its unit, a dash where it is not known.

    Examples
    --------
    >>> figure_text(0.1234, "share"), figure_text(11.04, "ms"), figure_text(58e6, "")
    ('12.3 %', '11.0 ms', '58.0 M')
    >>> figure_text(2_300.0, "prints"), figure_text(1.05, ""), figure_text(None, "")
    ('2,300', '1.05', '-')
    """
    if amount is None:
        return "-"
    if unit == "share":
        return f"{100 * amount:.1f} %"
    return f"{_number(amount)} ms" if unit == "ms" else _number(amount)


def anchor_text(row: Row) -> str:
    """Return the range that agrees with a row's source, nothing where there is none."""
    if row.low is None or row.high is None:
        return ""
    low, high = figure_text(row.low, row.unit), figure_text(row.high, row.unit)
    if low == high:
        return low
    unit = high.rpartition(" ")[2] if " " in high else ""
    return f"{low.removesuffix(unit).strip()} to {high}"


def _number(amount: float) -> str:
    if amount >= 10 * _MILLION:
        return f"{amount / _MILLION:.1f} M"
    if amount >= _THOUSAND or amount == int(amount):
        return f"{amount:,.0f}"
    return f"{amount:.1f}" if amount >= 10 else f"{amount:.2f}"  # noqa: PLR2004


def _headline(day: Calibration) -> Text:
    told = f"{day.prints:,} prints, {day.contracts:,} contracts, {day.symbols:,} names"
    return Text(day.date, "bold").append(f"  {told}", "not bold")


def _head(part: str) -> Text:
    head = f"\n{part:<{_WHAT}}{'simulated':>{_FIGURE}}{'anchor':>{_ANCHOR}}"
    return Text(f"{head}  {'':<{_MARK}} source", "bold")


def mark_of(row: Row) -> str:
    """Return whether a figure agrees with its anchor, in a word; empty where none is."""
    if row.inside is None:
        return ""
    return "inside" if row.inside else "explained" if row.excuse else "outside"


def _lines_of(row: Row, source: str) -> Iterator[Text]:
    """Yield a figure, and what is to be said of it; `source` is that of the row before."""
    text = Text(f"{row.what:<{_WHAT}}")
    text.append(f"{figure_text(row.figure, row.unit):>{_FIGURE}}")
    text.append(f"{anchor_text(row):>{_ANCHOR}}")
    mark = mark_of(row)
    text.append(f"  {mark:<{_MARK}} ", _MARKS[mark])
    text.append("" if row.source == source else row.source, _FAINT).rstrip()
    yield text
    yield from (Text(f"  {told}", _FAINT) for told in (row.note, row.excuse) if told)


def _day(folder: Path, *, quiet: bool) -> Calibration:
    day = market.open_day(folder)
    run = click.get_current_context().ensure_object(Run)
    with Progress(day.tape, errors(), run, quiet=quiet) as progress:
        gathered = gather(day.tape, day.truth.prints(), on_rows=progress.advance)
    faults = day.truth.faults()
    return calibrate(gathered, day.before, day.after, day.chains, faults)
