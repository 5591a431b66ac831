"""The whole market as it stood at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opentape.desk.state.feeds import Feeds
from opentape.desk.state.name import Name
from opentape.desk.state.tape import DayTape
from opentape.flow.options import FlowOptions
from opentape.flow.quality.views import Quality
from opentape.market.errors import SymbolNotFound
from opentape.market.roots import clean_symbol
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions


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
    quality: Quality | None = None
    """What is wrong with the feed today; None where nobody looked."""
    kept: dict[object, bytes] = field(default_factory=dict[object, bytes])
    """Answers of this view as they were sent before, by question."""

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
