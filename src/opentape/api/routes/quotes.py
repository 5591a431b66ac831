"""Quotes: stocks, option contracts, and what is listed."""

from opentape.api.route import route
from opentape.desk.ask.quotes import listing, options, stock
from opentape.desk.state.market import Market


@route("/stockquote/{symbol}", tag="market data")
def stock_quote(market: Market, symbol: str) -> stock.StockQuote:
    """The newest quote and print of a stock.

    404 `no_data` for what has no prints of its own, as an index.
    """
    return stock.stock_quote(market.name(symbol))


@route("/v1/quotes/{symbol}", tag="market data")
def quote(market: Market, symbol: str) -> stock.SymbolQuote:
    """The newest quote and print of a stock; as `/stockquote`, with `symbol` beside it."""
    return stock.symbol_quote(market.name(symbol))


@route("/optionquote/{symbol}", tag="market data")
def option_quote(
    market: Market, symbol: str, query: options.OptionQuoteQuery
) -> options.OptionQuote | list[options.OptionQuote]:
    """Quotes of option contracts with vols and greeks.

    One object where `expiry`, `strike` and `type` are all given, else an array of every
    contract that fits; each element of an array carries the envelope too. Vols are
    fractions; theta is per day that passes, vega per vol point, rho and vanna per 1.00,
    charm for a day more to expiry.
    """
    return options.option_quote(market.name(symbol), query)


@route("/v1/options/{symbol}/chain", tag="market data")
def chain(market: Market, symbol: str, query: options.ChainQuery) -> options.ChainQuotes:
    """Every unexpired contract of a chain or of one expiry, each as in `/optionquote`."""
    return options.chain_quotes(market.name(symbol), query)


@route("/v1/analysis/greeks", tag="market data")
def contract_greeks(
    market: Market, query: options.ContractQuery
) -> options.SymbolOptionQuote:
    """Vols and greeks of one listed contract, as `/optionquote` has them."""
    return options.contract_quote(market.name(query.symbol), query)


@route("/v1/options/{symbol}", tag="market data")
def listed(market: Market, symbol: str) -> listing.OptionsReply:
    """The expiries and strikes of an underlying that are listed."""
    return listing.options(market.name(symbol))
