"""What today's flow has made of the book: levels, pin risk, open interest, exposures."""

from opentape.api.route import route
from opentape.desk.ask.book import flow as ask
from opentape.desk.ask.book import levels as ask_levels
from opentape.desk.ask.book.levels import FlowQuery
from opentape.desk.state.market import Market


@route("/v1/flow/levels/{symbol}", tag="flow analytics")
def levels(market: Market, symbol: str, query: FlowQuery) -> ask_levels.FlowLevelsReply:
    """Gamma flip, walls and max pain of the live book.

    The live book is the morning's open interest and the change that today's prints suggest,
    contract by contract.
    """
    return ask_levels.flow_levels(market.name(symbol), query)


@route("/v1/flow/pin-risk/{symbol}", tag="flow analytics")
def pin_risk(market: Market, symbol: str, query: FlowQuery) -> ask_levels.PinRiskReply:
    """The chance to expire near the strike of most gamma, as one score of four parts."""
    return ask_levels.pin_risk(market.name(symbol), query)


@route("/v1/flow/summary/{symbol}", tag="flow analytics")
def summary(market: Market, symbol: str, query: FlowQuery) -> ask.FlowSummaryReply:
    """Whether today's flow has shifted dealers' gamma, in a few figures."""
    return ask.flow_summary(market.name(symbol), query)


@route("/v1/flow/oi/{symbol}", tag="flow analytics")
def oi(market: Market, symbol: str, query: FlowQuery) -> ask.FlowOiReply:
    """Open interest of the morning, and as the day's prints make it out to be now.

    Contracts of the chain only; one that is traded but not in it counts nowhere.
    """
    return ask.flow_oi(market.name(symbol), query)


@route("/v1/flow/gex/{symbol}", tag="flow analytics")
def gex(market: Market, symbol: str, query: FlowQuery) -> ask.FlowGexReply:
    """Dealer gamma exposure of the live book by strike, ascending."""
    return ask.flow_gex(market.name(symbol), query)


@route("/v1/flow/dex/{symbol}", tag="flow analytics")
def dex(market: Market, symbol: str, query: FlowQuery) -> ask.FlowDexReply:
    """Delta exposure of the live book by strike, ascending."""
    return ask.flow_dex(market.name(symbol), query)


@route("/v1/flow/dealer-risk/{symbol}", tag="flow analytics")
def dealer_risk(market: Market, symbol: str, query: FlowQuery) -> ask.DealerRiskReply:
    """The settled book beside the live one, and what flow did to dealers' gamma."""
    return ask.dealer_risk(market.name(symbol), query)


@route("/v1/flow/live/{symbol}", tag="flow analytics")
def live(market: Market, symbol: str, query: FlowQuery) -> ask.FlowLiveReply:
    """Open interest, exposures, levels, pin risk and dealers' risk in one answer."""
    return ask.flow_live(market.name(symbol), query)
