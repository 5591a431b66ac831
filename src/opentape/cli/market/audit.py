"""`opentape audit`: the engine held against a market whose truth is known."""

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
    help="How the figures are printed.",
)
@arguments.CONFIG
@arguments.QUIET
def audit(*, folder: Path, form: str, config: Path | None, quiet: bool) -> None:
    """Print how far the engine is right about a simulated market.

    DIR is what `opentape simulate` writes: a tape and, in truth, who traded and why; or
    several days of that, each in a folder named by its date. The engine folds the tape as
    a replay does and reads nothing of the truth.
    """
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli.market import answer

    answer.audit(folder, form=form, config=config, quiet=quiet)
