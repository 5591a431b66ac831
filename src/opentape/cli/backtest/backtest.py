"""`opentape backtest`: what came after what rules would have told."""

import datetime as dt
from pathlib import Path
from typing import Final

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE
from opentape.cli.scan.connect import refusals

HORIZONS: Final = ("5min", "30min", "close", "1session", "3sessions", "5sessions")
"""As `desk.outcomes` has them; spelled here so that help imports nothing."""


@click.command
@click.argument("rules", metavar="RULES", type=FILE)
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), callback=arguments.as_date,
    metavar="DATE", help="Only sessions of this trade date and later.",
)  # fmt: skip
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), callback=arguments.as_date,
    metavar="DATE", help="Only sessions of this trade date and earlier.",
)  # fmt: skip
@click.option(
    "--market", type=FILE, metavar="DIR",
    help="The days of this market, in place of the sessions that are kept.",
)  # fmt: skip
@click.option(
    "--symbol", "-s", "symbols", multiple=True, metavar="S",
    help="Underlyings of rules that name none; may be given again. All, if left out.",
)  # fmt: skip
@click.option(
    "--horizon", type=click.Choice(HORIZONS), default="30min", show_default=True,
    help="Rules are ordered, and drawn, by what came this long after.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]),
    help="How the answer is printed: a table unless --plot is given.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--plot", type=FILE, metavar="FILE", help="Draw it (PNG).")
@arguments.CONFIG
@arguments.QUIET
def backtest(
    *,
    rules: Path,
    first: dt.date | None,
    last: dt.date | None,
    market: Path | None,
    symbols: tuple[str, ...],
    horizon: str,
    form: str | None,
    plot: Path | None,
    config: Path | None,
    quiet: bool,
) -> None:
    """Print what underlyings did after what RULES would have told.

    RULES is a file of `opentape watch`. It is held against the sessions that `opentape
    serve` has kept, as the market stood whenever something was told, and each alert beside
    like trades of other sessions.
    """
    arguments.check_out(plot, [rules, config])
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli.backtest.answer import Asked, answer

    capitals = tuple(symbol.strip().upper() for symbol in symbols)
    form = form or (None if plot else "table")
    with refusals():
        answer(Asked(rules, first, last, market, capitals, horizon, form, plot, config,
                     quiet=quiet))  # fmt: skip
