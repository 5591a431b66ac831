"""Daily bars of underlyings, and series about the whole market."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.state.beside import Series
from opentape.desk.state.history import History
from opentape.feeds.market.rows import Rows, days, numbers, symbols, texts
from opentape.feeds.values import Sieve


class _Told(NamedTuple):
    """Rows of one file; the first two columns name what a row is of."""

    key: NDArray[np.object_]
    date: NDArray[np.int64]
    values: tuple[NDArray[np.float64], ...]


def daily_rows(path: Path) -> Rows:
    """Return a file of daily bars, its rows yet to be read."""
    return Rows(path, ("date", "symbol", "close"), ("open", "high", "low", "iv30"))


def read_daily(rows: Rows) -> dict[str, History]:
    """Return the past of each underlying; of two rows for a session the later counts.

    Raises
    ------
    BadFile
        If the file is damaged.
    """
    told = _grouped(rows.decoded(_bars))
    return {symbol: History(day, *values) for symbol, (day, values) in told.items()}


def macro_rows(path: Path) -> Rows:
    """Return a file of series about the market, its rows yet to be read."""
    return Rows(path, ("date", "series", "value"))


def read_macro(rows: Rows) -> dict[str, Series]:
    """Return each series by its name; of two rows for a date the later counts.

    Raises
    ------
    BadFile
        If the file is damaged.
    """
    told = _grouped(rows.decoded(_points))
    return {name: Series(day, *values) for name, (day, values) in told.items()}


def _bars(sieve: Sieve) -> _Told:
    symbol, day = symbols(sieve), days(sieve)
    prices = [
        numbers(sieve, name, "bad_price") for name in ("open", "high", "low", "close")
    ]
    _, high, low, close = prices
    sieve.refuse(np.isnan(close) | (close <= 0), "bad_price", "close")
    for name, price in zip(("open", "high", "low"), prices, strict=False):
        sieve.refuse(price <= 0, "bad_price", name)
    sieve.refuse(high < low, "bad_bar", "high", "low")
    iv = numbers(sieve, "iv30", "bad_iv")
    # a vol of nothing is one that was not computed
    iv = np.where(iv > 0, iv, np.nan)
    return _kept(sieve, _Told(symbol, day, (*prices, iv)))


def _points(sieve: Sieve) -> _Told:
    name = texts(sieve, "series", lambda text: text.strip().lower())
    sieve.refuse(name == "", "bad_series", "series")
    day, value = days(sieve), numbers(sieve, "value", "bad_value")
    sieve.refuse(np.isnan(value), "bad_value", "value")
    return _kept(sieve, _Told(name, day, (value,)))


def _kept(sieve: Sieve, told: _Told) -> _Told:
    ok = sieve.ok
    return _Told(told.key[ok], told.date[ok], tuple(column[ok] for column in told.values))


def _grouped(
    parts: Iterable[_Told],
) -> dict[str, tuple[NDArray[np.int64], list[NDArray[np.float64]]]]:
    """Return dates and values by key, dates ascending and none twice."""
    told = list(parts)
    if not told:
        return {}
    key = np.concatenate([part.key for part in told])
    date = np.concatenate([part.date for part in told])
    values = [
        np.concatenate(column) for column in zip(*(p.values for p in told), strict=True)
    ]
    order = np.argsort(date, kind="stable")
    grouped = dict[str, tuple[NDArray[np.int64], list[NDArray[np.float64]]]]()
    for name in sorted(set(key.tolist())):
        mine = order[key[order] == name]
        last = np.append(date[mine][1:] != date[mine][:-1], True)
        mine = mine[last]
        grouped[name] = (date[mine], [column[mine] for column in values])
    return grouped
