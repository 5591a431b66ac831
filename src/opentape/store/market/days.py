"""Where the days of a simulated market stand, and what stands in each."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from opentape.market.errors import BadFile

TAPE: Final = "tape.parquet"
STOCK: Final = "stock.parquet"
CHAINS: Final = "chain"
INTEREST: Final = "oi.parquet"
NEXT_INTEREST: Final = "oi_next.parquet"
DAILY: Final = "daily.parquet"
MACRO: Final = "macro.csv"
EARNINGS: Final = "earnings.csv"
SECTORS: Final = "sectors.csv"
ABOUT: Final = "market.json"
"""Says how a day was made; written last."""
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class DayFiles(NamedTuple):
    """The files of one simulated day that an engine may read."""

    folder: Path
    tape: Path
    open_interest: Path | None
    """None where the folder has none."""


def days_of(folder: Path) -> list[DayFiles]:
    """Return the days of a folder, oldest first: itself, or those named by their date.

    Raises
    ------
    BadFile
        If it is no folder, or neither it nor a day in it has a tape.
    """
    if not folder.exists():
        raise BadFile(f"there is no folder {folder}")
    if not folder.is_dir():
        raise BadFile(f"a simulated market must be a folder, was {folder}")
    dated = sorted(day for day in folder.iterdir() if is_date(day.name))
    found = [day for day in (folder, *dated) if (day / TAPE).is_file()]
    if not found:
        raise BadFile(
            f"a simulated market must hold {TAPE}, or days as YYYY-MM-DD that do, "
            f"was {folder}"
        )
    return [_files(day) for day in found]


def is_date(name: str) -> bool:
    """Return whether a folder is named by a date."""
    return _DATE.fullmatch(name) is not None


def _files(day: Path) -> DayFiles:
    interest = day / INTEREST
    return DayFiles(day, day / TAPE, interest if interest.is_file() else None)
