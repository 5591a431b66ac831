"""Raw flow of all names side by side: who is bought, who is sold, who stands out."""

from collections.abc import Callable, Iterator
from typing import Annotated, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from opentape.desk.ask.raw.rows import WEEK, begin_of, cents
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.flow.raw.records import SECOND_NS, Bucket, buckets_of
from opentape.flow.raw.views import Series, total
from opentape.market.calendar import iso
from opentape.market.contract import MULTIPLIER

_CUTS: Final = ((50, "STRONG_{}"), (25, "{}"), (10, "MILD_{}"))
"""Imbalance in per cent from which on a label holds."""


class LeaderboardQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many leaders, of which minutes."""

    n: Annotated[int, Meta(ge=1, le=50)] = 10
    """Most buyers, and most sellers, returned."""
    window_minutes: Annotated[int, Meta(ge=1, le=WEEK)] = 240
    """Look-back window in minutes."""


class OutliersQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which names qualify, by which minutes."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 20
    """Most names returned."""
    min_trades: Annotated[int, Meta(ge=1)] = 20
    """Leave out names with fewer prints in the window."""
    window_minutes: Annotated[int, Meta(ge=1, le=WEEK)] = 240
    """Look-back window in minutes."""


class LeaderRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One name's flow in the window."""

    symbol: str
    net_volume: int
    """Bought less sold, contracts or shares."""
    net_notional: float
    """US dollars: net volume at the average price of the window."""
    buy_volume: int
    sell_volume: int


class OptionLeaderRow(LeaderRow, frozen=True, kw_only=True, rename="camel"):
    """One underlying's option flow in the window."""

    avg_premium: float
    """Average price by size, dollars a share."""
    trade_count: int
    last_trade_utc: str


class StockLeaderRow(LeaderRow, frozen=True, kw_only=True, rename="camel"):
    """One stock's flow in the window."""

    vwap: float
    """Average price by size, dollars a share."""
    trade_count: int
    last_trade_utc: str


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names by what was bought or sold net."""

    generated_utc: str
    """The tape's clock when the answer was true."""
    n: int
    window_minutes: int


class OptionLeaderboard(Leaderboard, frozen=True, kw_only=True, rename="camel"):
    """Underlyings by what was bought or sold net of their options."""

    buyers: tuple[OptionLeaderRow, ...]
    """Most bought first."""
    sellers: tuple[OptionLeaderRow, ...]
    """Most sold first."""


class StockLeaderboard(Leaderboard, frozen=True, kw_only=True, rename="camel"):
    """Stocks by what was bought or sold net."""

    buyers: tuple[StockLeaderRow, ...]
    """Most bought first."""
    sellers: tuple[StockLeaderRow, ...]
    """Most sold first."""


class OutlierRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One name's flow in the window, and how one-sided it is."""

    symbol: str
    trade_count: int
    buy_volume: int
    """Contracts or shares, as all volumes."""
    sell_volume: int
    mid_volume: int
    net_volume: int
    """Bought less sold."""
    imbalance_pct: float
    """Net volume in per cent of bought and sold; 0 where neither."""
    skew: str
    """`FLAT` below 10 %, `MILD_BUY`, from 25 % `BUY`, from 50 % `STRONG_BUY`; or `SELL`."""
    notional: float
    """US dollars that traded."""
    net_notional: float
    """US dollars: net volume at the average price of the window."""
    biggest_trade: int
    """Size of the largest print."""
    biggest_trade_utc: str | None
    biggest_age_sec: int
    """Whole seconds since the largest print; -1 where there is none."""
    last_vwap: float
    """Average price of the newest minute with trades, dollars a share."""
    last_trade_utc: str | None
    last_trade_age_sec: int
    """Whole seconds since the newest print; -1 where there is none."""


