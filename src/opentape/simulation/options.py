"""What may be asked of a simulated market."""

import datetime as dt
import re
from typing import Final

import msgspec

from opentape.market.calendar import is_session
from opentape.market.errors import BadSetting
from opentape.market.roots import UNDERLYING

MOST_NAMES: Final = 5_000
MOST_PRINTS: Final = 100_000_000
MOST_MINUTES: Final = 390
"""In a session that does not end early."""
FIRST_YEAR: Final = 1993
LAST_YEAR: Final = 2094
"""The calendar knows two years of reports before, and after 250 days of LEAPS."""
_ROOT: Final = re.compile(r"[A-Z][A-Z0-9]{0,4}")


class MarketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A market to simulate: the same options give the same bytes.

    Raises
    ------
    BadSetting
        If a date is no session, a symbol no underlying, or a number out of range.
    """

    date: dt.date
    symbols: tuple[str, ...] = ()
    """Underlyings, none twice; without them the default names and then invented ones."""
    names: int | None = None
    """How many underlyings; as many as there are default names if not given."""
    prints: int = 1_000_000
    """Prints a session; cancels, and what is reported again after one, not counted."""
    seed: int = 7
    snapshot_minutes: int = 30
    """Between two snapshots of the chain."""
    edge: float = 0.0
    """Share of informed customers who know where the underlying will be in half an hour."""

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.date.year <= LAST_YEAR or not is_session(self.date):
            raise BadSetting(
                "a date to simulate must be a session "
                f"of {FIRST_YEAR} to {LAST_YEAR}, was {self.date}"
            )
        if not 1 <= self.prints <= MOST_PRINTS:
            raise BadSetting(f"prints must be 1 to {MOST_PRINTS:,}, was {self.prints:,}")
        if self.names is not None and not 1 <= self.names <= MOST_NAMES:
            raise BadSetting(f"names must be 1 to {MOST_NAMES:,}, was {self.names:,}")
        if self.symbols and self.names is not None:
            raise BadSetting("symbols and a number of names must not be given together")
        if not 0 <= self.seed < 1 << 63:
            raise BadSetting(f"a seed must be from 0 to 2**63 - 1, was {self.seed}")
        if not 1 <= self.snapshot_minutes <= MOST_MINUTES:
            raise BadSetting(
                f"minutes between snapshots must be 1 to {MOST_MINUTES}, "
                f"was {self.snapshot_minutes}"
            )
        if not 0.0 <= self.edge <= 1.0:
            raise BadSetting(f"an edge must be from 0 to 1, was {self.edge:g}")
        self._check_symbols()

    def _check_symbols(self) -> None:
        for symbol in self.symbols:
            if not _ROOT.fullmatch(symbol):
                raise BadSetting(
                    f"a symbol must be one to five capitals and digits, was {symbol!r}"
                )
            if symbol in UNDERLYING:
                raise BadSetting(
                    f"a symbol must be an underlying; {symbol} is a root "
                    f"of {UNDERLYING[symbol]}"
                )
        if len(set(self.symbols)) < len(self.symbols):
            raise BadSetting(f"symbols must differ, was {', '.join(self.symbols)}")
