"""All that stands beside the tapes of a market, each file of it optional."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from opentape.desk.state.beside import Beside
from opentape.feeds.market import companies, past
from opentape.feeds.market.rows import Rows

T = TypeVar("T")


class Paths(NamedTuple):
    """Where each file stands; one that does not exist is not read."""

    daily: Path
    macro: Path
    sectors: Path
    earnings: Path


class BesideRead(NamedTuple):
    """What was read, and what was not."""

    beside: Beside
    complaints: tuple[str, ...]
    """A sentence for each reason that rows of a file were skipped for."""


def read_beside(paths: Paths) -> BesideRead:
    """Return what the files tell.

    Raises
    ------
    BadFile
        If one of those that exist is damaged, or lacks a column.
    """
    complaints = list[str]()

    def read(
        path: Path, opened: Callable[[Path], Rows], told: Callable[[Rows], dict[str, T]]
    ) -> dict[str, T]:
        if not path.is_file():
            return {}
        rows = opened(path)
        found = told(rows)
        complaints.extend(rows.complaints())
        return found

    beside = Beside(
        history=read(paths.daily, past.daily_rows, past.read_daily),
        macro=read(paths.macro, past.macro_rows, past.read_macro),
        companies=read(paths.sectors, companies.sector_rows, companies.read_sectors),
        reports=read(paths.earnings, companies.earnings_rows, companies.read_earnings),
    )
    return BesideRead(beside, tuple(complaints))
