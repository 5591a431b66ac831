"""`opentape convert`: tapes of any vendor as one file, in our columns or a vendor's."""

from pathlib import Path
from typing import Final

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE, Asked
from opentape.market.errors import BadSetting

FORMATS: Final = ("opentape", "cboe", "thetadata", "massive", "dbn")


@click.command
@arguments.TAPES
@click.argument("out", metavar="OUT", type=FILE)
@click.option(
    "--to",
    "form",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="Format to write: opentape to .parquet; a vendor's to .csv, .csv.gz; dbn to "
    ".dbn, .dbn.zst.",
)
@click.option(
    "--quotes-out",
    type=FILE,
    metavar="FILE",
    help="With --to massive, whose trades carry no quotes: where to write them.",
)
@arguments.QUOTES
@arguments.QUIET
def convert(
    *,
    tapes: tuple[Path, ...],
    out: Path,
    form: str,
    quotes_out: Path | None,
    quotes: Path | None,
    quiet: bool,
) -> None:
    """Write tapes as one file, in the order of the fold.

    In opentape's own columns a replay of OUT gives the same signals as a replay of the
    tapes, and reads faster. What a vendor's format has no place for is listed at the end.
    """
    for written in (out, quotes_out):
        arguments.check_out(written, [*tapes, quotes])
    if quotes_out is not None and quotes_out.resolve() == out.resolve():
        raise BadSetting(f"prints and quotes need a file each, was {out} for both")
    # pyarrow takes a moment to import, which --help should not
    from opentape.cli import answer

    asked = Asked(tapes=tapes, quotes=quotes, quiet=quiet)
    answer.convert(asked, out, form=form, quotes_out=quotes_out)
