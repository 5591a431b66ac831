"""The files of a simulated or recorded day to objects."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from opentape.desk.audit.ports import TruthBeside
from opentape.desk.outcomes.columns import Watched
from opentape.desk.outcomes.played import watched
from opentape.desk.outcomes.prices import Prices
from opentape.desk.ports import Tape
from opentape.desk.replay import Settled
from opentape.feeds.market.stock import StockFile
from opentape.flow.options import FlowOptions
from opentape.market.chain import Chain
from opentape.market.errors import BadFile
from opentape.market.open_interest import OpenInterest
from opentape.store.market import days
from opentape.store.market.days import DayFiles
from opentape.wiring import build

_MOMENT: Final = "1300.parquet"
"""Quotes at this time, or at the last one before it, stand for the session's."""


class MarketDay(NamedTuple):
    """One simulated day: its tape, its truth, and what is listed."""

    tape: Tape
    truth: TruthBeside
    before: OpenInterest
    """Of the morning."""
    after: OpenInterest
    """Of the next morning."""
    chains: list[Chain]
    """Quotes at one moment of the session; their contracts are the tape's."""


def open_day(folder: Path) -> MarketDay:
    """Return a simulated day; its tape is yet to be read.

    Raises
    ------
    BadFile
        If the folder lacks the open interest of either morning.
    """
    tape = build.open_tape([folder / days.TAPE])
    chains = [
        file.chain
        for path in _snapshot(folder / days.CHAINS)
        for file in build.read_chains([path], tape.contracts)
    ]
    return MarketDay(
        tape,
        build.open_truth(folder),
        _interest(folder / days.INTEREST, tape),
        _interest(folder / days.NEXT_INTEREST, tape),
        chains,
    )


def played(
    files: DayFiles,
    tape: Tape,
    options: FlowOptions,
    on_rows: Callable[[int], None] | None = None,
) -> Watched:
    """Return what is told of one day of a market when it is played, and its prices.

    Parameters
    ----------
    tape
        That of the day.

    Raises
    ------
    BadFile
        If a file of the day is damaged.
    """
    prices, stock = Prices(), files.folder / days.STOCK
    if stock.is_file():
        file = StockFile(stock)
        for batch in file.batches():
            prices.stocks(batch, file.symbols)
    settled = Settled()
    if files.open_interest is not None:
        interest, _ = build.read_open_interest(files.open_interest, tape.contracts)
        settled = Settled(interest)
    return watched(tape, settled, options, prices, on_rows)


def _interest(path: Path, tape: Tape) -> OpenInterest:
    if not path.is_file():
        raise BadFile(f"a simulated day needs {path.name} beside its tape, was without")
    return build.read_open_interest(path, tape.contracts)[0]


def _snapshot(folder: Path) -> list[Path]:
    """Return the snapshot to read, as a list that is empty where there is none."""
    found = sorted(folder.glob("*.parquet"))
    return [path for path in found if path.name <= _MOMENT][-1:] or found[:1]
