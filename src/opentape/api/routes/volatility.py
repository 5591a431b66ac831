"""Volatility: what a stock did, and what its options expect."""

from opentape.api.route import route
from opentape.desk.ask import volatility as ask
from opentape.desk.state.market import Market


@route("/v1/volatility/{symbol}", tag="volatility")
def volatility(market: Market, symbol: str) -> ask.VolatilityReply:
    """The vol dashboard of one underlying: realised against implied, skew, term, exposure.

    Vols are in percent. Realised vol is the sample deviation of daily log returns over
    sessions that are over; each `vrp` is `atm_iv` less the realised vol. Skew points are
    listed contracts, not a fit. Without a fresh chain only what the history tells is there
    and the rest is null; without both it is 404 `no_data`.
    """
    return ask.volatility(market.name(symbol))
