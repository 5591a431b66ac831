"""`opentape outcomes`: what underlyings did after signals."""

from pathlib import Path

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE


@click.command
@click.argument("folder", metavar="[DIR]", type=FILE, required=False)
@click.option(
    "--sessions",
    type=click.IntRange(1, 250),
    default=250,
    show_default=True,
    metavar="N",
    help="The newest, at most so many.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How they are printed.",
)
@arguments.CONFIG
@arguments.QUIET
def outcomes(
    *, folder: Path | None, sessions: int, form: str, config: Path | None, quiet: bool
) -> None:
    """Print how far underlyings went after signals, beside like trades of other sessions.

    Of the sessions that a server kept, signals count as they were emitted. DIR is a market
    of several sessions instead, each in a folder named by its date, as `opentape simulate
    --days` writes it; each is played, so that signals are judged on what was known then.
    """
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli.market import answer

    answer.outcomes(folder, sessions, form=form, config=config, quiet=quiet)