class Outliers(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names by the dollars that were bought or sold net."""

    generated_utc: str
    """The tape's clock when the answer was true."""
    window_minutes: int
    tracked: int
    """Names with a tape."""
    qualified: int
    """Of them, those with prints enough in the window."""
    limit: int
    outliers: tuple[OutlierRow, ...]


class _Flow(NamedTuple):
    """What a window came to for one name."""

    symbol: str
    total: Bucket
    newest: Bucket
    shares: int
    """Behind each unit of volume."""

    @property
    def notional(self) -> float:
        """Dollars that traded."""
        return cents(self.total.notional * self.shares)

    @property
    def net_notional(self) -> float:
        """Dollars of net volume at the average price."""
        spent = self.total.net * self.total.notional * self.shares
        return cents(spent // self.total.volume)


_Row = TypeVar("_Row", OptionLeaderRow, StockLeaderRow)


def option_leaderboard(market: Market, query: LeaderboardQuery) -> OptionLeaderboard:
    """Return the underlyings whose options are bought and sold most."""
    flows = _option_flows(market, query.window_minutes)
    buyers, sellers = _sides(flows, query.n, _option_leader)
    return OptionLeaderboard(
        generated_utc=iso(market.as_of_ns),
        n=query.n,
        window_minutes=query.window_minutes,
        buyers=buyers,
        sellers=sellers,
    )


def stock_leaderboard(market: Market, query: LeaderboardQuery) -> StockLeaderboard:
    """Return the stocks that are bought and sold most."""
    flows = _stock_flows(market, query.window_minutes)
    buyers, sellers = _sides(flows, query.n, _stock_leader)
    return StockLeaderboard(
        generated_utc=iso(market.as_of_ns),
        n=query.n,
        window_minutes=query.window_minutes,
        buyers=buyers,
        sellers=sellers,
    )


def option_outliers(market: Market, query: OutliersQuery) -> Outliers:
    """Return the underlyings whose option flow stands out."""
    tracked = sum(name.tape is not None for name in market.names.values())
    return _outliers(market, query, tracked, _option_flows(market, query.window_minutes))


def stock_outliers(market: Market, query: OutliersQuery) -> Outliers:
    """Return the stocks whose flow stands out."""
    tracked = sum(name.stock is not None for name in market.names.values())
    return _outliers(market, query, tracked, _stock_flows(market, query.window_minutes))


def _option_flows(market: Market, minutes: int) -> Iterator[_Flow]:
    for name in market.names.values():
        if name.tape is not None:
            yield from _flow(market, minutes, name, name.tape.minutes, MULTIPLIER)


def _stock_flows(market: Market, minutes: int) -> Iterator[_Flow]:
    for name in market.names.values():
        if name.stock is not None:
            yield from _flow(market, minutes, name, name.stock.minutes, 1)


def _flow(
    market: Market, minutes: int, name: Name, series: Series, shares: int
) -> Iterator[_Flow]:
    records = series.after(begin_of(market.as_of_ns, minutes))
    found = total(records)
    if found is not None:
        yield _Flow(name.symbol, found, buckets_of(records[-1:])[0], shares)


def _sides(
    flows: Iterator[_Flow], most: int, spell: Callable[[_Flow], _Row]
) -> tuple[tuple[_Row, ...], tuple[_Row, ...]]:
    """Return whom is bought net, and whom is sold, each the largest first."""
    rows = sorted(map(spell, flows), key=lambda row: (row.net_notional, row.symbol))
    sold = [row for row in rows if row.net_notional < 0]
    bought = [row for row in rows if row.net_notional > 0]
    bought.sort(key=lambda row: (-row.net_notional, row.symbol))
    return tuple(bought[:most]), tuple(sold[:most])


def _option_leader(flow: _Flow) -> OptionLeaderRow:
    found = flow.total
    return OptionLeaderRow(
        symbol=flow.symbol,
        net_volume=found.net,
        net_notional=flow.net_notional,
        buy_volume=found.buy,
        sell_volume=found.sell,
        avg_premium=found.vwap,
        trade_count=found.trades,
        last_trade_utc=iso(found.last_ts),
    )


def _stock_leader(flow: _Flow) -> StockLeaderRow:
    found = flow.total
    return StockLeaderRow(
        symbol=flow.symbol,
        net_volume=found.net,
        net_notional=flow.net_notional,
        buy_volume=found.buy,
        sell_volume=found.sell,
        vwap=found.vwap,
        trade_count=found.trades,
        last_trade_utc=iso(found.last_ts),
    )


def _outliers(
    market: Market, query: OutliersQuery, tracked: int, flows: Iterator[_Flow]
) -> Outliers:
    rows = [
        _outlier(flow, market.as_of_ns)
        for flow in flows
        if flow.total.trades >= query.min_trades
    ]
    rows.sort(key=lambda row: (-abs(row.net_notional), row.symbol))
    return Outliers(
        generated_utc=iso(market.as_of_ns),
        window_minutes=query.window_minutes,
        tracked=tracked,
        qualified=len(rows),
        limit=query.limit,
        outliers=tuple(rows[: query.limit]),
    )


def _outlier(flow: _Flow, as_of_ns: int) -> OutlierRow:
    found = flow.total
    return OutlierRow(
        symbol=flow.symbol,
        trade_count=found.trades,
        buy_volume=found.buy,
        sell_volume=found.sell,
        mid_volume=found.mid,
        net_volume=found.net,
        imbalance_pct=round(100 * abs(found.net) / max(found.buy + found.sell, 1), 4),
        skew=skew_of(found.buy, found.sell),
        notional=flow.notional,
        net_notional=flow.net_notional,
        biggest_trade=found.biggest,
        biggest_trade_utc=iso(found.biggest_ts),
        biggest_age_sec=max(as_of_ns - found.biggest_ts, 0) // SECOND_NS,
        last_vwap=flow.newest.vwap,
        last_trade_utc=iso(found.last_ts),
        last_trade_age_sec=max(as_of_ns - found.last_ts, 0) // SECOND_NS,
    )


def skew_of(bought: int, sold: int) -> str:
    """Return in a word how one-sided signed volume is.

    Examples
    --------
    >>> skew_of(54, 46), skew_of(10, 90), skew_of(55, 45)
    ('FLAT', 'STRONG_SELL', 'MILD_BUY')
    """
    side = "BUY" if bought > sold else "SELL"
    for cut, label in _CUTS:
        if 100 * abs(bought - sold) >= cut * max(bought + sold, 1):
            return label.format(side)
    return "FLAT"
