"""What of a tape each vendor's format has no place for, as a table and counted."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import MULTIPLIER, Contracts
from opentape.market.money import UNKNOWN
from opentape.market.venues import VENUES


class Missing(StrEnum):
    """Something that a tape may tell and a format cannot."""

    FINE_TIME = "time below a millisecond"
    SEQUENCE = "sequence numbers"
    QUOTES = "quotes"
    TIED_QUOTES = "quotes that change between prints of one instant"
    QUOTE_KIND = "marks of a venue's own quote"
    STALE_QUOTES = "quotes known to be stale"
    SPOT = "spot"
    CONDITIONS = "sale conditions"
    NAMED_AGGRESSORS = "conditions that name the aggressor"
    NEW_VENUES = "venues without a number"
    CANCELS = "cancels"
    CANCELLED_NAMES = "names of cancelled prints"
    WITHDRAWN = "marks of prints cancelled later"
    MULTIPLIERS = "multipliers"


_M = Missing
MASSIVE_QUOTED: Final = "massive with quotes"
_MASSIVE: Final = (
    _M.SEQUENCE,
    _M.SPOT,
    _M.NAMED_AGGRESSORS,
    _M.CANCELLED_NAMES,
    _M.MULTIPLIERS,
)
MISSING: Final = {
    "cboe": (
        _M.FINE_TIME,
        _M.QUOTE_KIND,
        _M.STALE_QUOTES,
        _M.NEW_VENUES,
        _M.CANCELLED_NAMES,
        _M.MULTIPLIERS,
    ),
    "thetadata": (
        _M.FINE_TIME,
        _M.QUOTE_KIND,
        _M.STALE_QUOTES,
        _M.SPOT,
        _M.NEW_VENUES,
        _M.CANCELLED_NAMES,
        _M.WITHDRAWN,
        _M.MULTIPLIERS,
    ),
    "massive": (_M.QUOTES, *_MASSIVE),
    MASSIVE_QUOTED: (_M.QUOTE_KIND, _M.STALE_QUOTES, _M.TIED_QUOTES, *_MASSIVE),
    "dbn": (
        _M.SEQUENCE,
        _M.QUOTE_KIND,
        _M.STALE_QUOTES,
        _M.SPOT,
        _M.CONDITIONS,
        _M.CANCELS,
        _M.WITHDRAWN,
        _M.MULTIPLIERS,
    ),
}
"""What a format cannot tell, by its name on the command line."""

Mask = NDArray[np.bool_]
_MS_NS: Final = 1_000_000
_NAMED: Final = (Condition.BUY_AGGRESSOR, Condition.SELL_AGGRESSOR)
_NUMBERLESS: Final = np.array([bool(v.letter and not v.thetadata) for v in VENUES])


def _changing(prints: PrintBatch) -> Mask:
    """Return the prints whose quote is not that of the first of contract and instant."""
    order = np.lexsort((prints.ts_event, prints.contract))
    contract, ts, bid, ask = (
        column[order]
        for column in (prints.contract, prints.ts_event, prints.bid, prints.ask)
    )
    begins = np.append(True, (contract[1:] != contract[:-1]) | (ts[1:] != ts[:-1]))
    begins = begins[: order.size]
    first = np.maximum.accumulate(np.where(begins, np.arange(order.size), 0))
    changing = np.empty(order.size, np.bool_)
    changing[order] = (bid != bid[first]) | (ask != ask[first])
    return changing


def _quoted(prints: PrintBatch) -> Mask:
    return (prints.bid != UNKNOWN) | (prints.ask != UNKNOWN)


TELLING: Final[dict[Missing, Callable[[PrintBatch], Mask]]] = {
    _M.FINE_TIME: lambda prints: prints.ts_event % _MS_NS != 0,
    _M.SEQUENCE: lambda prints: prints.sequence != 0,
    _M.QUOTES: _quoted,
    _M.TIED_QUOTES: _changing,
    _M.QUOTE_KIND: lambda prints: prints.marks & VENUE_QUOTE != 0,
    _M.STALE_QUOTES: lambda prints: prints.marks & STALE_QUOTE != 0,
    _M.SPOT: lambda prints: prints.spot != UNKNOWN,
    _M.CONDITIONS: lambda prints: (
        ~np.isin(prints.condition, (Condition.REGULAR, Condition.CANCEL))
    ),
    _M.NAMED_AGGRESSORS: lambda prints: np.isin(prints.condition, _NAMED),
    _M.NEW_VENUES: lambda prints: _NUMBERLESS[prints.venue],
    _M.CANCELS: lambda prints: prints.condition == Condition.CANCEL,
    _M.CANCELLED_NAMES: lambda prints: prints.cancels != 0,
    _M.WITHDRAWN: lambda prints: prints.marks & WITHDRAWN != 0,
}
"""Which prints tell what may be missing; multipliers are not of a print."""


class LeftOut:
    """What a format had no place for, counted by the rows that told it."""

    def __init__(self, form: str, contracts: Contracts) -> None:
        self.rows: Counter[str] = Counter()
        self._missing = MISSING[form]
        self._contracts = contracts

    def count(self, batch: PrintBatch) -> None:
        """Count the rows of a batch that was written."""
        for each in self._missing:
            if each is Missing.MULTIPLIERS:
                told = self._contracts.multipliers[batch.contract] != MULTIPLIER
            else:
                told = TELLING[each](batch)
            # what no row told is not listed
            if rows := int(np.count_nonzero(told)):
                self.rows[each] += rows
