"""What the verbs about simulated markets do, once what was asked for is known."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from opentape.cli.arguments import Run
from opentape.cli.chains.streams import errors, output, write_json
from opentape.cli.market import after, table
from opentape.cli.progress import Progress
from opentape.cli.summary import counted, told
from opentape.desk.audit.audit import Audited, Day, FlowOptions, Settled, audit_day, audited
from opentape.desk.outcomes.moves import Followed, follow
from opentape.desk.outcomes.outcomes import Outcomes
from opentape.desk.outcomes.outcomes import outcomes as after_signals
from opentape.desk.outcomes.record import Record
from opentape.wiring import build
from opentape.wiring.build import DayFiles
from opentape.wiring.sessions import kept_sessions
from opentape.wiring.settings import load_settings
from opentape.wiring.simulated.market import played


def audit(folder: Path, *, form: str, config: Path | None, quiet: bool) -> None:
    """Hold the engine against each day of a market, print the figures, and sum up."""
    output()
    settings = load_settings(config)
    found = build.market_days(folder)
    reply = audited([_day(files, settings.flow, quiet=quiet) for files in found])
    if form == "json":
        write_json(reply)
    else:
        table.draw(reply, output())
    if not quiet:
        console = errors()
        for line in _summary(folder, reply):
            console.print(line, soft_wrap=True)


def outcomes(
    folder: Path | None, sessions: int, *, form: str, config: Path | None, quiet: bool
) -> None:
    """Print what came after the signals of a market, or of what is kept, and sum up."""
    output()
    settings = load_settings(config)
    if folder is None:
        kept = Record(kept_sessions(settings)).before(dt.date.max, sessions)
        reply = after_signals(kept.sessions, settings.flow.score)
        reply = msgspec.structs.replace(reply, left_out=kept.left_out)
    else:
        days = build.market_days(folder)[-sessions:]
        followed = [_played(files, settings.flow, quiet=quiet) for files in days]
        reply = after_signals(followed, settings.flow.score)
    if form == "json":
        write_json(reply)
    else:
        after.draw(reply, output())
    if not quiet:
        for line in _found(folder, reply):
            errors().print(line, soft_wrap=True)


def _played(files: DayFiles, options: FlowOptions, *, quiet: bool) -> Followed:
    tape = build.open_tape([files.tape])
    run = click.get_current_context().ensure_object(Run)
    with Progress(tape, errors(), run, quiet=quiet) as progress:
        return follow(played(files, tape, options, progress.advance))


def _found(folder: Path | None, reply: Outcomes) -> Iterator[str]:
    rows = [row for row in reply.outcomes if row.found]
    yield told("market", f"{folder or 'kept'}, {counted(reply.sessions, 'session')}")
    if reply.left_out:
        dates = ", ".join(map(str, reply.left_out))
        yield told("left out", f"{dates}, which cannot be read")
    yield told("tests", f"{reply.tests:,}, {len(rows):,} of them beyond chance")


def _day(files: DayFiles, options: FlowOptions, *, quiet: bool) -> Day:
    truth = build.open_truth(files.folder)
    tape = build.open_tape([files.tape])
    settled = Settled()
    if files.open_interest is not None:
        interest, _ = build.read_open_interest(files.open_interest, tape.contracts)
        settled = Settled(interest)
    run = click.get_current_context().ensure_object(Run)
    with Progress(tape, errors(), run, quiet=quiet) as progress:
        return audit_day(
            tape,
            truth,
            settled=settled,
            options=options,
            on_rows=progress.advance,
            on_stage=progress.say,
        )


def _summary(folder: Path, reply: Audited) -> Iterator[str]:
    every = reply.together
    yield told("market", f"{folder}, {counted(len(every.dates), 'day')}")
    yield told("prints", f"{every.prints:,} stand")
    yield told("signals", f"{every.signals:,}")
    faults = ", ".join(f"{kind} {count:,}" for kind, count in every.faults.items())
    yield told("faults", faults or "none")
