"""What `chain` does, once what was asked for is known."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from opentape.cli import words
from opentape.cli.arguments import NEW_YORK, Moment, instant_ns
from opentape.cli.chains import table
from opentape.cli.chains.streams import FIRST_RUN, errors, output, write_json
from opentape.cli.summary import counted, examples_of, skipped_lines, told
from opentape.desk.chain.analyse import Question, Style, analyse
from opentape.desk.chain.reply import ChainReply, ContractRow
from opentape.wiring import build
from opentape.wiring.build import ChainFile
from opentape.wiring.settings import load_settings

_CENT: Final = 0.01
_SOLVED: Final = ("solved", "vendor")


class Asked(NamedTuple):
    """Which chain to read, and what to take for given."""

    files: tuple[Path, ...]
    spot: float | None
    rate: float | None
    carry: float | None
    style: str | None
    as_of: Moment | None
    expiry: dt.date | None
    symbol: str | None
    oi: Path | None
    config: Path | None
    quiet: bool


def chain(asked: Asked, *, form: str | None, plot: Path | None) -> None:
    """Analyse a chain, print the answer, draw it, and sum up."""
    if form is not None:
        output()
    settings = load_settings(asked.config)
    read, notes = _read(asked)
    if not (asked.quiet or build.chains_are_compiled()):
        errors().print(FIRST_RUN)
    question = Question(
        rate=asked.rate,
        carry=asked.carry,
        style=None if asked.style is None else Style(asked.style),
        spot_is_sure=asked.spot is not None,
        expiry=asked.expiry,
    )
    reply = analyse(read.chain, question, options=settings.chain, levels=settings.levels)
    if plot is not None:
        # Matplotlib takes a second to import, which a table should not
        from opentape.cli.chains.picture.plot import png_of

        build.write_file(plot, png_of(reply))
    if form is not None:
        _print(reply, form)
    if asked.quiet:
        return
    console = errors()
    for line in [*summary_lines(read, reply), *notes, *_drawn(plot)]:
        console.print(line, soft_wrap=True)


def summary_lines(read: ChainFile, reply: ChainReply) -> Iterator[str]:
    """Yield what was read, how good its quotes are, and what could not be solved."""
    yield told("chain", f"{read.title}, {counted(read.rows, 'contract')} read")
    when = f"{words.new_york(reply.as_of):%Y-%m-%d %H:%M:%S} New York"
    yield told("as of", f"{when}, spot {words.dollars(reply.spot)}")
    if abs(reply.quoted_spot - reply.spot) > _CENT:
        made = words.dollars(reply.quoted_spot)
        yield told("", f"the quotes were made at {made}, which all is reckoned with")
    yield told("contracts", f"{len(reply.contracts):,}, {reply.expired:,} of them expired")
    yield told("quotes", _counts(reply.quotes))
    solved = {name: count for name, count in reply.ivs.items() if name in _SOLVED}
    unsolved = {name: count for name, count in reply.ivs.items() if name not in _SOLVED}
    yield told("vols", _counts(solved) or "none")
    yield told("no vol", _counts(unsolved) or "none")
    examples = examples_of(read.skips, read.locate)
    yield from skipped_lines("skipped", read.skips.counts, examples)


def _read(asked: Asked) -> tuple[ChainFile, list[str]]:
    """Return the chain, and what is to be said of the open interest beside it."""
    as_of = asked.as_of
    if isinstance(as_of, dt.time):
        # a time of day wants a date, which only the file tells
        seen = build.read_chain(asked.files, symbol=asked.symbol, spot=asked.spot)
        date = words.date_of(seen.chain.as_of)
        as_of = instant_ns(dt.datetime.combine(date, as_of, NEW_YORK))
    read = build.read_chain(
        asked.files, symbol=asked.symbol, spot=asked.spot, as_of_ns=as_of
    )
    if asked.oi is None:
        return read, []
    interest, skips = build.read_open_interest(asked.oi, read.chain.contracts)
    held = interest.of(read.chain.contracts)[read.chain.contract]
    read = read._replace(chain=read.chain._replace(open_interest=held))
    if not skips.total:
        return read, []
    examples = examples_of(skips, lambda row: f"{asked.oi}:row {row}")
    return read, list(skipped_lines("--oi skips", skips.counts, examples))


def _counts(counts: dict[str, int]) -> str:
    parts = sorted(counts.items(), key=lambda part: -part[1])
    return ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in parts if n)


def _drawn(plot: Path | None) -> list[str]:
    return [] if plot is None else [told("drawn", str(plot))]


def _print(reply: ChainReply, form: str) -> None:
    if form == "table":
        table.draw(reply, output())
    elif form == "json":
        write_json(reply)
    else:
        sink = output().buffer
        sink.write(_csv(reply).encode())
        sink.flush()


def _csv(reply: ChainReply) -> str:
    """Return a contract a line, a header always, nothing for what is not known."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(ContractRow.__struct_encode_fields__)
    lines.writerows(msgspec.structs.astuple(row) for row in reply.contracts)
    return text.getvalue()
