"""A market's folder to a live feed, and to what is known beside it."""

import datetime as dt
from pathlib import Path

from opentape.desk.clock import Clock, SystemClock
from opentape.desk.state.beside import Beside
from opentape.feeds.market.beside import BesideRead, Paths
from opentape.feeds.market.beside import read_beside as read_files
from opentape.feeds.market.pace import AsNow, AtSpeed, InSteps
from opentape.feeds.market.play import MarketFiles, PlayedMarket
from opentape.feeds.tape import open_tape
from opentape.market.calendar import at_new_york, trade_date
from opentape.store.market import days

__all__ = [
    "Beside",
    "BesideRead",
    "PlayedMarket",
    "market_files",
    "open_in_steps",
    "open_moved",
    "open_played",
    "read_beside",
]


def open_played(
    path: Path,
    *,
    speed: float = 1.0,
    begin: dt.time | None = None,
    clock: Clock | None = None,
) -> PlayedMarket:
    """Return a folder, or a tape alone, as a feed so many times as fast as it was.

    Parameters
    ----------
    path : Path
        A folder with a tape, one of several days named by their date, of which the newest
        is played, or a file.
    begin : datetime.time, optional
        Where to begin, in New York; what was before is delivered at once.

    Raises
    ------
    BadFile
        If there is no such folder or file, or it is no tape.
    """
    files = market_files(path)
    from_ns = None if begin is None else at_new_york(_date_of(files.tape), begin)
    return PlayedMarket(files, AtSpeed(clock or SystemClock(), speed, from_ns=from_ns))


def open_moved(path: Path, shift_ns: int, *, clock: Clock | None = None) -> PlayedMarket:
    """Return a folder, or a tape alone, as a feed whose instants are moved to now.

    Raises
    ------
    BadFile
        If there is no such folder or file, or it is no tape.
    """
    return PlayedMarket(market_files(path), AsNow(clock or SystemClock(), shift_ns))


def open_in_steps(path: Path, step_ns: int) -> PlayedMarket:
    """Return a folder as a feed that is as fast as it is read, a step at a time.

    Raises
    ------
    BadFile
        If there is no such folder, or it has no tape.
    """
    return PlayedMarket(market_files(path), InSteps(step_ns))


def market_files(path: Path) -> MarketFiles:
    """Return what is played of a folder, or a file as a tape alone.

    Raises
    ------
    BadFile
        If it is neither, or the folder has no tape.
    """
    if path.is_file():
        return MarketFiles(path)
    day = days.days_of(path)[-1]
    stock, about = day.folder / days.STOCK, day.folder / days.ABOUT
    return MarketFiles(
        tape=day.tape,
        stock=stock if stock.is_file() else None,
        chains=tuple(sorted((day.folder / days.CHAINS).glob("*.parquet"))),
        interest=day.open_interest,
        title="simulated market" if about.is_file() else "recorded market",
    )


def read_beside(path: Path) -> BesideRead:
    """Return what is known beside the tape of a folder; nothing, of a tape alone.

    Raises
    ------
    BadFile
        If a file of it is damaged, or lacks a column.
    """
    if path.is_file():
        return BesideRead(Beside(), ())
    folder = days.days_of(path)[-1].folder
    names = (days.DAILY, days.MACRO, days.SECTORS, days.EARNINGS)
    return read_files(Paths(*(folder / name for name in names)))


def _date_of(tape: Path) -> dt.date:
    return trade_date(int(next(open_tape([tape]).batches()).ts_event[0]))
