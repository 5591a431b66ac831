"""A folder or a tape to a live feed, and what stands beside it."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from opentape.desk.clock import Clock
from opentape.desk.ports import Feed
from opentape.desk.state.beside import Beside
from opentape.feeds.market.beside import Paths, read_beside
from opentape.feeds.market.pace import AtSpeed, Pace
from opentape.feeds.market.play import MarketFiles, PlayedMarket
from opentape.feeds.tape import open_tape
from opentape.market.calendar import at_new_york, trade_date


class Played(NamedTuple):
    """A feed, and what is known beside it."""

    feed: Feed
    beside: Beside
    complaints: tuple[str, ...]
    """A sentence for each reason that rows beside the feed were skipped for."""


def played(path: Path, pace: Pace, title: str) -> Played:
    """Return the feed that a market's folder is, or a tape alone.

    Raises
    ------
    BadFile
        If a file is not what it should be.
    """
    if not path.is_dir():
        return Played(PlayedMarket(MarketFiles(path, title=title), pace), Beside(), ())
    found = read_beside(
        Paths(
            daily=path / "daily.parquet",
            macro=path / "macro.csv",
            sectors=path / "sectors.csv",
            earnings=path / "earnings.csv",
        )
    )
    files = MarketFiles(
        tape=path / "tape.parquet",
        stock=_if_there(path / "stock.parquet"),
        chains=tuple(sorted((path / "chain").glob("*.parquet"))),
        interest=_if_there(path / "oi.parquet"),
        title=title,
    )
    return Played(PlayedMarket(files, pace), found.beside, found.complaints)


def at_speed(path: Path, clock: Clock, speed: float, begin: dt.time | None) -> Played:
    """Return a folder or tape as a feed that plays it so many times faster than it was.

    Parameters
    ----------
    begin
        Where it begins, New York time; what was before is delivered at once.

    Raises
    ------
    BadFile
        If a file is not what it should be.
    """
    from_ns = None if begin is None else at_new_york(_date_of(path), begin)
    return played(path, AtSpeed(clock, speed, from_ns=from_ns), f"{path}")


def _date_of(path: Path) -> dt.date:
    tape = open_tape([path / "tape.parquet" if path.is_dir() else path])
    return trade_date(int(next(tape.batches()).ts_event[0]))


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None
