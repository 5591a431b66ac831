"""Flow rows across underlyings: lists, heat maps, the radar's score explained."""

from opentape.api.route import route
from opentape.desk.ask.radar import explained, flow, heat
from opentape.desk.state.market import Market


@route("/v1/flow", tag="flow rows")
def newest(market: Market, query: flow.FlowQuery) -> flow.FlowPage:
    """Scored flow of the session across underlyings, newest first, in pages."""
    return flow.newest(market, query)


@route("/v1/flow/top", tag="flow rows")
def top(market: Market, query: flow.FlowQuery) -> flow.FlowPage:
    """The highest radar scores of the session, in pages."""
    return flow.top(market, query)


@route("/v1/flow/historical", tag="flow rows", slow=True)
def historical(
    market: Market, past: flow.Earlier | None, query: flow.HistoricalQuery
) -> flow.FlowPage:
    """Scored flow of stored sessions, newest first, in pages."""
    return flow.historical(market, past, query)


@route("/v1/heatmap", tag="flow rows")
def heatmap(market: Market, query: flow.FlowQuery) -> heat.HeatReply:
    """Flow of the session summed by sector and by ticker, largest premium first."""
    return heat.heatmap(market, query)


@route("/v1/flow/heatmap", tag="flow rows")
def flow_heatmap(market: Market, query: flow.FlowQuery) -> heat.HeatReply:
    """The same as `/v1/heatmap`."""
    return heat.heatmap(market, query)


@route("/v1/score-explain", tag="flow rows")
def score_explain(market: Market, query: explained.ScoreQuery) -> explained.ScoreReply:
    """Which factors drove the best radar score of a contract today."""
    return explained.explain(market, query)
