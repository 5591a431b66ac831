"""`opentape verify`: whether what is kept is what was written."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from opentape.cli import arguments


@click.command
@click.argument("dates", metavar="[DATE...]", nargs=-1, type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--scores",
    is_flag=True,
    help="Also work out every score again, from its prints and what it was judged against.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How what is found is printed.",
)
@arguments.CONFIG
@arguments.QUIET
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    dates: Sequence[dt.datetime],
    scores: bool,
    form: str,
    config: Path | None,
    quiet: bool,
) -> None:
    """Compare kept sessions with what was written, byte by byte, and name what differs.

    Sessions of these trade dates, or all that are over: the files of the lake by their
    hashes, each entry by its checksum, the record of signals by its hash chain. The exit
    code is 1 if anything differs.
    """
    # numpy and pyarrow take a moment to import, which --help should not
    from opentape.cli.server.verifying import verify_sessions

    days = [day.date() for day in dates]
    if not verify_sessions(days, form, config, scores=scores, quiet=quiet):
        ctx.exit(1)
