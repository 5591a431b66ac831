"""What is known before the session: daily bars, macro series, reports, sectors."""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from opentape.market.calendar import EPOCH
from opentape.simulation.world.earnings import Reports
from opentape.simulation.world.history import History
from opentape.simulation.world.macro import Macro
from opentape.simulation.world.names import Name
from opentape.store.aside import writing
from opentape.store.columns import dates, known, words

DAILY: Final = pa.schema(
    [
        ("date", pa.date32()),
        ("symbol", pa.dictionary(pa.int32(), pa.string())),
        ("open", pa.float64()),
        ("high", pa.float64()),
        ("low", pa.float64()),
        ("close", pa.float64()),
        ("volume", pa.int64()),
        ("iv30", pa.float64()),
    ]
)
_MILLION: Final = 1e6


def write_daily(path: Path, past: History) -> None:
    """Write the sessions before a date as Parquet: a row a session and name, by date.

    Raises
    ------
    BadFile
        If the file cannot be written, as in the other functions here.
    """
    sessions, names = past.close.shape
    volume = past.volume.ravel()
    columns = [
        dates(np.repeat(past.day, names)),
        words(np.tile(np.arange(names), sessions), past.symbols),
        pa.array(past.open.ravel()),
        pa.array(past.high.ravel()),
        pa.array(past.low.ravel()),
        pa.array(past.close.ravel()),
        known(volume, volume > 0),
        pa.array(past.iv30.ravel()),
    ]
    with writing(path) as aside:
        pq.write_table(pa.table(columns, schema=DAILY), aside, compression="zstd")


def write_macro(path: Path, series: Macro) -> None:
    """Write the series of the whole market as text: a line a session and series."""
    days = [_date(day) for day in series.day.tolist()]
    named = zip(Macro._fields[1:], series[1:], strict=True)
    lines = (
        (day, name, f"{value:.2f}")
        for name, values in named
        for day, value in zip(days, values.tolist(), strict=True)
    )
    _write_csv(path, ("date", "series", "value"), sorted(lines))


def write_earnings(path: Path, reports: Mapping[str, Reports]) -> None:
    """Write reports as text: a line a report; what is to come has no actual figure."""
    columns = ("symbol", "date", "time", "eps_estimate", "eps_actual")
    lines = (line for symbol, told in reports.items() for line in _lines(symbol, told))
    _write_csv(path, columns, lines)


def write_sectors(path: Path, names: Sequence[Name]) -> None:
    """Write what each name is as text; an index is worth no market cap."""
    lines = (
        (
            name.symbol,
            name.sector,
            name.title,
            round(name.spot * name.shares_m * _MILLION) or "",
        )
        for name in names
    )
    _write_csv(path, ("symbol", "sector", "name", "market_cap"), lines)


def _lines(symbol: str, told: Reports) -> Iterable[tuple[str, ...]]:
    time = "bmo" if told.before_open else "amc"
    figures = zip(
        told.day.tolist(), told.estimate.tolist(), told.actual.tolist(), strict=True
    )
    for day, estimate, actual in figures:
        yield symbol, _date(day), time, _cents(estimate), _cents(actual)


def _date(day: int) -> str:
    return (EPOCH + dt.timedelta(days=day)).isoformat()


def _cents(dollars: float) -> str:
    return "" if np.isnan(dollars) else f"{dollars:.2f}"


def _write_csv(
    path: Path, columns: tuple[str, ...], lines: Iterable[tuple[object, ...]]
) -> None:
    with writing(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(lines)
