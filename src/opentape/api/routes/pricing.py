"""Pricing: pure arithmetic about one option, without any market."""

from opentape.api.route import route
from opentape.desk.ask import pricing as ask


@route("/v1/pricing/greeks", tag="pricing")
def greeks(query: ask.GreeksQuery) -> ask.GreeksReply:
    """The price of one option and its greeks up to third order.

    Black-Scholes-Merton with T = dte / 365. Theta is per day that passes and vega per vol
    point; rho, vanna, vomma and the rest are per 1.00. Charm, color and veta are for a day
    more *to* expiry: charm has the opposite sign of what a day that passes does to delta.
    With `style=american` the price is that of early exercise, and greeks that have no
    formula there are null.
    """
    return ask.greeks(query)


@route("/v1/pricing/iv", tag="pricing")
def iv(query: ask.IvQuery) -> ask.IvReply:
    """The vol at which one option has a price, as a fraction and in percent.

    A price outside the bounds that no vol can break is refused with 422; the message names
    the bound.
    """
    return ask.iv(query)


@route("/v1/pricing/kelly", tag="pricing")
def kelly(query: ask.KellyQuery) -> ask.KellyReply:
    """The stake in one option, bought and held to expiry, that grows a bankroll fastest.

    The stock is taken to be lognormal with drift `mu - q` and vol `sigma`; the stake is the
    f that maximises E log(1 + f (payoff / premium - 1)), over 2,000 places within six
    standard deviations, payoffs not discounted. Without a positive expectation it is 0.
    """
    return ask.kelly(query)
