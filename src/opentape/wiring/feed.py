"""A market's folder to a live feed, and to what is known beside it."""

import datetime as dt
from pathlib import Path

from opentape.desk.clock import Clock, SystemClock
from opentape.desk.state.beside import Beside
from opentape.feeds.market.beside import BesideRead, Paths
from opentape.feeds.market.beside import read_beside as read_files
from opentape.feeds.market.pace import AsNow, AtSpeed
from opentape.feeds.market.play import MarketFiles, PlayedMarket
from opentape.feeds.tape import open_tape
from opentape.market.calendar import trade_date
from opentape.store.market import days

__all__ = [
    "Beside",
    "BesideRead",
    "PlayedMarket",
    "date_of",
    "market_files",
    "open_moved",
    "open_played",
    "read_beside",
]


def open_played(
    path: Path,
    *,
    speed: float = 1.0,
    from_ns: int | None = None,
    clock: Clock | None = None,
) -> PlayedMarket:
    """Return a folder, or a tape alone, as a feed so many times as fast as it was.

    Parameters
    ----------
    path : Path
        A folder with a tape, one of several days named by their date, of which the newest
        is played, or a file.
    from_ns : int, optional
        Where to begin; what was before is delivered at once.

    Raises
    ------
    BadFile
        If there is no such folder or file, or it is no tape.
    """
    pace = AtSpeed(clock or SystemClock(), speed, from_ns=from_ns)
    return PlayedMarket(market_files(path), pace)


def open_moved(path: Path, shift_ns: int, *, clock: Clock | None = None) -> PlayedMarket:
    """Return a folder, or a tape alone, as a feed whose instants are moved to now.

    Raises
    ------
    BadFile
        If there is no such folder or file, or it is no tape.
    """
    return PlayedMarket(market_files(path), AsNow(clock or SystemClock(), shift_ns))


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


def date_of(path: Path) -> dt.date:
    """Return the trade date that a folder's tape, or a tape alone, begins with.

    Raises
    ------
    BadFile
        If there is no such folder or file, or it is no tape.
    """
    tape = open_tape([market_files(path).tape])
    return trade_date(int(next(tape.batches()).ts_event[0]))
