"""`opentape explain`: the evidence of one signal."""

import click

from opentape.cli import arguments
from opentape.cli.arguments import Asked


@click.command
@arguments.TAPES
@click.argument("signal_id", metavar="ID")
@arguments.reading
@arguments.UNTIL
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How the evidence is printed.",
)
def explain(
    *,
    asked: Asked,
    signal_id: str,
    form: str,
) -> None:
    """Print what one signal rests on: its prints, and the arithmetic of every point.

    ID is as `opentape replay --format ndjson` prints it. Give the same tapes, open
    interest, chains, settings and --to as were given there.
    """
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli import answer

    answer.explain(asked, signal_id, form=form)
