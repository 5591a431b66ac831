"""Which underlyings there are."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from opentape.desk.state.market import Market
from opentape.market.calendar import iso

_NOTE: Final = "every underlying that the feed has named since the server started"


class TickersReply(msgspec.Struct, frozen=True, kw_only=True):
    """Underlyings by their symbols."""

    tickers: tuple[str, ...]
    """In order of the alphabet."""
    count: int


class SymbolsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Underlyings with live data."""

    symbols: tuple[str, ...]
    """In order of the alphabet."""
    count: int
    note: str
    """What the list is of."""
    last_updated: str
    """The tape's clock, UTC."""


class UniverseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How underlyings are listed."""

    sort: str = "tier"
    """`tier` (then symbol) or `symbol`; anything else is `tier`."""
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 200
    """Most underlyings returned."""


class UniverseSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """One underlying."""

    symbol: str
    tier: Literal[1, 2]
    """1 with a chain that is fresh enough, 2 with its tape alone."""
    is_pre_warmed: bool
    """Whether the vols and greeks of its chain are ready."""


class UniverseReply(msgspec.Struct, frozen=True, kw_only=True):
    """Underlyings and what there is of them."""

    as_of: str
    """The tape's clock, UTC."""
    count: int
    """All underlyings."""
    returned: int
    """Underlyings in this answer."""
    limit: int
    sort: Literal["tier", "symbol"]
    """What they are sorted by."""
    symbols: tuple[UniverseSymbol, ...]


def tickers(market: Market) -> TickersReply:
    """Return every underlying."""
    found = tuple(sorted(market.names))
    return TickersReply(tickers=found, count=len(found))


def symbols(market: Market) -> SymbolsReply:
    """Return every underlying, and as of when."""
    found = tuple(sorted(market.names))
    return SymbolsReply(
        symbols=found, count=len(found), note=_NOTE, last_updated=iso(market.as_of_ns)
    )


def universe(market: Market, query: UniverseQuery) -> UniverseReply:
    """Return underlyings with their tiers."""
    found = list(_tiers(market))
    by_symbol = query.sort.casefold() == "symbol"
    if not by_symbol:
        found.sort(key=lambda one: one.tier)
    shown = tuple(found[: query.limit])
    return UniverseReply(
        as_of=iso(market.as_of_ns),
        count=len(found),
        returned=len(shown),
        limit=query.limit,
        sort="symbol" if by_symbol else "tier",
        symbols=shown,
    )


def _tiers(market: Market) -> Iterator[UniverseSymbol]:
    for symbol, name in sorted(market.names.items()):
        ready = name.chain is not None
        yield UniverseSymbol(symbol=symbol, tier=1 if ready else 2, is_pre_warmed=ready)
