"""Cboe's site export of a whole chain, ``quotedata.csv``: calls left, puts right."""

import csv
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from opentape.feeds.chains.sift import sifted_table
from opentape.feeds.chains.told import Asked, Layout, Part, one_by_one
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block
from opentape.feeds.raw.text import CsvTable
from opentape.feeds.source import Ledger
from opentape.market.calendar import NEW_YORK, instant_ns
from opentape.market.chain import UNKNOWN_TIME
from opentape.market.errors import BadFile, BadSetting

_HEAD: Final = 1 << 14
_FIRST_CELLS: Final = ("expiration date", "calls")
_LATEST_HEADER: Final = 12
_SIDES: Final = ("calls", "puts")
_OURS: Final = {
    "last sale": "last",
    "last": "last",
    "bid": "bid",
    "ask": "ask",
    "volume": "volume",
    "vol": "volume",
    "iv": "iv",
    "delta": "delta",
    "gamma": "gamma",
    "open interest": "open_interest",
    "open int": "open_interest",
}
_NEEDED: Final = frozenset({"symbol", "bid", "ask"})
_LAST: Final = re.compile(r"last:?\s*([\d,]*\.?\d+)", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[\d,]*\.?\d+")
_MOMENT: Final = re.compile(
    r"([A-Za-z]{3})[a-z]* +(\d{1,2}),? +(\d{4}),? *(?:at|@) *"
    r"(\d{1,2}):(\d\d)(?::(\d\d))? *([AP]M)? *([A-Z]{2,4})?(?:([+-]\d{1,2})(?::?00)?)?"
)
_ZONES: Final = {
    "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8,
    "UTC": 0, "GMT": 0,
}  # fmt: skip


class Top(NamedTuple):
    """The lines before the rows."""

    before: list[list[str]]
    """The cells of each line before the header."""
    header: list[str]
    """Its cells, in lower case."""

    @property
    def at(self) -> int:
        """Which line the header is, counted from 0."""
        return len(self.before)


def top_of(head: bytes) -> Top | None:
    """Return the first lines of an export, None if the file is none."""
    before: list[list[str]] = []
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:_LATEST_HEADER]:
        try:
            found = next(csv.reader([line.decode("utf-8", "backslashreplace").strip()]), [])
        except csv.Error:
            return None
        names = [cell.strip().lower() for cell in found]
        if tuple(names[:2]) == _FIRST_CELLS:
            return Top(before, names)
        before.append([cell.strip() for cell in found])
    return None


def decode(file: Inflated, asked: Asked, ledger: Ledger, first_row: int) -> Part:
    """Return the contracts of an export; prices are dollars.

    A line is two rows, the call and then the put.

    Raises
    ------
    BadFile
        If columns are missing.
    BadSetting
        If the time is not told, neither by the file nor by the caller.
    """
    top = top_of(file.head(_HEAD))
    if top is None:
        raise BadFile(f"{file.path} is no {LAYOUT.title}: it has no header")
    as_of = UNKNOWN_TIME if asked.as_of_ns is not None else _moment(top, file.path)
    names, sides = _named(top, file.path)
    table = CsvTable(file, names, ragged=False)

    def refuse(reason: str, row: int, found: str) -> None:
        if row >= top.at:
            ledger.skips.add(reason, 2, [(2 * (row - top.at) + first_row, found)])

    def blocks() -> Iterator[Block]:
        for block in table.blocks(names, refuse):
            kept = block.rows >= top.at
            rows = 2 * (block.rows[kept] - top.at)
            for at, ours in enumerate(sides):
                columns = {
                    n: block.columns[c].filter(pa.array(kept)) for n, c in ours.items()
                }
                yield Block(rows + at, columns)

    found = sifted_table(table, blocks(), ledger, first_row)
    found = found._replace(
        spot=np.full(found.row.size, _spot(top)), as_of=np.full(found.row.size, as_of)
    )
    rows = 2 * max(table.rows_seen - top.at, 0)

    def locate(row: int) -> str:
        return f"{file.path}:{row // 2 + top.at + 2}"

    return Part(found, rows, locate)


def _named(top: Top, path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return a name for each column, and for calls and puts which column is which."""
    names = [f"{at} {name}" for at, name in enumerate(top.header)]
    sides: list[dict[str, str]] = []
    for side in _SIDES:
        start = top.header.index(side) if side in top.header else len(names)
        ours: dict[str, str] = {"symbol": names[start]} if start < len(names) else {}
        for at in range(start + 1, len(names)):
            if top.header[at] in ("strike", *_SIDES):
                break
            if top.header[at] in _OURS:
                ours[_OURS[top.header[at]]] = names[at]
        if lacking := sorted(_NEEDED - set(ours)):
            raise BadFile(
                f"{LAYOUT.title} need {', '.join(lacking)} of {side}, "
                f"was {path} with the columns {', '.join(top.header)[:120]!r}"
            )
        sides.append(ours)
    return names, sides


def _spot(top: Top) -> float:
    """Return the last price of the underlying, NaN where it is not told."""
    for cell in (cell for line in top.before for cell in line):
        if found := _LAST.match(cell):
            return float(found[1].replace(",", ""))
    # older exports have it bare behind the name
    for line in top.before:
        if len(line) > 1 and line[0] and _PLAIN.fullmatch(line[1]):
            return float(line[1].replace(",", ""))
    return np.nan


def _moment(top: Top, path: Path) -> int:
    """Return the time of the export, nanoseconds since 1970 UTC."""
    found = _MOMENT.search("\n".join(", ".join(line) for line in top.before))
    try:
        if found:
            return instant_ns(_zoned(found))
    except (ValueError, KeyError, OverflowError):
        pass
    told = ", ".join(top.before[-1]) if top.before else ""
    raise BadSetting(
        f"{LAYOUT.title} are of the time in their third line, or of --as-of, "
        f"was {told[:120]!r} in {path}"
    )


def _zoned(found: re.Match[str]) -> dt.datetime:
    month, day, year, hour, minute, second, half, zone, offset = found.groups()
    hours = int(hour) % 12 + 12 * (half == "PM") if half else int(hour)
    date = dt.datetime.strptime(f"{month} {day} {year}", "%b %d %Y")  # noqa: DTZ007
    clock = dt.time(hours, int(minute), int(second or 0))
    if zone in (None, "ET"):
        return dt.datetime.combine(date.date(), clock, tzinfo=NEW_YORK)
    shift = dt.timedelta(hours=_ZONES[zone] + int(offset or 0))
    return dt.datetime.combine(date.date(), clock, tzinfo=dt.timezone(shift))


LAYOUT: Final = Layout("Cboe delayed quotes", one_by_one(decode))
