"""`opentape watch`: alerts as they come, each once."""

from pathlib import Path
from typing import Any

import click

from opentape.cli.scan.connect import SYMBOLS, asking
from opentape.cli.scan.scan import PRESET_NAMES
from opentape.scanner.options import ScannerOptions


@click.command
@SYMBOLS
@click.option(
    "--preset",
    "presets",
    type=click.Choice(PRESET_NAMES),
    multiple=True,
    help="A rule that comes with the scanner; may be repeated.",
)
@click.option("--when", metavar="CONDITION", help="A rule: 'premium > 1e6'.")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules and destinations of a file.",
)
@click.option(
    "--to",
    "destinations",
    multiple=True,
    metavar="KIND[:WHERE]",
    help="A destination: slack:'$NAME', duckdb:FILE, bell; may be repeated.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where it is kept what was alerted.",
)
@click.option(
    "--poll",
    "poll_s",
    type=click.FloatRange(0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Ask about everything so often, whatever the stream says.",
)
@click.option("--new-only", is_flag=True, help="Tell nothing of what is there at first.")
@click.option(
    "--top/--no-top",
    default=True,
    show_default=True,
    help="Tell the five strongest tickers at 16:05 New York.",
)
@click.option("--once", is_flag=True, help="Ask once, tell, and end.")
@click.option(
    "--dry-run", is_flag=True, help="Print what would be told, and remember nothing."
)
@asking
def watch(*, server: ScannerOptions, **asked: Any) -> None:
    """Watch SYMBOLs, or the watchlist, and tell what rules take, each signal once.

    Without a rule: bullish flow that opens and is golden. Without a destination: the
    terminal.
    """
    from opentape.cli.scan import watching

    watching.watch(server, watching.Wished(**asked))
