"""Flow signals: scored, explained, summed."""

from opentape.api.route import route
from opentape.desk.ask import signals as ask
from opentape.desk.ask.evidence import evidence
from opentape.desk.explain import Explanation
from opentape.desk.state.market import Market


@route("/v1/flow/signals/{symbol}", tag="flow signals")
def signals(market: Market, symbol: str, query: ask.SignalsQuery) -> ask.SignalsReply:
    """Scored unusual flow of one underlying, highest score first.

    Every block-sized parent of the window is classified and scored from 0 to 100; the six
    parts of `score_breakdown` sum to the score. Without a fresh chain the answer degrades:
    `underlying_price` is 0, levels and enrichment are null.
    """
    return ask.signals(market, symbol, query)


@route("/v1/flow/signals/{symbol}/summary", tag="flow signals")
def summary(market: Market, symbol: str, query: ask.SummaryQuery) -> ask.SummaryReply:
    """What all signals of a window come to, and the ten best of them."""
    return ask.summary(market, symbol, query)


@route("/v1/flow/signals/{symbol}/{signal_id}/explain", tag="flow signals", slow=True)
def explain(market: Market, symbol: str, signal_id: str) -> Explanation:
    """The evidence of one signal of today, by its `id`.

    Every print with the quote before it, what the contract's day came to, and the
    arithmetic of each part of its scores.
    """
    return evidence(market, symbol, signal_id)
