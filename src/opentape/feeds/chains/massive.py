"""Massive (Polygon) option chain snapshots: ``/v3/snapshot/options``, page by page."""

from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from opentape.feeds.chains.pages import (
    NO_BAR,
    Page,
    Stamp,
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
from opentape.market.calendar import EPOCH, trade_date
from opentape.market.chain import UNKNOWN_TIME
from opentape.market.errors import BadFile

SIGNS: Final = (b"results", b"details")
"""Names that such a file has, and no other."""


class _Details(msgspec.Struct, frozen=True, gc=False):
    ticker: str | None = None
    shares_per_contract: float | None = None


class _Day(msgspec.Struct, frozen=True, gc=False):
    close: float | None = None
    volume: float | None = None
    last_updated: Stamp | None = None


class _Greeks(msgspec.Struct, frozen=True, gc=False):
    delta: float | None = None
    gamma: float | None = None


class _Quote(msgspec.Struct, frozen=True, gc=False):
    bid: float | None = None
    ask: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    last_updated: Stamp | None = None


class _Trade(msgspec.Struct, frozen=True, gc=False):
    price: float | None = None


class _Underlying(msgspec.Struct, frozen=True, gc=False):
    price: float | None = None
    value: float | None = None
    """What an index has in place of a price."""
    last_updated: Stamp | None = None


class _Snapshot(msgspec.Struct, frozen=True, gc=False):
    details: _Details
    day: _Day | None = None
    greeks: _Greeks | None = None
    last_quote: _Quote | None = None
    last_trade: _Trade | None = None
    underlying_asset: _Underlying | None = None
    implied_volatility: float | None = None
    open_interest: float | None = None


def decode(file: Inflated, asked: Asked, ledger: Ledger, first_row: int) -> Part:
    """Return the contracts of a file's pages; times are nanoseconds UTC, money dollars.

    Raises
    ------
    BadFile
        If it is no JSON, or has no contracts.
    """
    raws = (raw for page in pages(file) for raw in _results(page, file))
    rows, found, total = entries(raws, _Snapshot, ledger, first_row)
    number, whole = pa.float64(), pa.int64()
    quotes = [each.last_quote or _Quote() for each in found]
    trades = [each.last_trade or _Trade() for each in found]
    days = [each.day or _Day() for each in found]
    greeks = [each.greeks or _Greeks() for each in found]
    assets = [each.underlying_asset or _Underlying() for each in found]
    block = block_of(
        rows,
        symbol=(pa.string(), [each.details.ticker for each in found]),
        bid=(number, [quote.bid for quote in quotes]),
        ask=(number, [quote.ask for quote in quotes]),
        last=(
            number,
            [_first(t.price, d.close) for t, d in zip(trades, days, strict=True)],
        ),
        bid_size=(number, [quote.bid_size for quote in quotes]),
        ask_size=(number, [quote.ask_size for quote in quotes]),
        volume=(number, [day.volume for day in days]),
        open_interest=(number, [each.open_interest for each in found]),
        ts_quote=(whole, [quote.last_updated for quote in quotes]),
        iv=(number, [each.implied_volatility for each in found]),
        delta=(number, [each.delta for each in greeks]),
        gamma=(number, [each.gamma for each in greeks]),
        spot=(number, [_first(asset.price, asset.value) for asset in assets]),
        as_of=(whole, [_newest(q, a) for q, a in zip(quotes, assets, strict=True)]),
        multiplier=(number, [each.details.shares_per_contract for each in found]),
    )
    told = sifted(block, ledger, first_row)
    bars = np.full(total, NO_BAR, np.int64)
    bars[rows] = [_day(day.last_updated) for day in days]
    told = without_old_bars(told, bars[told.row - first_row], asked)
    return part_of(file, told, total)


def _results(page: Page, file: Inflated) -> Iterator[msgspec.Raw]:
    """Yield the contracts of a page, which may be one contract itself."""
    if "details" in page:
        yield msgspec.Raw(msgspec.json.encode(page))
        return
    if "results" not in page:
        shown = ", ".join(page)[:120]
        raise BadFile(
            f"a page of {LAYOUT.title} has 'results', was {file.path} with {shown!r}"
        )
    found = page["results"]
    if bytes(found)[:1] == b"{":
        yield found
        return
    yield from within(found, list[msgspec.Raw], file)


def _newest(quote: _Quote, asset: _Underlying) -> int:
    return max(quote.last_updated or UNKNOWN_TIME, asset.last_updated or UNKNOWN_TIME)


def _first(*numbers: float | None) -> float | None:
    return next((number for number in numbers if number is not None), None)


@cache
def _day(stamp: int | None) -> int:
    return NO_BAR if not stamp else (trade_date(stamp) - EPOCH).days


LAYOUT: Final = Layout("Massive option chain snapshots", one_by_one(decode))
