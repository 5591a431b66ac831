"""Max pain."""

from opentape.api.route import route
from opentape.desk.ask.book import max_pain as ask
from opentape.desk.ask.book.strikes import ExposureQuery
from opentape.desk.state.market import Market


@route("/v1/maxpain/{symbol}", tag="exposure")
def max_pain(market: Market, symbol: str, query: ExposureQuery) -> ask.MaxPainReply:
    """The strike at which holders of options would be paid least, and what bears on it.

    All expiries are pooled unless one is asked for. Settled open interest. Walls, flip and
    regime are those of the whole chain either way, as in `/v1/exposure/levels`.
    """
    return ask.max_pain(market.name(symbol), query)
