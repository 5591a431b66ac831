"""Quotes of option contracts with vols and greeks, from the settled chain."""

import datetime as dt
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from opentape.desk.ask.quotes.rows import OptionQuote, option_quotes
from opentape.desk.state.name import Name
from opentape.market.calendar import EPOCH, iso
from opentape.market.errors import NoData

Side = Literal["C", "P", "call", "put", "Call", "Put"]
_SAME_STRIKE = 5e-4
"""Dollars: strikes are listed in thousandths."""


class OptionQuoteQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which contracts; without any of them all that are listed."""

    expiry: dt.date | None = None
    """Only this expiry."""
    strike: Annotated[float, Meta(examples=[590])] | None = None
    """Only this strike, US dollars."""
    type: Side | None = None
    """Only calls, or only puts."""


class ChainQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a chain."""

    expiration: dt.date | None = None
    """Only this expiry."""


class ContractQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One contract."""

    symbol: str
    """The underlying."""
    strike: float
    """US dollars."""
    type: Side
    """Call or put."""
    expiration: dt.date
    """Expiry date."""


class SymbolOptionQuote(OptionQuote, frozen=True, kw_only=True):
    """A quote with the symbol of its underlying."""

    symbol: str


class ChainQuotes(msgspec.Struct, frozen=True, kw_only=True):
    """Quotes of a chain."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which vols and greeks were reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    expiration: dt.date | None
    """The one expiry that was asked for; null for all."""
    contracts: tuple[OptionQuote, ...]
    """By expiry, strike and side."""


def option_quote(name: Name, query: OptionQuoteQuery) -> OptionQuote | list[OptionQuote]:
    """Return one contract where all three are given, else every one that fits.

    Raises
    ------
    NoData
        If there is no chain, or no unexpired contract in it that fits.
    """
    rows = _rows(name, query)
    if query.expiry is None or query.strike is None or query.type is None:
        return option_quotes(name, rows)
    return option_quotes(name, _one(name, rows))[0]


def chain_quotes(name: Name, query: ChainQuery) -> ChainQuotes:
    """Return the quotes of a chain, or of one expiry; raises as `option_quote`."""
    asked = OptionQuoteQuery(expiry=query.expiration)
    contracts = tuple(option_quotes(name, _rows(name, asked)))
    return ChainQuotes(
        symbol=name.symbol,
        underlying_price=name.outline().spot,
        as_of=iso(name.settled_chain().analysed.chain.as_of),
        expiration=query.expiration,
        contracts=contracts,
    )


def contract_quote(name: Name, query: ContractQuery) -> SymbolOptionQuote:
    """Return the quote of one contract; raises as `option_quote`."""
    asked = OptionQuoteQuery(expiry=query.expiration, strike=query.strike, type=query.type)
    found = option_quotes(name, _one(name, _rows(name, asked)))[0]
    return SymbolOptionQuote(**msgspec.structs.asdict(found), symbol=name.symbol)


def _rows(name: Name, query: OptionQuoteQuery) -> NDArray[np.intp]:
    """Return the rows of the chain that fit."""
    analysed = name.settled_chain().analysed
    chain, wanted = analysed.chain, analysed.held.live
    if query.expiry is not None:
        wanted = wanted & (chain.expiry_day == (query.expiry - EPOCH).days)
    if query.strike is not None:
        wanted = wanted & (np.abs(chain.strike - query.strike) < _SAME_STRIKE)
    if query.type is not None:
        wanted = wanted & (chain.put == (query.type[0].upper() == "P"))
    rows = np.flatnonzero(wanted)
    if not rows.size:
        raise NoData(f"no contract of {name.symbol} that is still open fits")
    return rows


def _one(name: Name, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return one row: of a date that settles twice, the afternoon's."""
    slices = name.settled_chain().analysed.surface.slices
    afternoon = rows[~slices.am[slices.of[rows]]]
    return (afternoon if afternoon.size else rows)[:1]
