"""`opentape outcomes`: what underlyings did after signals."""

from pathlib import Path

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE


@click.command
@click.argument("folder", metavar="DIR", type=FILE)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How they are printed.",
)
@arguments.CONFIG
@arguments.QUIET
def outcomes(*, folder: Path, form: str, config: Path | None, quiet: bool) -> None:
    """Print how far underlyings went after signals, beside like trades of other sessions.

    DIR is a market of several sessions, each in a folder named by its date, as `opentape
    simulate --days` writes it. Each session is played, so that signals are judged on what
    was known when they were told.
    """
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli.market import answer

    answer.outcomes(folder, form=form, config=config, quiet=quiet)
