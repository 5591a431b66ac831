"""Questions about raw stock flow and their answers, spelled as the wire spells them."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from opentape.desk.ask.raw.rows import CumulativePoint, MinuteRow, OfSymbol
from opentape.flow.raw.records import MINUTE_NS, SECOND_NS
from opentape.flow.raw.stocks import BLOCK

Resolution = Literal["1s", "1m", "5m", "15m", "30m", "1h", "4h"]
RESOLUTIONS: Final[dict[Resolution, int]] = {
    "1s": SECOND_NS,
    "1m": MINUTE_NS,
    "5m": 5 * MINUTE_NS,
    "15m": 15 * MINUTE_NS,
    "30m": 30 * MINUTE_NS,
    "1h": 60 * MINUTE_NS,
    "4h": 240 * MINUTE_NS,
}
"""Nanoseconds of each."""


class StockBlocksQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which of the newest large prints."""

    min_size: Annotated[int, Meta(ge=1)] = BLOCK
    """Drop prints of fewer shares."""


class BarsQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which bars."""

    resolution: Resolution
    """Length of a bar."""
    minutes: Annotated[int, Meta(ge=1, le=1_440)] = 60
    """Look-back window in minutes; the first bar is the one that it begins in."""


class StockPrint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One stock print."""

    ts: str
    """When the venue reported it, UTC."""
    price: float
    """Dollars a share."""
    size: int
    """Shares."""
    side: str
    """`buy`, `sell` or `mid`, by the quote rule."""


class StockBlock(StockPrint, frozen=True, kw_only=True, rename="camel"):
    """One large stock print."""

    bid: float | None
    """Dollars a share just before the print; null where there was no quote."""
    ask: float | None
    """As `bid`."""


class StockTrade(StockPrint, frozen=True, kw_only=True, rename="camel"):
    """One stock print as it came."""

    is_block: bool
    """Whether it is of 10,000 shares or more."""
    bid: float | None
    """Dollars a share just before the print; null where there was no quote."""
    ask: float | None
    """As `bid`."""


class StockRecent(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """The newest stock prints, newest first."""

    count: int
    """Prints in this answer."""
    total_available: int
    """Prints at hand."""
    trades: tuple[StockTrade, ...]


class StockSummary(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """What traded in the minutes that are kept, about 25 hours."""

    total_trades: int
    buy_volume: int
    """Shares, as all volumes."""
    sell_volume: int
    mid_volume: int
    net_volume: int
    """Bought less sold."""
    biggest_single_trade: int
    """Shares of the largest print; 0 where nothing traded."""
    last_trade_utc: str | UnsetType = UNSET
    """When the newest print came; left out where none did."""


class StockBlocks(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """The newest large prints, newest first."""

    min_size: int
    count: int
    blocks: tuple[StockBlock, ...]


class StockMinute(MinuteRow, frozen=True, kw_only=True, rename="camel"):
    """What traded in a minute."""

    open: float
    """Price of the first print, dollars a share."""
    close: float
    """Price of the last print so far."""
    high: float
    low: float


class StockHistory(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """Minutes with trades, newest first."""

    minutes: int
    count: int
    buckets: tuple[StockMinute, ...]


class StockCumulative(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """Net volume as it added up, oldest first."""

    minutes: int
    count: int
    points: tuple[CumulativePoint, ...]


class Bar(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What traded in one length of time; where nothing did, there is no bar."""

    ts: str
    """When it begins, UTC: a whole multiple of the resolution."""
    closed: bool
    """Whether its time is over; only the last may be open."""
    open: float
    """Price of the first print, dollars a share."""
    high: float
    low: float
    close: float
    """Price of the last print so far."""
    vwap: float
    """Average price by size."""
    buy_volume: int
    """Shares, as all volumes."""
    sell_volume: int
    mid_volume: int
    net_volume: int
    """Bought less sold."""
    trade_count: int
    biggest_trade: int
    """Shares of the largest print."""


class StockBars(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """Bars, oldest first."""

    resolution: Resolution
    minutes: int
    count: int
    data_start_utc: str | None
    """When the oldest print came that bars are still made of; null where there is none."""
    bars: tuple[Bar, ...]
