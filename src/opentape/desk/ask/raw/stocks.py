"""Raw stock flow of a name: prints, blocks, minutes, and bars of any length."""

from msgspec import UNSET

from opentape.desk.ask.raw.rows import (
    SIDES,
    CumulativeQuery,
    HistoryQuery,
    RecentQuery,
    at_least,
    begin_of,
    columns,
    minute,
    newest_first,
    points,
)
from opentape.desk.ask.raw.stock_replies import (
    RESOLUTIONS,
    Bar,
    BarsQuery,
    StockBars,
    StockBlock,
    StockBlocks,
    StockBlocksQuery,
    StockCumulative,
    StockHistory,
    StockMinute,
    StockRecent,
    StockSummary,
    StockTrade,
)
from opentape.desk.state.name import Name
from opentape.flow.raw.records import NEVER, Bucket, buckets_of
from opentape.flow.raw.stocks import BLOCK
from opentape.flow.raw.table import merged
from opentape.flow.raw.views import dollars, total
from opentape.flow.records import Records
from opentape.market.calendar import iso
from opentape.market.money import NANOS


def recent(name: Name, query: RecentQuery) -> StockRecent:
    """Return the newest prints."""
    kept = name.stock.recent if name.stock else None
    shown = [] if kept is None else _trades(newest_first(kept)[: query.limit])
    return StockRecent(
        symbol=name.symbol,
        count=len(shown),
        total_available=0 if kept is None else kept.size,
        trades=tuple(shown),
    )


def summary(name: Name) -> StockSummary:
    """Return what traded in the minutes that are kept."""
    found = total(name.stock.minutes.after(NEVER)) if name.stock else None
    return StockSummary(
        symbol=name.symbol,
        total_trades=found.trades if found else 0,
        buy_volume=found.buy if found else 0,
        sell_volume=found.sell if found else 0,
        mid_volume=found.mid if found else 0,
        net_volume=found.net if found else 0,
        biggest_single_trade=found.biggest if found else 0,
        last_trade_utc=iso(found.last_ts) if found else UNSET,
    )


def blocks(name: Name, query: StockBlocksQuery) -> StockBlocks:
    """Return the newest large prints."""
    shown: tuple[StockBlock, ...] = ()
    if (stock := name.stock) is not None:
        found = at_least(stock.recent, stock.blocks, query.min_size, BLOCK)
        shown = tuple(
            StockBlock(
                ts=one.ts,
                price=one.price,
                size=one.size,
                side=one.side,
                bid=one.bid,
                ask=one.ask,
            )
            for one in _trades(found)
        )
    return StockBlocks(
        symbol=name.symbol, min_size=query.min_size, count=len(shown), blocks=shown
    )


def history(name: Name, query: HistoryQuery) -> StockHistory:
    """Return the minutes of a window."""
    found = _minutes(name, query.minutes)
    return StockHistory(
        symbol=name.symbol,
        minutes=query.minutes,
        count=len(found),
        buckets=tuple(map(_minute, reversed(found))),
    )


def cumulative(name: Name, query: CumulativeQuery) -> StockCumulative:
    """Return how net volume added up over a window."""
    found = _minutes(name, query.minutes)
    return StockCumulative(
        symbol=name.symbol, minutes=query.minutes, count=len(found), points=points(found)
    )


def bars(name: Name, query: BarsQuery) -> StockBars:
    """Return the bars of a window, the first one whole."""
    width, found = RESOLUTIONS[query.resolution], list[Bucket]()
    if name.stock is not None:
        begin = begin_of(name.as_of_ns, query.minutes) // width * width
        found = buckets_of(merged(name.stock.seconds.after(begin - 1), width))
    start = name.stock.seconds.start_ns if name.stock else None
    return StockBars(
        symbol=name.symbol,
        resolution=query.resolution,
        minutes=query.minutes,
        count=len(found),
        data_start_utc=None if start is None else iso(start),
        bars=tuple(_bar(one, closed=one.ts + width <= name.as_of_ns) for one in found),
    )


def _minutes(name: Name, minutes: int) -> list[Bucket]:
    if name.stock is None:
        return []
    return buckets_of(name.stock.minutes.after(begin_of(name.as_of_ns, minutes)))


def _trades(found: Records) -> list[StockTrade]:
    return [
        StockTrade(
            ts=iso(ts),
            price=price / NANOS,
            size=size,
            side=SIDES[side],
            is_block=size >= BLOCK,
            bid=dollars(bid),
            ask=dollars(ask),
        )
        for ts, price, bid, ask, size, side in columns(found)
    ]


def _minute(bucket: Bucket) -> StockMinute:
    return StockMinute(
        **minute(bucket),
        open=bucket.open / NANOS,
        close=bucket.close / NANOS,
        high=bucket.high / NANOS,
        low=bucket.low / NANOS,
    )


def _bar(bucket: Bucket, *, closed: bool) -> Bar:
    return Bar(
        **minute(bucket),
        closed=closed,
        open=bucket.open / NANOS,
        high=bucket.high / NANOS,
        low=bucket.low / NANOS,
        close=bucket.close / NANOS,
    )
