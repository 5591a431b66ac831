"""`opentape top`: the strongest flow of the session across all underlyings."""

from typing import Any

import click

from opentape.cli.scan.connect import SYMBOLS, asking, run
from opentape.cli.scan.scan import FORMAT
from opentape.scanner.options import ScannerOptions


@click.command
@SYMBOLS
@click.option(
    "--limit", "-n", type=click.IntRange(1, 500), default=25, show_default=True,
    metavar="N", help="So many.",
)  # fmt: skip
@click.option(
    "--min-score", type=click.IntRange(0, 100), default=70, show_default=True,
    metavar="N", help="Only radar scores of N and above.",
)  # fmt: skip
@click.option(
    "--min-premium", type=click.FloatRange(0), metavar="X", help="Only X dollars and more."
)
@FORMAT
@asking
def top(
    *, server: ScannerOptions, symbols: tuple[str, ...], form: str, **asked: Any
) -> None:
    """Print the rows of the session with the highest radar scores.

    Of all underlyings, or of SYMBOLs alone.
    """
    from opentape.cli.scan.shown import Shown
    from opentape.client import AsyncClient
    from opentape.client.wire.replies import FlowPage

    async def ask() -> FlowPage:
        async with AsyncClient(server.url, server.key or None) as client:
            return await client.flow_top(ticker=symbols or None, **asked)

    shown = Shown()
    for row in run(ask()).data:
        if form == "ndjson":
            shown.json(row)
        else:
            shown.row(row)
