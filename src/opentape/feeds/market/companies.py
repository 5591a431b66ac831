"""Who is who: what underlyings are, and when companies report."""

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np

from opentape.desk.state.beside import Company, Report
from opentape.feeds.market.rows import Rows, days, known, numbers, symbols, texts
from opentape.feeds.values import Sieve
from opentape.market.calendar import EPOCH

TIMES: Final = ("bmo", "amc")
_MOST_CAP: Final = 1e15


def sector_rows(path: Path) -> Rows:
    """Return a file of what underlyings are, its rows yet to be read."""
    return Rows(path, ("symbol",), ("sector", "name", "market_cap"))


def read_sectors(rows: Rows) -> dict[str, Company]:
    """Return what each underlying is; of two rows for one the later counts.

    Raises
    ------
    BadFile
        If the file is damaged.
    """
    return {symbol: one for part in rows.decoded(_companies) for symbol, one in part}


def earnings_rows(path: Path) -> Rows:
    """Return a file of reports, its rows yet to be read."""
    return Rows(path, ("symbol", "date"), ("time", "eps_estimate", "eps_actual"))


def read_earnings(rows: Rows) -> dict[str, tuple[Report, ...]]:
    """Return the reports of each company; of two rows for a date the later counts.

    Raises
    ------
    BadFile
        If the file is damaged.
    """
    told: dict[str, dict[dt.date, Report]] = {}
    for part in rows.decoded(_reports):
        for symbol, report in part:
            told.setdefault(symbol, {})[report.date] = report
    return {
        symbol: tuple(report for _, report in sorted(reports.items()))
        for symbol, reports in sorted(told.items())
    }


def _companies(sieve: Sieve) -> list[tuple[str, Company]]:
    symbol, sector, name = symbols(sieve), texts(sieve, "sector"), texts(sieve, "name")
    cap = numbers(sieve, "market_cap", "bad_market_cap")
    sieve.refuse((cap < 0) | (cap > _MOST_CAP), "bad_market_cap", "market_cap")
    return [
        (
            symbol[at],
            Company(
                sector=sector[at] or None,
                name=name[at] or None,
                market_cap=None if np.isnan(cap[at]) else round(float(cap[at])),
            ),
        )
        for at in np.flatnonzero(sieve.ok).tolist()
    ]


def _reports(sieve: Sieve) -> list[tuple[str, Report]]:
    symbol, day = symbols(sieve), days(sieve)
    time = texts(sieve, "time", lambda text: text.strip().lower())
    sieve.refuse(~np.isin(time, ["", *TIMES]), "bad_time", "time")
    estimate, actual = (
        numbers(sieve, name, "bad_eps") for name in ("eps_estimate", "eps_actual")
    )
    return [
        (
            symbol[at],
            Report(
                date=EPOCH + dt.timedelta(days=int(day[at])),
                time=time[at] or None,
                eps_estimate=known(float(estimate[at])),
                eps_actual=known(float(actual[at])),
            ),
        )
        for at in np.flatnonzero(sieve.ok).tolist()
    ]
