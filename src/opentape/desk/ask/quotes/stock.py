"""The newest quote and print of an underlying itself."""

import msgspec

from opentape.desk.state.name import Name
from opentape.flow.raw.views import Quote
from opentape.market.calendar import iso
from opentape.market.errors import NoData


class StockQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The newest quote and print of a stock, US dollars a share; null where unknown."""

    ticker: str
    bid: float | None
    """Best bid just before the newest print, as `ask`."""
    ask: float | None
    mid: float | None
    """Mean of both; null where one is unknown or they are crossed."""
    last_price: float | None = msgspec.field(name="lastPrice")
    last_update: str | None = msgspec.field(name="lastUpdate")
    """When the newest print was reported, UTC."""
    bid_size: int | None = msgspec.field(name="bidSize")
    """Shares, as `askSize`."""
    ask_size: int | None = msgspec.field(name="askSize")


class SymbolQuote(StockQuote, frozen=True, kw_only=True):
    """The same with the symbol under both of its names."""

    symbol: str


def stock_quote(name: Name) -> StockQuote:
    """Return the newest quote and print of an underlying.

    Raises
    ------
    NoData
        If it never traded itself, as an index does not.
    """
    quote = _newest(name)
    return StockQuote(
        ticker=name.symbol,
        bid=quote.bid,
        ask=quote.ask,
        mid=middle(quote.bid, quote.ask),
        last_price=quote.price,
        last_update=iso(quote.ts),
        bid_size=quote.bid_size or None,
        ask_size=quote.ask_size or None,
    )


def symbol_quote(name: Name) -> SymbolQuote:
    """Return the same with `symbol`; raises as `stock_quote`."""
    return SymbolQuote(**msgspec.structs.asdict(stock_quote(name)), symbol=name.symbol)


def middle(bid: float | None, ask: float | None) -> float | None:
    """Return the mean of a bid and an ask that are known and not crossed.

    Examples
    --------
    >>> middle(1.0, 1.25), middle(1.25, 1.0), middle(None, 1.0)
    (1.125, None, None)
    """
    if bid is None or ask is None or bid > ask:
        return None
    return round(0.5 * (bid + ask), 6)


def _newest(name: Name) -> Quote:
    if name.stock is None:
        raise NoData(f"{name.symbol} itself has not traded")
    return name.stock.quote
