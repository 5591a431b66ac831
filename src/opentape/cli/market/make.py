"""What `opentape simulate` does, once what was asked for is known."""

from pathlib import Path
from typing import Any, NamedTuple

import click

from opentape.cli.answer import convert
from opentape.cli.arguments import Asked, Run
from opentape.cli.chains.streams import errors
from opentape.cli.market.playing import serve
from opentape.cli.market.report import report
from opentape.cli.progress import MAKING, Ahead, Progress
from opentape.cli.summary import counted, told
from opentape.desk.simulate import simulate
from opentape.wiring import build
from opentape.wiring.simulated import making
from opentape.wiring.simulated.making import MarketOptions

__all__ = ["Wish", "make", "report", "serve", "wish"]


class Wish(NamedTuple):
    """A market as it was asked for."""

    market: MarketOptions
    days: int
    faults: str | None
    also: tuple[str, ...]


def wish(*, days: int, faults: str | None, also: tuple[str, ...], **market: Any) -> Wish:
    """Return what was asked for; what is not named here is of the market.

    Raises
    ------
    BadSetting
        If there can be no such market.
    """
    return Wish(MarketOptions(**market), days, faults, also)


def make(out: Path, wish: Wish, *, quiet: bool) -> None:
    """Write a market, session by session, and say what stands where."""
    plan = making.plan(wish.market, wish.faults)
    plan.prepare(out)
    run = click.get_current_context().ensure_object(Run)
    rows = Ahead(wish.market.prints * wish.days)
    with Progress(rows, errors(), run, quiet=quiet, work=MAKING) as progress:
        made = list(
            simulate(
                plan.options,
                wish.days,
                lambda session: plan.folder(out, session, alone=wish.days == 1),
                plan.breaking,
                progress.advance,
            )
        )
        run.written = out
    for folder in build.market_days(out):
        for form in wish.also:
            _also(folder.tape, folder.folder, form, quiet=quiet)
    if not quiet:
        console = errors()
        days = f"{counted(len(made), 'session')} from {made[0]}"
        console.print(told("market", f"{out}, {days}"), soft_wrap=True)
        console.print(told("prints", f"{progress.rows:,} rows of the tape"), soft_wrap=True)


def _also(tape: Path, folder: Path, form: str, *, quiet: bool) -> None:
    """Write a tape in a vendor's format, read back as anybody would read it."""
    out = making.vendor_path(folder, form)
    asked = Asked(tapes=(tape,), quotes=None, quiet=quiet)
    convert(asked, out, form=form, quotes_out=making.quotes_path(folder, form))
