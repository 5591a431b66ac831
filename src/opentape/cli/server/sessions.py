"""`opentape sessions`: lists what was taken and is kept, and puts it into the lake."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from opentape.cli import arguments


@click.command
@click.option(
    "--compact",
    "compacted",
    type=click.DateTime(["%Y-%m-%d"]),
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
def sessions(*, compacted: Sequence[dt.datetime], form: str, config: Path | None) -> None:
    """List the sessions that are kept, oldest first: how many rows, how large, hashes.

    A session in the lake takes a fraction of its journal, and answers the same.
    """
    # numpy and pyarrow take a moment to import, which --help should not
    from opentape.cli.server.listing import show

    show([day.date() for day in compacted], form, config)
