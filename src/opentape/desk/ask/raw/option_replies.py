"""Questions about raw option flow and their answers, spelled as the wire spells them."""

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from opentape.desk.ask.raw.rows import (
    WEEK,
    CumulativePoint,
    CumulativeQuery,
    HistoryQuery,
    MinuteRow,
    OfSymbol,
    RecentQuery,
)
from opentape.flow.raw.options import BLOCK
from opentape.market.contract import Right


class ExpiryQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which options."""

    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class OptionRecentQuery(RecentQuery, frozen=True, kw_only=True, rename="camel"):
    """Which of the newest prints."""

    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class OptionBlocksQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which of the newest large prints."""

    min_size: Annotated[int, Meta(ge=1)] = BLOCK
    """Drop prints of fewer contracts."""
    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class OptionHistoryQuery(HistoryQuery, frozen=True, kw_only=True, rename="camel"):
    """Which minutes are listed."""

    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class OptionCumulativeQuery(CumulativeQuery, frozen=True, kw_only=True, rename="camel"):
    """Which minutes are summed up."""

    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class DealerPremiumQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which minutes are summed."""

    window_minutes: Annotated[int, Meta(ge=1, le=WEEK)] = 240
    """Look-back window in minutes."""
    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class OptionBlock(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One large option print."""

    ts: str
    """When the venue reported it, UTC."""
    expiry: dt.date
    strike: float
    """Dollars."""
    right: Right
    """`C` or `P`."""
    price: float
    """Dollars a share."""
    size: int
    """Contracts."""
    side: str
    """`buy`, `sell` or `mid`, by the quote rule."""


class OptionTrade(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One option print as it came."""

    ts: str
    """When the venue reported it, UTC."""
    instrument_id: int
    """Number of the contract; it stays the same while the server runs."""
    expiry: dt.date
    strike: float
    """Dollars."""
    right: Right
    """`C` or `P`."""
    price: float
    """Dollars a share."""
    size: int
    """Contracts."""
    side: str
    """`buy`, `sell` or `mid`, by the quote rule."""
    is_block: bool
    """Whether it is of 100 contracts or more."""
    bid: float | None
    """Dollars a share just before the print; null where there was no quote."""
    ask: float | None
    """As `bid`."""


class OfOptions(OfSymbol, frozen=True, kw_only=True, rename="camel"):
    """An answer about the options of an underlying."""

    expiry: dt.date | None
    """The filter, said back; null without one."""


class OptionRecent(OfOptions, frozen=True, kw_only=True, rename="camel"):
    """The newest option prints, newest first."""

    count: int
    """Prints in this answer."""
    total_available: int
    """Prints at hand that the filter lets through."""
    trades: tuple[OptionTrade, ...]


class OptionSummary(OfOptions, frozen=True, kw_only=True, rename="camel"):
    """What traded in the minutes that are kept, about 25 hours."""

    contracts_with_trades: int
    """Different contracts that traded."""
    total_trades: int
    buy_volume: int
    """Contracts, as all volumes."""
    sell_volume: int
    mid_volume: int
    net_volume: int
    """Bought less sold."""
    biggest_single_trade: int
    """Contracts of the largest print; 0 where nothing traded."""
    last_trade_utc: str | None
    """When the newest print came; null where nothing traded."""


class OptionBlocks(OfOptions, frozen=True, kw_only=True, rename="camel"):
    """The newest large prints, newest first."""

    min_size: int
    count: int
    blocks: tuple[OptionBlock, ...]


class OptionMinute(MinuteRow, frozen=True, kw_only=True, rename="camel"):
    """What traded in a minute."""

    high: float
    """Highest price, dollars a share; of all contracts together."""
    low: float
    """Lowest price."""


class OptionHistory(OfOptions, frozen=True, kw_only=True, rename="camel"):
    """Minutes with trades, newest first."""

    minutes: int
    count: int
    buckets: tuple[OptionMinute, ...]


class OptionCumulative(OfOptions, frozen=True, kw_only=True, rename="camel"):
    """Net volume as it added up, oldest first."""

    minutes: int
    count: int
    points: tuple[CumulativePoint, ...]


class DealerPremium(msgspec.Struct, frozen=True, kw_only=True):
    """What dealers paid and received for options, were they behind every signed print."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true."""
    window_minutes: int
    expiry: dt.date | None
    """The filter, said back; null without one."""
    dealer_buy_premium: float | None
    """US dollars: volume that customers sold, at the average price of its minute."""
    dealer_write_premium: float | None
    """US dollars: volume that customers bought."""
    net_dealer_premium: float | None
    """Bought less written."""
    total_premium: float | None
    """Bought and written; unsigned volume is in neither."""
    trade_count: int
    """Prints in the minutes that count."""
    bucket_count: int
    """Minutes with trades."""
