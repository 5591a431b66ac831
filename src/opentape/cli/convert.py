"""`opentape convert`: tapes of any vendor as one file in opentape's own columns."""

from pathlib import Path

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE, Asked


@click.command
@arguments.TAPES
@click.argument("out", metavar="OUT.parquet", type=FILE)
@arguments.QUOTES
@arguments.QUIET
def convert(
    *, tapes: tuple[Path, ...], out: Path, quotes: Path | None, quiet: bool
) -> None:
    """Write tapes as one Parquet file in opentape's own columns, in the order of the fold.

    A replay of OUT.parquet gives the same signals as a replay of the tapes, and reads
    faster.
    """
    arguments.check_out(out, [*tapes, quotes])
    # pyarrow takes a moment to import, which --help should not
    from opentape.cli import answer

    answer.convert(Asked(tapes=tapes, quotes=quotes, quiet=quiet), out)
