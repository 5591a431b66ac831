"""Which flow rows are wanted, listed or streamed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class RowFilter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a row must be like."""

    min_score: Annotated[int, Meta(ge=0, le=100)] = 0
    """Only rows whose radar score is at least this."""
    ticker: tuple[str, ...] = ()
    """Only rows of these underlyings, separated by commas."""
    min_premium: Annotated[float, Meta(ge=0)] = 0.0
    """Only rows of at least so many US dollars."""
    side: Literal["all", "ASK", "BID", "MID"] = "all"
    """Only rows that traded there."""
    kind: Literal["all", "SWEEP", "BLOCK", "SPLIT"] = "all"
    """Only rows executed so."""
    unknown_oi: bool = msgspec.field(default=False, name="unknownOI")
    """Whether rows without known open interest come too; their volOI is null."""
