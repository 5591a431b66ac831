"""The whole market as it stood at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from opentape.desk.state.name import Name
from opentape.desk.state.tape import DayTape
from opentape.flow.options import FlowOptions
from opentape.market.errors import SymbolNotFound
from opentape.market.roots import clean_symbol
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions


class Feeds(msgspec.Struct, frozen=True, kw_only=True):
    """When each kind of fact last came, nanoseconds since 1970 UTC; None for never."""

    equity: int | None = None
    """Stock prints."""
    equity_options: int | None = None
    """Option prints and chains of stocks and ETFs."""
    index: int | None = None
    """Levels of indices."""
    index_options: int | None = None
    """Option prints and chains of indices."""
    futures: int | None = None
    futures_options: int | None = None
    flow: int | None = None
    """Option prints of any kind."""
    open_interest: int | None = None
    """What the settled open interest is of."""
    macro: int | None = None
    """The oldest of the macro series."""


@dataclass(eq=False, kw_only=True)
class Market:
    """Every underlying at an instant; made by the engine's thread, never changed."""

    names: Mapping[str, Name]
    version: int
    """Grows with every view that is published."""
    as_of_ns: int
    """The tape's clock."""
    feeds: Feeds
    options: FlowOptions
    chain_options: ChainOptions = field(default_factory=ChainOptions)
    level_options: LevelOptions = field(default_factory=LevelOptions)
    tape: DayTape | None = None
    """Today's option tape; None before the first print."""
    kept: dict[object, bytes] = field(default_factory=dict[object, bytes])
    """Answers of this view that were encoded before, by question."""

    def name(self, symbol: str) -> Name:
        """Return an underlying.

        Raises
        ------
        SymbolNotFound
            If nothing was ever heard of it.
        """
        found = self.names.get(clean_symbol(symbol))
        if found is None:
            raise SymbolNotFound(f"no data on {symbol[:32]!r}: the feed never named it")
        return found
