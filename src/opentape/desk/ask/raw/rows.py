"""What answers on options and on stocks have in common, and how figures are spelled."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from msgspec import Meta

from opentape.flow.raw.records import MINUTE_NS, Bucket
from opentape.flow.raw.shelf import joined, taken
from opentape.flow.records import Records
from opentape.market.calendar import EPOCH, iso
from opentape.market.money import NANOS

SIDES: Final = ("buy", "sell", "mid")
_CENT: Final = NANOS // 100
WEEK: Final = 10_080
"""Minutes in a week: the longest window that may be asked for."""


class RecentQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many of the newest prints."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    """Most prints returned."""


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which minutes are listed."""

    minutes: Annotated[int, Meta(ge=1, le=WEEK)] = 60
    """Look-back window in minutes, the one under way included."""


class CumulativeQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which minutes are summed up."""

    minutes: Annotated[int, Meta(ge=1, le=WEEK)] = 240
    """Look-back window in minutes, the one under way included."""


class OfSymbol(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An answer about one underlying."""

    symbol: str


class MinuteRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What traded in a minute; minutes without trades are left out."""

    ts: str
    """When the minute begins, UTC."""
    buy_volume: int
    """Contracts, or shares, of prints above the middle of their quote."""
    sell_volume: int
    """Of prints below it."""
    mid_volume: int
    """Of prints at it, and of those that no quote or condition gives a side."""
    net_volume: int
    """Bought less sold."""
    trade_count: int
    biggest_trade: int
    """Size of the largest print."""
    vwap: float
    """Average price by size, dollars."""


class CumulativePoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Net volume of a minute, and of all from the first point up to it."""

    ts: str
    """When the minute begins, UTC."""
    net_volume: int
    """Bought less sold in this minute."""
    cumulative: int
    """Running sum of `netVolume` from the first point."""
    vwap: float
    """Average price of the minute by size, dollars."""
    trade_count: int


def days_of(expiry: dt.date | None) -> int | None:
    """Return an expiry as days since 1970."""
    return None if expiry is None else (expiry - EPOCH).days


def begin_of(as_of_ns: int, minutes: int) -> int:
    """Return the instant after which the minutes of a window begin."""
    return as_of_ns - minutes * MINUTE_NS


def cents(nanos: int) -> float:
    """Return nanodollars as dollars and whole cents, half up."""
    return (2 * nanos + _CENT) // (2 * _CENT) / 100


def minute(bucket: Bucket) -> dict[str, Any]:
    """Return the fields of a `MinuteRow` of a bucket, by name."""
    row = MinuteRow(
        ts=iso(bucket.ts),
        buy_volume=bucket.buy,
        sell_volume=bucket.sell,
        mid_volume=bucket.mid,
        net_volume=bucket.net,
        trade_count=bucket.trades,
        biggest_trade=bucket.biggest,
        vwap=bucket.vwap,
    )
    return msgspec.structs.asdict(row)


def points(buckets: list[Bucket]) -> tuple[CumulativePoint, ...]:
    """Return minutes, oldest first, with the running sum of what was bought net."""
    found: list[CumulativePoint] = []
    running = 0
    for bucket in buckets:
        running += bucket.net
        found.append(
            CumulativePoint(
                ts=iso(bucket.ts),
                net_volume=bucket.net,
                cumulative=running,
                vwap=bucket.vwap,
                trade_count=bucket.trades,
            )
        )
    return tuple(found)


def columns(trades: Records) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Yield time, price, bid, ask, size and side of prints, as plain integers."""
    names = ("ts", "price", "bid", "ask", "size", "side")
    return zip(*(trades[name].tolist() for name in names), strict=True)


def newest_first(trades: Records) -> Records:
    """Return prints by time, newest first; of one instant, the last that came first."""
    return taken(trades, np.argsort(trades["ts"], kind="stable")[::-1])


def at_least(recent: Records, blocks: Records, least: int, block: int) -> Records:
    """Return the prints of some size, newest first.

    Blocks reach further back than all prints do: below their size, both are looked at.
    """
    smaller = taken(recent, (recent["size"] >= least) & (recent["size"] < block))
    return newest_first(joined([smaller, taken(blocks, blocks["size"] >= least)]))
