"""`opentape replay`: fold tapes and answer with their signals."""

from pathlib import Path
from typing import Final

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE, Asked

FORMATS: Final = ("table", "ndjson", "csv", "json")


@click.command
@arguments.TAPES
@arguments.reading
@arguments.UNTIL
@click.option(
    "--from",
    "start",
    callback=arguments.as_moment,
    metavar="T",
    help="Leave out signals that begin before this instant; earlier prints still fold.",
)
@click.option(
    "--symbol",
    "-s",
    "symbols",
    multiple=True,
    metavar="S",
    help="Only this underlying; may be given again. Case and a caret do not matter.",
)
@click.option(
    "--min-score", type=click.IntRange(0, 100), default=0, help="Only this score and above."
)
@click.option("--structure", type=click.Choice(["sweep", "block"]), help="Only these.")
@click.option(
    "--intent", type=click.Choice(["bullish", "bearish", "neutral"]), help="Only these."
)
@click.option("--limit", "-n", type=click.IntRange(1), help="Only so many, the best.")
@click.option(
    "--out", "-o", type=FILE, metavar="FILE", help="Write the signals to a Parquet file."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How signals are printed: a table unless --out is given.",
)
def replay(
    *,
    asked: Asked,
    symbols: tuple[str, ...],
    min_score: int,
    structure: str | None,
    intent: str | None,
    limit: int | None,
    out: Path | None,
    form: str | None,
) -> None:
    """Fold tapes of option prints and print their signals, best first.

    The format of a TAPE is told from its content: Cboe DataShop option trades, Databento
    DBN, ThetaData, Massive (Polygon) flat files, or opentape's own columns; .gz and .zst
    are read as they are. Signals go to standard output, progress and the summary to
    standard error.

    T is ISO 8601 (New York time where it names no zone) or HH:MM[:SS] in New York on the
    tape's first trade date.
    """
    arguments.check_out(out, asked.files)
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli import answer

    selection = answer.Selection(
        symbols=tuple(answer.clean_symbol(symbol) for symbol in symbols),
        min_score=min_score,
        structure=structure,
        intent=intent,
        limit=limit,
    )
    form = form or (None if out else "table")
    answer.replay(asked, selection, out=out, form=form)
