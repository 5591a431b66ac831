"""`opentape live`: the tape over the whole terminal."""

from typing import Any

import click

from opentape.cli.scan.connect import SYMBOLS, asking, symbols_of, window
from opentape.scanner.options import ScannerOptions


@click.command
@SYMBOLS
@window(390)
@click.option(
    "--poll",
    "poll_s",
    type=click.FloatRange(0.1),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Ask about everything so often, whatever the stream says.",
)
@asking
def live(*, server: ScannerOptions, symbols: tuple[str, ...], **asked: Any) -> None:
    """Show the tape of SYMBOLs, or of the watchlist, as it moves.

    Arrows or j and k to move, Enter for the evidence of a signal, / for a condition, i, t
    and p for the next intent, ticker and preset, + and - for the score, s to sort, space
    to hold it, Esc to close and to clear, q to leave. Needs pip install 'opentape[tui]'.
    """
    from opentape.cli.scan.viewing import view

    view(server, symbols_of(server, symbols), **asked)
