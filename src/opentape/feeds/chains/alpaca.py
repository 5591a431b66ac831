"""Alpaca option chain snapshots: contracts by symbol, without the price of the share."""

import datetime as dt
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from opentape.feeds.chains.pages import (
    NO_BAR,
    Page,
    block_of,
    entries,
    pages,
    part_of,
    within,
    without_old_bars,
)
from opentape.feeds.chains.sift import sifted
from opentape.feeds.chains.told import Asked, Layout, Part, one_by_one
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.source import Ledger
from opentape.market.calendar import EPOCH

SIGNS: Final = (b"snapshots", b"latestQuote", b"latestTrade")
"""Names that such a file has, and no other."""


class _Bar(msgspec.Struct, frozen=True, gc=False):
    close: float | None = msgspec.field(name="c", default=None)
    volume: float | None = msgspec.field(name="v", default=None)
    time: str | None = msgspec.field(name="t", default=None)


class _Greeks(msgspec.Struct, frozen=True, gc=False):
    delta: float | None = None
    gamma: float | None = None


class _Quote(msgspec.Struct, frozen=True, gc=False):
    bid: float | None = msgspec.field(name="bp", default=None)
    ask: float | None = msgspec.field(name="ap", default=None)
    bid_size: float | None = msgspec.field(name="bs", default=None)
    ask_size: float | None = msgspec.field(name="as", default=None)
    time: str | None = msgspec.field(name="t", default=None)


class _Trade(msgspec.Struct, frozen=True, gc=False):
    price: float | None = msgspec.field(name="p", default=None)


class _Snapshot(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    greeks: _Greeks | None = None
    implied_volatility: float | None = None
    latest_quote: _Quote | None = None
    latest_trade: _Trade | None = None
    daily_bar: _Bar | None = None


def decode(file: Inflated, asked: Asked, ledger: Ledger, first_row: int) -> Part:
    """Return the contracts of a file's pages; times are ISO 8601, money dollars.

    Raises
    ------
    BadFile
        If it is no JSON, or no page of it has snapshots.
    """
    by_symbol = [each for page in pages(file) for each in _snapshots(page, file).items()]
    raws = (raw for _, raw in by_symbol)
    rows, found, total = entries(raws, _Snapshot, ledger, first_row)
    number, text = pa.float64(), pa.string()
    quotes = [each.latest_quote or _Quote() for each in found]
    trades = [each.latest_trade or _Trade() for each in found]
    bars = [each.daily_bar or _Bar() for each in found]
    greeks = [each.greeks or _Greeks() for each in found]
    block = block_of(
        rows,
        symbol=(text, [by_symbol[row][0] for row in rows.tolist()]),
        bid=(number, [quote.bid for quote in quotes]),
        ask=(number, [quote.ask for quote in quotes]),
        last=(number, [t.price or b.close for t, b in zip(trades, bars, strict=True)]),
        bid_size=(number, [quote.bid_size for quote in quotes]),
        ask_size=(number, [quote.ask_size for quote in quotes]),
        volume=(number, [bar.volume for bar in bars]),
        ts_quote=(text, [quote.time for quote in quotes]),
        iv=(number, [each.implied_volatility for each in found]),
        delta=(number, [each.delta for each in greeks]),
        gamma=(number, [each.gamma for each in greeks]),
        as_of=(text, [quote.time for quote in quotes]),
    )
    told = sifted(block, ledger, first_row)
    days = np.full(total, NO_BAR, np.int64)
    days[rows] = [_day(bar.time) for bar in bars]
    told = without_old_bars(told, days[told.row - first_row], asked)
    return part_of(file, told, total)


def _snapshots(page: Page, file: Inflated) -> Page:
    """Return the contracts of a page, which may be bare."""
    return within(page["snapshots"], Page, file) if "snapshots" in page else page


def _day(time: str | None) -> int:
    """Return the date of a bar in days since 1970; it begins at midnight in New York."""
    try:
        return (dt.date.fromisoformat((time or "")[:10]) - EPOCH).days
    except ValueError:
        return NO_BAR


LAYOUT: Final = Layout("Alpaca option chain snapshots", one_by_one(decode))
