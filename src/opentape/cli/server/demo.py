"""The demo's feed: a simulated market moved to the wall clock."""

from pathlib import Path

import click

from opentape.cli.arguments import Run
from opentape.cli.chains.streams import errors
from opentape.cli.progress import MAKING, Ahead, Progress
from opentape.desk.clock import Clock
from opentape.wiring.simulated.demo import PRINTS, DemoMarket, demo_market


def demo_made(folder: Path, clock: Clock, *, quiet: bool) -> DemoMarket:
    """Return a market that moves now, simulated if it was not before.

    Raises
    ------
    BadFile
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = click.get_current_context().ensure_object(Run)
    with Progress(Ahead(PRINTS), errors(), run, quiet=quiet, work=MAKING) as progress:
        return demo_market(clock.wall_ns(), folder, on_rows=progress.advance)
