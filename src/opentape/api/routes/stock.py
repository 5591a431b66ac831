"""Raw stock flow: prints of the underlyings themselves, their minutes and bars."""

from opentape.api.route import route
from opentape.desk.ask.raw import leaders, rows, stocks
from opentape.desk.ask.raw import stock_replies as reply
from opentape.desk.state.market import Market


@route("/v1/flow/stocks/leaderboard", tag="raw stock flow")
def leaderboard(
    market: Market, query: leaders.LeaderboardQuery
) -> leaders.StockLeaderboard:
    """Stocks that are bought and sold most, net, in US dollars.

    `netNotional` is net volume x average price.
    """
    return leaders.stock_leaderboard(market, query)


@route("/v1/flow/stocks/outliers", tag="raw stock flow")
def outliers(market: Market, query: leaders.OutliersQuery) -> leaders.Outliers:
    """Stocks whose flow stands out, the largest net notional first."""
    return leaders.stock_outliers(market, query)


@route("/v1/flow/stocks/{symbol}/recent", tag="raw stock flow")
def recent(market: Market, symbol: str, query: rows.RecentQuery) -> reply.StockRecent:
    """The newest prints of a stock, newest first; about 2,000 are kept."""
    return stocks.recent(market.name(symbol), query)


@route("/v1/flow/stocks/{symbol}/summary", tag="raw stock flow")
def summary(market: Market, symbol: str) -> reply.StockSummary:
    """What traded of a stock in the last 1,500 minutes."""
    return stocks.summary(market.name(symbol))


@route("/v1/flow/stocks/{symbol}/blocks", tag="raw stock flow")
def blocks(market: Market, symbol: str, query: reply.StockBlocksQuery) -> reply.StockBlocks:
    """The newest large prints of a stock, newest first.

    Of prints of 10,000 shares or more the newest 1,000 are kept; below that, what `recent`
    reaches back to is added.
    """
    return stocks.blocks(market.name(symbol), query)


@route("/v1/flow/stocks/{symbol}/history", tag="raw stock flow")
def history(market: Market, symbol: str, query: rows.HistoryQuery) -> reply.StockHistory:
    """Minute by minute what traded of a stock, newest first.

    Minutes without trades are left out; 1,500 minutes are kept.
    """
    return stocks.history(market.name(symbol), query)


@route("/v1/flow/stocks/{symbol}/cumulative", tag="raw stock flow")
def cumulative(
    market: Market, symbol: str, query: rows.CumulativeQuery
) -> reply.StockCumulative:
    """Net volume of a stock as it added up, oldest first."""
    return stocks.cumulative(market.name(symbol), query)


@route("/v1/flow/stocks/{symbol}/bars", tag="raw stock flow")
def bars(market: Market, symbol: str, query: reply.BarsQuery) -> reply.StockBars:
    """Bars of a stock, oldest first, made of its seconds.

    The first bar is the one that the window begins in, whole. Where nothing traded there
    is no bar.
    """
    return stocks.bars(market.name(symbol), query)
