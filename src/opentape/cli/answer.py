"""What the verbs do, once what was asked for is known."""

import datetime as dt
import math
import shlex
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from opentape.cli import evidence, formats, table
from opentape.cli.arguments import NEW_YORK, Asked, Moment, Run, instant_ns, moment_text
from opentape.cli.chains.streams import FIRST_RUN, errors, output, write_json
from opentape.cli.progress import Progress
from opentape.cli.summary import (
    chain_lines,
    counted,
    examples_of,
    left_out_lines,
    skipped_lines,
    summary_lines,
    told,
)
from opentape.desk import explain as evidence_of
from opentape.desk import replay as desk
from opentape.desk.chain.settle import ChainMarks, settle
from opentape.desk.ports import Contracts, OpenInterest, PrintBatch, Skips, Tape
from opentape.desk.replay import FlowOptions, Replayed, Selection, Settled
from opentape.market.errors import BadSetting
from opentape.wiring import build
from opentape.wiring.build import ChainFile
from opentape.wiring.sessions import session_tape
from opentape.wiring.settings import Settings, load_settings

_SECOND_NS: Final = 1_000_000_000
_WRITERS: Final = {
    "ndjson": formats.write_ndjson,
    "csv": formats.write_csv,
    "json": formats.write_json,
}


class Begun:
    """A tape and its trade date; fills `desk.ports.Tape`."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.contracts: Contracts = tape.contracts
        self.skips: Skips = tape.skips
        self.unknown_conditions: Counter[str] = tape.unknown_conditions
        batches = tape.batches()
        first = next(batches)
        self._batches = chain([first], batches)
        self.began_ns = int(first.ts_event[0])
        """When its first print was reported."""
        began = dt.datetime.fromtimestamp(self.began_ns // _SECOND_NS, NEW_YORK)
        self.trade_date = began.date()
        """The date in New York of its first print."""

    @property
    def format(self) -> str:
        """What the files were recognised as, in words."""
        return self._tape.format

    @property
    def rows_total(self) -> int | None:
        """How many rows the tape holds, None where only reading it would tell."""
        return self._tape.rows_total

    @property
    def share_read(self) -> float:
        """How much of the tape has been read, 0 to 1."""
        return self._tape.share_read

    @property
    def open_interest(self) -> OpenInterest | None:
        """Settled open interest that the tape itself carries, None if none."""
        return self._tape.open_interest

    def batches(self) -> Iterator[PrintBatch]:
        """Yield the prints in the order they are folded."""
        return self._batches

    def locate(self, row: int) -> str:
        """Return where a row of the tape stands."""
        return self._tape.locate(row)

    def instant(self, moment: Moment | None) -> int | None:
        """Return a moment as nanoseconds since 1970 UTC."""
        if moment is None or isinstance(moment, int):
            return moment
        return instant_ns(dt.datetime.combine(self.trade_date, moment, NEW_YORK))


class _Opened(NamedTuple):
    tape: Tape
    options: FlowOptions
    settled: Settled
    notes: tuple[str, ...]
    """Lines for the summary."""
    start: int | None
    end: int | None


def clean_symbol(text: str) -> str:
    """Return an underlying as a selection spells it: capitals, no caret."""
    return desk.underlying_of(text.strip().lstrip("^").upper())


def replay(
    asked: Asked, selection: Selection, *, out: Path | None, form: str | None
) -> None:
    """Fold tapes, write their signals where they are wanted, and sum up."""
    if form is not None:
        output()
    opened = _open(asked)
    selection = msgspec.structs.replace(selection, from_ns=opened.start, to_ns=opened.end)
    with _progress(opened.tape, asked) as progress:
        replayed = desk.replay(
            opened.tape,
            settled=opened.settled,
            options=opened.options,
            selection=selection,
            on_rows=progress.advance,
        )
        if out is not None:
            progress.say(f"writing {counted(replayed.signals.rows, 'signal')}")
            build.write_signals(out, replayed.signals, replayed.contracts, replayed.options)
            progress.run.written = out
    if form is not None:
        _print(replayed, form)
    rows = progress.rows + opened.tape.skips.total
    _tell(asked, *summary_lines(replayed.summary, rows), *opened.notes)
    if form == "table" and replayed.signals.rows:
        _tell(asked, told("explain", f"opentape explain {_same_again(asked, replayed)}"))


def explain(asked: Asked, signal_id: str, *, form: str) -> None:
    """Print what one signal rests on."""
    output()
    opened = _open(asked)
    with _progress(opened.tape, asked) as progress:
        explanation = evidence_of.explain(
            opened.tape,
            signal_id,
            settled=opened.settled,
            options=opened.options,
            to_ns=opened.end,
            on_rows=progress.advance,
        )
    if form == "table":
        evidence.draw(explanation, output())
        return
    write_json(explanation)


def convert(asked: Asked, out: Path, *, form: str, quotes_out: Path | None) -> None:
    """Write tapes in one of the formats, in the order that they are folded."""
    tape: Tape = build.open_tape(asked.tapes, asked.quotes)
    with _progress(tape, asked) as progress:
        with build.print_writer(
            out, tape.contracts, form=form, quotes=quotes_out
        ) as writer:
            for batch in tape.batches():
                writer.write(batch)
                progress.advance(batch.rows)
        progress.run.written = out
    examples, rows = examples_of(tape.skips, tape.locate), progress.rows
    beside = f", quotes to {quotes_out}" if quotes_out is not None else ""
    _tell(
        asked,
        told("tape", f"{tape.format}, {counted(rows + tape.skips.total, 'row')} read"),
        *skipped_lines("skipped", tape.skips.counts, examples),
        *left_out_lines(writer.left_out),
        told("written", f"{counted(writer.rows, 'row')} to {out}{beside}"),
    )


def _open(asked: Asked) -> _Opened:
    settings = load_settings(asked.config)
    tape = _tape(asked, settings)
    interest: OpenInterest | None = None
    notes: tuple[str, ...] = ()
    if asked.oi is not None:
        interest, skips = build.read_open_interest(asked.oi, tape.contracts)
        examples = examples_of(skips, lambda row: f"{asked.oi}:row {row}")
        notes = tuple(skipped_lines("--oi skips", skips.counts, examples))
    notes = notes if len(notes) > 1 else ()
    start, end = asked.start, asked.end
    # before the tape is begun: it is decoded ahead, into the same table of contracts
    files = [
        file for path in asked.chains for file in build.read_chains([path], tape.contracts)
    ]
    if files or isinstance(start, dt.time) or isinstance(end, dt.time):
        tape = begun = Begun(tape)
        start, end = begun.instant(start), begun.instant(end)
        files = [_completed(file, asked.spot, begun.began_ns) for file in files]
    if files and not (asked.quiet or build.chains_are_compiled()):
        _tell(asked, FIRST_RUN)
    marks: ChainMarks | None = None
    if files:
        marks = settle([file.chain for file in files], settings.chain)
        notes = (*notes, *chain_lines(files, marks.solved))
    return _Opened(tape, settings.flow, Settled(interest, marks), notes, start, end)


def _tape(asked: Asked, settings: Settings) -> Tape:
    if asked.session is not None:
        return session_tape(settings, asked.session)
    return build.open_tape(asked.tapes, asked.quotes)


def _completed(file: ChainFile, spot: float | None, began_ns: int) -> ChainFile:
    """Return a chain with the spot that was given and the tape's time, if it tells none.

    Raises
    ------
    BadSetting
        If it tells no spot and none was given.
    """
    chain = file.chain
    if math.isnan(chain.spot) and spot is None:
        raise BadSetting(
            f"a --chain that tells no spot needs --spot, was {chain.underlying}"
        )
    if math.isnan(chain.spot) and spot is not None:
        chain = chain._replace(spot=spot)
    return file._replace(chain=chain._replace(as_of=chain.as_of or began_ns))


def _print(replayed: Replayed, form: str) -> None:
    if form == "table":
        table.draw(replayed, output())
        return
    sink = output().buffer
    _WRITERS[form](replayed, sink)
    sink.flush()


def _same_again(asked: Asked, replayed: Replayed) -> str:
    """Return the arguments that explain the first signal of an answer."""
    given = {
        "--session": asked.session,
        "--oi": asked.oi,
        "--quotes": asked.quotes,
        "--spot": asked.spot,
        "--config": asked.config,
        "--to": moment_text(asked.end),
    }
    words = [*asked.tapes, next(replayed.rows()).id]
    for chain_file in asked.chains:
        words += ["--chain", chain_file]
    for option, value in given.items():
        words += [option, value] if value is not None else []
    return shlex.join(map(str, words))


def _progress(tape: Tape, asked: Asked) -> Progress:
    run = click.get_current_context().ensure_object(Run)
    return Progress(tape, errors(), run, quiet=asked.quiet)


def _tell(asked: Asked, *lines: str) -> None:
    if asked.quiet:
        return
    console = errors()
    for line in lines:
        console.print(line, soft_wrap=True)
