"""Raw option flow: prints as they came, and what they come to by the minute."""

from opentape.api.route import route
from opentape.desk.ask.raw import leaders, options
from opentape.desk.ask.raw import option_replies as reply
from opentape.desk.state.market import Market


@route("/v1/flow/options/leaderboard", tag="raw option flow")
def leaderboard(
    market: Market, query: leaders.LeaderboardQuery
) -> leaders.OptionLeaderboard:
    """Underlyings whose options are bought and sold most, net, in US dollars.

    `netNotional` is net volume x average premium x 100.
    """
    return leaders.option_leaderboard(market, query)


@route("/v1/flow/options/outliers", tag="raw option flow")
def outliers(market: Market, query: leaders.OutliersQuery) -> leaders.Outliers:
    """Underlyings whose option flow stands out, the largest net notional first."""
    return leaders.option_outliers(market, query)


@route("/v1/flow/options/{symbol}/recent", tag="raw option flow")
def recent(
    market: Market, symbol: str, query: reply.OptionRecentQuery
) -> reply.OptionRecent:
    """The newest option prints of an underlying, newest first.

    About 2,000 prints are kept of each underlying. `side` is the quote rule on the quote
    just before the print; prints whose condition forbids a side are `mid`.
    """
    return options.recent(market.name(symbol), query)


@route("/v1/flow/options/{symbol}/summary", tag="raw option flow")
def summary(market: Market, symbol: str, query: reply.ExpiryQuery) -> reply.OptionSummary:
    """What traded in an underlying's options in the last 1,500 minutes."""
    return options.summary(market.name(symbol), query)


@route("/v1/flow/options/{symbol}/blocks", tag="raw option flow")
def blocks(
    market: Market, symbol: str, query: reply.OptionBlocksQuery
) -> reply.OptionBlocks:
    """The newest large option prints of an underlying, newest first.

    Of prints of 100 contracts or more the newest 1,000 are kept; below that, what
    `recent` reaches back to is added.
    """
    return options.blocks(market.name(symbol), query)


@route("/v1/flow/options/{symbol}/history", tag="raw option flow")
def history(
    market: Market, symbol: str, query: reply.OptionHistoryQuery
) -> reply.OptionHistory:
    """Minute by minute what traded in an underlying's options, newest first.

    Minutes without trades are left out; 1,500 minutes are kept.
    """
    return options.history(market.name(symbol), query)


@route("/v1/flow/options/{symbol}/cumulative", tag="raw option flow")
def cumulative(
    market: Market, symbol: str, query: reply.OptionCumulativeQuery
) -> reply.OptionCumulative:
    """Net volume of an underlying's options as it added up, oldest first."""
    return options.cumulative(market.name(symbol), query)


@route("/v1/flow/options/{symbol}/dealer-premium", tag="flow analytics")
def dealer_premium(
    market: Market, symbol: str, query: reply.DealerPremiumQuery
) -> reply.DealerPremium:
    """What dealers paid and received for options, were they behind every signed print.

    They buy what customers sell and write what customers buy, each minute at its average
    price. Unsigned volume is left out.
    """
    return options.dealer_premium(market.name(symbol), query)
