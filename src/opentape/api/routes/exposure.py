"""Exposures of the settled book and its levels."""

from opentape.api.route import route
from opentape.desk.ask.book import exposure, strikes
from opentape.desk.state.market import Market


@route("/v1/exposure/gex/{symbol}", tag="exposure")
def gex(market: Market, symbol: str, query: strikes.GexQuery) -> strikes.GexReply:
    """Dealer gamma exposure by strike, ascending.

    `net_gex` is US dollars of delta that dealers would have to trade per 1 % move of spot;
    positive means they sell into a rise. Calls count above 0, puts below: dealers are taken
    to be long calls and short puts. Settled open interest; the live book is `/v1/flow/gex`.
    """
    return strikes.gex(market.name(symbol), query)


@route("/v1/exposure/dex/{symbol}", tag="exposure")
def dex(market: Market, symbol: str, query: strikes.ExposureQuery) -> strikes.DexReply:
    """Delta exposure by strike, ascending, in US dollars with the sign of delta itself.

    Settled open interest; the live book is `/v1/flow/dex`.
    """
    return strikes.dex(market.name(symbol), query)


@route("/v1/exposure/vex/{symbol}", tag="exposure")
def vex(market: Market, symbol: str, query: strikes.ExposureQuery) -> strikes.VexReply:
    """Vanna exposure by strike, ascending: US dollars of delta per vol point.

    Signed as GEX: dealers are taken to be long calls and short puts.
    """
    return strikes.vex(market.name(symbol), query)


@route("/v1/exposure/chex/{symbol}", tag="exposure")
def chex(market: Market, symbol: str, query: strikes.ExposureQuery) -> strikes.ChexReply:
    """Charm exposure by strike, ascending: US dollars of delta per day that passes.

    Signed as GEX: dealers are taken to be long calls and short puts.
    """
    return strikes.chex(market.name(symbol), query)


@route("/v1/exposure/levels/{symbol}", tag="exposure")
def levels(market: Market, symbol: str) -> exposure.ExposureLevelsReply:
    """The strikes that stand out in the settled book: walls, flip, peaks of gamma.

    Levels are concentrations, not forecasts. The live ones are `/v1/flow/levels`.
    """
    return exposure.levels(market.name(symbol))


@route("/v1/exposure/summary/{symbol}", tag="exposure")
def summary(market: Market, symbol: str) -> exposure.ExposureSummaryReply:
    """Where dealers would stand: sums of exposure, regime, what they would trade."""
    return exposure.summary(market.name(symbol))
