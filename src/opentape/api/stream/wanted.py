"""Which pushed rows a client wants."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from opentape.desk.engine.log import Frame
from opentape.market.roots import clean_symbol


class StreamQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Filters of a stream, and where it resumes."""

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
    cursor: str | None = None
    """The cursor of the last row that was seen: the stream goes on after it."""


class Wanted:
    """The filters of one client, ready to be asked often."""

    def __init__(self, query: StreamQuery) -> None:
        self._query = query
        self._tickers = frozenset(clean_symbol(one) for one in query.ticker)
        self._everything = query == StreamQuery(cursor=query.cursor, unknown_oi=True)

    def __call__(self, frame: Frame) -> bool:
        """Return whether the client wants a row."""
        if self._everything:
            return True
        query = self._query
        return (
            frame.score >= query.min_score
            and frame.premium >= query.min_premium
            and query.side in {"all", frame.side}
            and query.kind in {"all", frame.kind}
            and (frame.oi_known or query.unknown_oi)
            and (not self._tickers or frame.ticker in self._tickers)
        )
