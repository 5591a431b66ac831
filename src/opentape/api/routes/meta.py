"""The server itself: what it knows, whose key it is, how it reckons."""

from opentape.api.route import route
from opentape.desk.ask.meta import account as account_ask
from opentape.desk.ask.meta import health as health_ask
from opentape.desk.ask.meta import methodology as methodology_ask
from opentape.desk.ask.meta import outcomes as outcomes_ask
from opentape.desk.ask.meta import quality as quality_ask
from opentape.desk.ask.meta import symbols as symbols_ask
from opentape.desk.outcomes.outcomes import Outcomes
from opentape.desk.state.market import Market


@route("/v1/tickers", tag="market data")
def tickers(market: Market) -> symbols_ask.TickersReply:
    """Every underlying that the feed has named."""
    return symbols_ask.tickers(market)


@route("/v1/symbols", tag="market data")
def symbols(market: Market) -> symbols_ask.SymbolsReply:
    """Every underlying with live data, and as of when."""
    return symbols_ask.symbols(market)


@route("/v1/universe", tag="market data")
def universe(market: Market, query: symbols_ask.UniverseQuery) -> symbols_ask.UniverseReply:
    """Every underlying with its tier: 1 with a fresh chain, 2 with its tape alone."""
    return symbols_ask.universe(market, query)


@route("/v1/account", tag="account")
def account(caller: account_ask.Caller) -> account_ask.AccountReply:
    """The plan of the key and how much of its day is used.

    Without a broker the four figures of a brokerage account are null.
    """
    return account_ask.account(caller)


@route("/health", tag="server")
def health() -> health_ask.HealthReply:
    """Whether the server answers at all; `/ready` says whether it has data."""
    return health_ask.health()


@route("/v1/methodology", tag="server")
def methodology(market: Market) -> methodology_ask.MethodologyReply:
    """How everything is reckoned: steps, parts of both scores, every number in force."""
    return methodology_ask.methodology(market)


@route("/v1/quality", tag="server")
def quality(market: Market, query: quality_ask.QualityQuery) -> quality_ask.QualityReply:
    """What is wrong with the feed today: counted by kind and underlying, and listed.

    Gaps in the numbers, repeats, disorder, clocks that are off, quotes and prices that
    cannot be, cancels, open interest that is missing or wrong. A signal says in
    `data_quality` which of it touched it.
    """
    return quality_ask.quality(market, query)


@route("/v1/outcomes", tag="server", slow=True)
def outcomes(
    market: Market,
    past: outcomes_ask.Remembering | None,
    query: outcomes_ask.OutcomesQuery,
) -> Outcomes:
    """How far underlyings went after signals of sessions that are over.

    Less how far they went after like trades of other sessions (same underlying, half
    hour, class of size): by score, tag and component, from 5 minutes to 5 sessions later,
    with intervals. The first question reads every session that it is about.
    """
    return outcomes_ask.outcomes(market, past, query)
