"""`opentape chain`: a chain file becomes vols, exposures and levels."""

import datetime as dt
from pathlib import Path
from typing import Final

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE, Moment, positive
from opentape.cli.chains.values import date, fraction

FORMATS: Final = ("table", "json", "csv")
STYLES: Final = ("auto", "european", "american")


@click.command
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option(
    "--spot", type=positive, metavar="X", help="Dollars; goes before what the file says."
)
@click.option(
    "--rate",
    type=fraction,
    metavar="R",
    help="Per year, continuous: 0.045 is 4.5 %; else the settings.",
)
@click.option(
    "--carry",
    type=fraction,
    metavar="Q",
    help="Dividend yield of every expiry; else each one's own, by put-call parity.",
)
@click.option(
    "--style",
    type=click.Choice(STYLES),
    help="When contracts may be exercised; auto, unless set otherwise, goes by the root.",
)
@click.option(
    "--as-of",
    "as_of",
    callback=arguments.as_moment,
    metavar="T",
    help="The instant the chain is true for; goes before what the file says.",
)
@click.option("--expiry", type=date, metavar="DATE", help="Levels of this expiry alone.")
@click.option(
    "--symbol", "-s", metavar="S", help="The underlying, where the file tells of several."
)
@arguments.INTEREST
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How the answer is printed: a table unless --plot is given.",
)
@click.option(
    "--plot", type=FILE, metavar="FILE", help="Draw gamma, smiles and open interest (PNG)."
)
@arguments.CONFIG
@arguments.QUIET
def chain(
    *,
    files: tuple[Path, ...],
    spot: float | None,
    rate: float | None,
    carry: float | None,
    style: str | None,
    as_of: Moment | None,
    expiry: dt.date | None,
    symbol: str | None,
    oi: Path | None,
    form: str | None,
    plot: Path | None,
    config: Path | None,
    quiet: bool,
) -> None:
    """Print what a chain of quotes implies: vols, greeks, dealers' exposures, levels.

    The format of a FILE is told from its content: Cboe quote tables, QuantConnect Lean
    universes, Massive (Polygon) and Alpaca snapshots, Databento, or opentape's own columns.

    T is ISO 8601 (New York time where it names no zone) or HH:MM[:SS] in New York on the
    file's date.
    """
    arguments.check_out(plot, [*files, oi, config])
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli.chains import answer

    asked = answer.Asked(
        files=files,
        spot=spot,
        rate=rate,
        carry=carry,
        style=style,
        as_of=as_of,
        expiry=expiry,
        symbol=symbol,
        oi=oi,
        config=config,
        quiet=quiet,
    )
    answer.chain(asked, form=form or (None if plot else "table"), plot=plot)
