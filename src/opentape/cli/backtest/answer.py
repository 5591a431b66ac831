"""What `opentape backtest` does once its options are read."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from opentape.cli.arguments import Run
from opentape.cli.backtest import table
from opentape.cli.backtest.firing import Firing
from opentape.cli.chains.streams import errors, output, write_json
from opentape.cli.progress import WALKING, Ahead, Progress
from opentape.cli.summary import counted, told
from opentape.desk.backtest.ruled import Backtest, Sitting, backtest, sitting
from opentape.desk.backtest.walked import Ears, walked
from opentape.desk.journal.ports import Taken
from opentape.desk.options import EngineOptions
from opentape.market.errors import NoData
from opentape.scanner.rules.file import RuleFile, read_rules
from opentape.wiring import build
from opentape.wiring.sessions import kept_sessions, taken_session
from opentape.wiring.settings import Settings, load_settings


class Asked(NamedTuple):
    """The options of the verb."""

    rules: Path
    first: dt.date | None
    last: dt.date | None
    market: Path | None
    symbols: tuple[str, ...]
    horizon: str
    form: str | None
    plot: Path | None
    config: Path | None
    quiet: bool

    def within(self, date: dt.date) -> bool:
        """Return whether a session is asked about."""
        return (self.first or date) <= date <= (self.last or date)


class _Past(NamedTuple):
    """One session that is there to be read."""

    prints: int
    open: Callable[[], Taken]


def answer(asked: Asked) -> None:
    """Fold the sessions, hold the rules against them, print what came, and draw it."""
    if asked.form is not None:
        output()
    file, settings = read_rules(asked.rules), load_settings(asked.config)
    past = list(_past(asked, settings))
    if not past:
        raise NoData(_nothing(asked))
    sittings = _sittings(asked, past, file, settings.engine)
    names = [rule.name for rule in file.rules]
    reply = backtest(sittings, names, settings.flow.score, asked.horizon)
    if asked.plot is not None:
        # Matplotlib takes a second to import, which a table should not
        from opentape.cli.backtest.picture.draw import png_of

        build.write_file(asked.plot, png_of(reply))
    if asked.form == "json":
        write_json(reply)
    elif asked.form == "table":
        table.draw(reply, output())
    if not asked.quiet:
        for line in _summary(asked, reply):
            errors().print(line, soft_wrap=True)


def _sittings(
    asked: Asked, past: Sequence[_Past], file: RuleFile, options: EngineOptions
) -> list[Sitting]:
    firing = Firing(file.rules, asked.symbols or file.symbols)
    run = click.get_current_context().ensure_object(Run)
    rows = Ahead(sum(one.prints for one in past))
    found: list[Sitting] = []
    with Progress(rows, errors(), run, quiet=asked.quiet, work=WALKING) as progress:
        ears = Ears(firing.hear, progress.advance)
        for one in past:
            watched = walked(one.open(), options, ears)
            fired = firing.take()
            if watched is not None:
                found.append(sitting(watched, fired))
    firing.close()
    return found


def _past(asked: Asked, settings: Settings) -> Iterator[_Past]:
    if asked.market is not None:
        for files in build.market_days(asked.market):
            rows = build.open_tape([files.tape]).rows_total or 0
            session = taken_session(files, settings)
            if asked.within(session.date):
                yield _Past(rows, lambda session=session: session)
        return
    kept = kept_sessions(settings)
    for date in kept.dates():
        if asked.within(date):
            prints = kept.holding(date).prints
            yield _Past(prints, lambda date=date: kept.stored(date))


def _nothing(asked: Asked) -> str:
    place = "is kept" if asked.market is None else f"is in {asked.market}"
    since = f" since {asked.first}" if asked.first else ""
    until = f" until {asked.last}" if asked.last else ""
    return f"no session{since}{until} {place}; 'opentape sessions' lists what is kept"


def _summary(asked: Asked, reply: Backtest) -> Iterator[str]:
    found = sum(row.found for row in reply.outcomes)
    yield told("sessions", f"{reply.sessions:,}, {counted(reply.signals, 'signal')}")
    yield told("alerts", f"{reply.alerts:,}")
    yield told("tests", f"{reply.tests:,}, {found:,} of them beyond chance")
    if asked.plot is not None:
        yield told("drawn", str(asked.plot))
