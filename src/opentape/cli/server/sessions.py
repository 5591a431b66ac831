"""`opentape sessions`: lists what was taken and is kept, and puts it into the lake."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from opentape.cli import arguments

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command
@click.argument("date", type=_DATE, required=False)
@click.option(
    "--quality",
    is_flag=True,
    help="What was wrong with the feed of DATE, of the newest session without it.",
)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(0, 1_000),
    default=20,
    metavar="N",
    help="With --quality: the N newest incidents, 20 by default.",
)
@click.option(
    "--compact",
    "compacted",
    type=_DATE,
    multiple=True,
    metavar="DATE",
    help="First put this session, which is over, into the lake; may be given again.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How sessions are printed.",
)
@arguments.CONFIG
def sessions(
    *,
    date: dt.datetime | None,
    quality: bool,
    limit: int,
    compacted: Sequence[dt.datetime],
    form: str,
    config: Path | None,
) -> None:
    """List the sessions that are kept, oldest first: how many rows, how large, hashes.

    With DATE that one alone. A session in the lake takes a fraction of its journal, and
    answers the same.
    """
    # numpy and pyarrow take a moment to import, which --help should not
    from opentape.cli.server import listing
    from opentape.cli.server.ledger import show_ledger
    from opentape.wiring.sessions import kept_sessions
    from opentape.wiring.settings import load_settings

    kept = kept_sessions(load_settings(config))
    wanted = date.date() if date else None
    listing.compact(kept, [day.date() for day in compacted])
    if quality:
        show_ledger(kept, wanted, form, limit)
    else:
        listing.show(kept, wanted, form)
