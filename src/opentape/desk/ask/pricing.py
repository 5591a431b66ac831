"""Questions about one option that need no market: its greeks, its vol, a stake in it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from opentape.desk.price.answer import greeks as price_greeks
from opentape.desk.price.answer import implied_volatility
from opentape.desk.price.reply import GreeksReply, IvReply, KellyReply
from opentape.desk.price.stake import stake
from opentape.desk.price.terms import CARRY, RATE, Exercise, Right, Terms

__all__ = [
    "GreeksQuery",
    "GreeksReply",
    "IvQuery",
    "IvReply",
    "KellyQuery",
    "KellyReply",
    "greeks",
    "iv",
    "kelly",
]


class OptionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One option and the world around it."""

    spot: Annotated[float, Meta(examples=[580])]
    """Price of the stock in dollars, above 0."""
    strike: Annotated[float, Meta(examples=[580])]
    """Dollars, above 0."""
    dte: Annotated[float, Meta(examples=[30])]
    """Calendar days to expiry, above 0 and at most 36,500; part of a day is fine."""
    type: Right = Right.CALL
    """`call` or `put`."""
    r: float = RATE
    """Risk-free rate, continuously compounded: a fraction per year, -1 to 1."""
    q: float = CARRY
    """Dividend yield, continuously compounded: a fraction per year, -1 to 1."""


class GreeksQuery(OptionQuery, frozen=True, kw_only=True):
    """An option and the vol it is priced at."""

    sigma: Annotated[float, Meta(examples=[0.18])]
    """Vol, a fraction per year: 0.18 is 18 %."""
    style: Exercise = Exercise.EUROPEAN
    """When the option may be exercised."""


class IvQuery(OptionQuery, frozen=True, kw_only=True):
    """An option and the price whose vol is asked for."""

    price: Annotated[float, Meta(examples=[12.69])]
    """Dollars a share, above 0."""
    style: Exercise = Exercise.EUROPEAN
    """When the option may be exercised."""


class KellyQuery(OptionQuery, frozen=True, kw_only=True):
    """An option, what it costs, and what one believes of the stock."""

    sigma: Annotated[float, Meta(examples=[0.18])]
    """Vol until expiry, a fraction per year."""
    premium: Annotated[float, Meta(examples=[12.69])]
    """Dollars a share paid, above 0."""
    mu: Annotated[float, Meta(examples=[0.12])]
    """Expected return with dividends, continuously compounded: per year, -2 to 2."""


def greeks(query: GreeksQuery) -> GreeksReply:
    """Return the price and the greeks of an option.

    Raises
    ------
    BadSetting
        If a number is outside its range.
    """
    return price_greeks(_terms(query, query.style), query.sigma)


def iv(query: IvQuery) -> IvReply:
    """Return the vol that gives an option its price.

    Raises
    ------
    BadSetting
        If a number is outside its range.
    BadPrice
        If no vol gives that price.
    """
    return implied_volatility(_terms(query, query.style), query.price)


def kelly(query: KellyQuery) -> KellyReply:
    """Return the stake in an option that grows a bankroll fastest.

    Raises
    ------
    BadSetting
        If a number is outside its range.
    """
    terms = _terms(query, Exercise.EUROPEAN)
    return stake(terms, query.sigma, query.premium, query.mu)


def _terms(query: OptionQuery, style: Exercise) -> Terms:
    return Terms(
        spot=query.spot,
        strike=query.strike,
        dte=query.dte,
        right=query.type,
        rate=query.r,
        carry=query.q,
        style=style,
    )
