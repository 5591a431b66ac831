"""Table: what of a tape each vendor's format has no place for."""

from enum import StrEnum
from typing import Final


class Missing(StrEnum):
    """Something that a tape may tell and a format cannot."""

    FINE_TIME = "time below a millisecond"
    SEQUENCE = "sequence numbers"
    QUOTES = "quotes"
    TIED_QUOTES = "quotes that differ between prints of a contract at one instant"
    QUOTE_KIND = "whether a quote is the venue's own"
    STALE_QUOTES = "quotes known to be stale"
    SPOT = "spot"
    CONDITIONS = "sale conditions"
    NAMED_AGGRESSORS = "conditions that name the aggressor"
    NEW_VENUES = "venues that have no number yet"
    CANCELS = "cancels"
    CANCELLED_NAMES = "which print a cancel names"
    WITHDRAWN = "marks of prints cancelled later"
    MULTIPLIERS = "multipliers"


_M = Missing
MASSIVE_QUOTED: Final = "massive with quotes"
_MASSIVE: Final = (
    _M.SEQUENCE,
    _M.QUOTE_KIND,
    _M.STALE_QUOTES,
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
    MASSIVE_QUOTED: (_M.TIED_QUOTES, *_MASSIVE),
    "dbn": (
        _M.SEQUENCE,
        _M.QUOTE_KIND,
        _M.STALE_QUOTES,
        _M.SPOT,
        _M.CONDITIONS,
        _M.CANCELS,
        _M.CANCELLED_NAMES,
        _M.WITHDRAWN,
        _M.MULTIPLIERS,
    ),
}
"""What a format cannot tell, by its name on the command line."""
