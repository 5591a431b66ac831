"""Which pushed rows a client wants."""

from functools import lru_cache

import msgspec

from opentape.desk.ask.radar.wanted import RowFilter
from opentape.desk.engine.log import Frame
from opentape.market.roots import clean_symbol


class StreamQuery(RowFilter, frozen=True, kw_only=True, rename="camel"):
    """Filters of a stream, and where it resumes."""

    cursor: str | None = None
    """The cursor of the last row that was seen: the stream goes on after it."""


def wanted(query: StreamQuery) -> "Wanted":
    """Return the filters of a client, the same ones for all that want the same."""
    return _wanted(msgspec.structs.replace(query, cursor=None))


class Wanted:
    """Filters, ready to be asked often."""

    def __init__(self, query: StreamQuery) -> None:
        self._query = query
        self._tickers = frozenset(clean_symbol(one) for one in query.ticker)
        self._everything = query == StreamQuery(unknown_oi=True)

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


_wanted = lru_cache(1 << 10)(Wanted)
