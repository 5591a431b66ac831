"""`opentape scan`: the signals of a watchlist, a line each."""

from pathlib import Path
from typing import Any, Final

import click

from opentape.cli.scan.connect import SYMBOLS, asking, run, symbols_of, window
from opentape.scanner.options import ScannerOptions

PRESET_NAMES: Final = (
    "whale-sweeps", "golden", "opening-bullish", "0dte-momentum", "through-wall",
    "gex-confirmed",
)  # fmt: skip
"""As `scanner.rules.presets` has them; spelled here so that help imports nothing."""
FORMAT: Final = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    help="How they are printed.",
)


@click.command
@SYMBOLS
@click.option(
    "--preset", type=click.Choice(PRESET_NAMES), help="Only what this rule takes."
)
@click.option(
    "--when", metavar="CONDITION", help="Only what this holds of: 'premium > 1e6'."
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Only what a rule of this file takes.",
)
@window()
@click.option(
    "--min-score", type=click.IntRange(0, 100), metavar="N", help="Only N and above."
)
@click.option("--intent", type=click.Choice(["bullish", "bearish", "neutral"]))
@click.option("--structure", type=click.Choice(["sweep", "block"]))
@click.option("--expiry", metavar="DATE", help="Only this expiry: YYYY-MM-DD or today.")
@click.option(
    "--limit", "-n", type=click.IntRange(1, 500), metavar="N", help="Of an answer."
)
@FORMAT
@asking
def scan(
    *, server: ScannerOptions, symbols: tuple[str, ...], form: str, **asked: Any
) -> None:
    """Print the signals of SYMBOLs, or of the watchlist, best first.

    Each with every part of its score. With --preset, --when or --rules only those that a
    rule takes, behind their symbol.
    """
    from opentape.cli.scan import scanning

    rules = scanning.rules_of(**asked)
    run(scanning.scan(server, symbols_of(server, symbols), rules, form=form))
