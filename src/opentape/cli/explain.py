"""`opentape explain`: the evidence of one signal."""

from pathlib import Path

import click

from opentape.cli import arguments
from opentape.cli.arguments import Moment


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
    tapes: tuple[Path, ...],
    signal_id: str,
    oi: Path | None,
    quotes: Path | None,
    config: Path | None,
    quiet: bool,
    end: Moment | None,
    form: str,
) -> None:
    """Print what one signal rests on: its prints, and the arithmetic of every point.

    ID is as `opentape replay --format ndjson` prints it. Give the same tapes, open
    interest, settings and --to as were given there.
    """
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli import answer

    asked = answer.Asked(
        tapes=tapes, oi=oi, quotes=quotes, config=config, quiet=quiet, end=end
    )
    answer.explain(asked, signal_id, form=form)
