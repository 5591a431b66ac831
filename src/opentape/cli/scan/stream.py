"""`opentape stream`: rows of the radar as they are found."""

from typing import Any

import click

from opentape.cli.scan.connect import SYMBOLS, asking
from opentape.cli.scan.scan import FORMAT
from opentape.scanner.options import ScannerOptions


@click.command
@SYMBOLS
@click.option(
    "--min-score",
    type=click.IntRange(0, 100),
    metavar="N",
    help="Only radar scores of N and above.",
)
@click.option(
    "--min-premium", type=click.FloatRange(0), metavar="X", help="Only X dollars and more."
)
@click.option("--side", type=click.Choice(["ASK", "BID", "MID"]), help="Only these.")
@click.option("--kind", type=click.Choice(["SWEEP", "BLOCK", "SPLIT"]), help="Only these.")
@click.option(
    "--unknown-oi", is_flag=True, default=None, help="Rows without open interest too."
)
@click.option("--cursor", metavar="CURSOR", help="Go on after this row of an earlier run.")
@click.option(
    "--limit", "-n", type=click.IntRange(1), metavar="N", help="End after so many rows."
)
@FORMAT
@asking
def stream(
    *,
    server: ScannerOptions,
    symbols: tuple[str, ...],
    limit: int | None,
    form: str,
    **asked: Any,
) -> None:
    """Print rows as the server finds them, until Ctrl-C.

    Of all underlyings, or of SYMBOLs alone. Where the connection ends it is made again
    after the last row; at the end the cursor is told, to go on with it later.
    """
    from opentape.cli.scan.streaming import stream as print_stream

    print_stream(server, asked | {"ticker": symbols or None}, limit, form=form)
