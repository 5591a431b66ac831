"""Where the days of a simulated market stand, and what stands in each."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from opentape.market.errors import BadFile

TAPE: Final = "tape.parquet"
INTEREST: Final = "oi.parquet"
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
    if not folder.is_dir():
        raise BadFile(f"a simulated market must be a folder, was {folder}")
    dated = sorted(day for day in folder.iterdir() if _DATE.fullmatch(day.name))
    found = [day for day in (folder, *dated) if (day / TAPE).is_file()]
    if not found:
        raise BadFile(
            f"a simulated market must hold {TAPE}, or days as YYYY-MM-DD that do, "
            f"was {folder}"
        )
    return [_files(day) for day in found]


def _files(day: Path) -> DayFiles:
    interest = day / INTEREST
    return DayFiles(day, day / TAPE, interest if interest.is_file() else None)
