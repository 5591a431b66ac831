"""`opentape simulate`: a market whose truth is known, as a vendor would deliver it."""

import datetime as dt
from pathlib import Path
from typing import Any, Final

import click

from opentape.cli import arguments
from opentape.cli.arguments import FILE
from opentape.market.errors import BadSetting

DATE: Final = dt.date(2026, 5, 21)
"""Simulated if no date is given: the same command makes the same market on any day."""
ALSO: Final = ("cboe", "thetadata", "massive", "dbn")


def as_date(_ctx: click.Context, _param: click.Parameter, value: dt.datetime) -> dt.date:
    """Return the day that a date on the command line names."""
    return value.date()


def as_symbols(
    _ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return symbols in capitals, those that commas part too."""
    return tuple(one.strip() for text in value for one in text.upper().split(","))


@click.command
@click.option("--out", "-o", type=FILE, metavar="DIR", help="Write the market there.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    default=f"{DATE}",
    show_default=True,
    callback=as_date,
    metavar="D",
    help="The first session.",
)
@click.option("--days", type=click.IntRange(1, 250), default=1, help="So many sessions.")
@click.option(
    "--symbols",
    "-s",
    multiple=True,
    callback=as_symbols,
    metavar="S,...",
    help="These underlyings; unknown ones are invented. May be given again.",
)
@click.option("--names", type=int, metavar="N", help="So many underlyings.")
@click.option(
    "--prints", type=int, default=1_000_000, show_default=True, help="A session, in all."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Other luck.")
@click.option(
    "--snapshot-minutes",
    type=int,
    default=30,
    show_default=True,
    metavar="M",
    help="Between two snapshots of the chain.",
)
@click.option(
    "--edge",
    type=float,
    default=0.0,
    metavar="X",
    help="Share of informed customers who know the next half hour.",
)
@click.option(
    "--faults",
    metavar="KIND=RATE,...",
    help="Break the feed: gap, duplicate, disorder, stale_nbbo, crossed_nbbo, "
    "missing_nbbo, busted_print, wrong_oi, clock_skew, impossible_price, wrong_time, "
    "repeated_oi, or all.",
)
@click.option(
    "--also",
    multiple=True,
    type=click.Choice(ALSO),
    help="Write the tape in this vendor's format too. May be given again.",
)
@click.option(
    "--report",
    type=FILE,
    metavar="DIR",
    help="Hold a simulated market against the real one.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How a report is printed.",
)
@click.option("--serve", is_flag=True, help="Play the day into the engine as if live.")
@click.option(
    "--speed",
    type=click.FloatRange(0.0, min_open=True),
    metavar="X",
    help="With --serve: so many times faster than it was.",
)
@arguments.QUIET
def simulate(
    *,
    out: Path | None,
    report: Path | None,
    form: str,
    serve: bool,
    speed: float | None,
    quiet: bool,
    **asked: Any,
) -> None:
    """Simulate a market: a day's tape and all that comes with it, and the truth beside.

    DIR is a folder that replay, chain and audit take: tape.parquet, stock.parquet,
    chain/, oi.parquet, daily.parquet and others, and in truth/ who traded, why, and with
    whom. The same options give the same bytes. With --days every session stands in a
    folder named by its date, and open interest goes on from one to the next.
    """
    # numba and pyarrow take a second to import, which --help should not
    from opentape.cli.market import make

    if report is not None:
        if out is not None or serve:
            raise BadSetting("--report must stand alone, was given with --out or --serve")
        make.report(report, form=form, quiet=quiet)
        return
    if out is None:
        raise BadSetting("a market needs --out DIR to be written to, or --report DIR")
    if speed is not None and not serve:
        raise BadSetting("--speed is of --serve, which was not given")
    make.make(out, make.wish(**asked), quiet=quiet)
    if serve:
        make.serve(out, 1.0 if speed is None else speed, quiet=quiet)
