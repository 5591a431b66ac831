"""How fresh each kind of fact is."""

import msgspec


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
