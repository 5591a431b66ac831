"""Sessions that are verified, as lines of text or as JSON."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from opentape.cli.arguments import Run
from opentape.cli.chains.streams import errors, output, write_json
from opentape.cli.progress import Progress, Work
from opentape.desk.journal.ports import Holding, Sessions, State
from opentape.desk.verify.session import Flaw, Verified, verified
from opentape.market.errors import BadFile, Damaged
from opentape.wiring.sessions import kept_sessions
from opentape.wiring.settings import load_settings

_MOST: Final = 20
"""So many flaws of a session are told in text."""
_READING: Final = Work("reading", "compared", "done", "looking at the rest")


class Reply(msgspec.Struct, frozen=True):
    """What `--format json` prints."""

    sessions: tuple[Verified, ...]


class _Rows(NamedTuple):
    """How much there is to read; fills `progress.Reading`."""

    rows_total: int | None
    share_read: float = 0.0


def verify_sessions(
    dates: Sequence[dt.date], form: str, config: Path | None, *, scores: bool, quiet: bool
) -> bool:
    """Verify sessions, print what was found, and return whether nothing was."""
    output()
    kept = kept_sessions(load_settings(config))
    found = [
        _verified(kept, holding, scores=scores, quiet=quiet)
        for holding in _holdings(kept, dates)
    ]
    if form == "json":
        write_json(Reply(tuple(found)))
    else:
        for one in found:
            click.echo("\n".join(lines_of(one)))
    if not quiet and not found:
        errors().print("No session that is over is kept.")
    return not any(one.flaws for one in found)


def lines_of(one: Verified) -> Iterator[str]:
    """Yield a session as lines of text: what was looked at, and each flaw."""
    count = len(one.flaws)
    said = "as it was written" if not count else f"{count:,} flaw{'s'[: count > 1]}"
    told = [
        f"{one.prints:,} prints",
        f"{one.entries:,} entries",
        f"{one.signals:,} signals",
    ]
    if one.scores is not None:
        told.append(f"{one.scores:,} scores worked out again")
    if one.without_prints:
        told.append(f"{one.without_prints:,} of them without prints")
    yield f"{one.date} {one.state.value}: {said}; {', '.join(told)}"
    for flaw in one.flaws[:_MOST]:
        yield f"  {flaw.file}, {flaw.place}: {flaw.what}"
    if count > _MOST:
        yield f"  and {count - _MOST:,} more"


def _holdings(kept: Sessions, dates: Sequence[dt.date]) -> Iterator[Holding | Verified]:
    """Yield what there is to verify: of a session that cannot be told of, why."""
    for date in dates or kept.dates():
        try:
            holding = kept.holding(date)
        except Damaged as error:
            yield _lost(date, error)
            continue
        if holding.state is not State.RUNNING:
            yield holding
        elif dates:
            raise BadFile(f"a session to verify must be over, was that of {date}")
        else:
            errors().print(f"The session of {date} is under way: it is left out.")


def _lost(date: dt.date, error: Damaged) -> Verified:
    flaw = Flaw(file="the session", place="all of it", what=str(error))
    return Verified(
        date=date,
        state=State.JOURNAL,
        entries=0,
        prints=0,
        signals=0,
        scores=None,
        without_prints=0,
        content=None,
        record=None,
        flaws=(flaw,),
    )


def _verified(
    kept: Sessions, holding: Holding | Verified, *, scores: bool, quiet: bool
) -> Verified:
    if isinstance(holding, Verified):
        return holding
    run = click.get_current_context().ensure_object(Run)
    rows = _Rows(holding.prints * (1 + scores))
    with Progress(rows, errors(), run, quiet=quiet, work=_READING) as progress:
        progress.say("comparing files")

        def on_rows(count: int) -> None:
            progress.say("")
            progress.advance(count)

        return verified(kept, holding, scores=scores, on_rows=on_rows)
