"""Lists of flow rows: newest first, best first, and of past sessions."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any, Final, NamedTuple, Protocol, cast

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from opentape.desk.ask.radar.pages import Keys, after, cursor_of, ordered
from opentape.desk.ask.radar.wanted import RowFilter
from opentape.desk.ask.spelling import spelled
from opentape.desk.engine.rows import FlowRow, flow_row
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.flow.signal import RADAR_SIDES, Kind, Signal, Signals
from opentape.market.calendar import trade_date
from opentape.market.errors import NoCoverage
from opentape.market.roots import clean_symbol


class FlowQuery(RowFilter, frozen=True, kw_only=True, rename="camel"):
    """Which flow rows are listed."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 25
    """Most rows returned."""
    cursor: str | None = None
    """`next_cursor` of the page before."""
    date: dt.date | None = None
    """Only rows of this session."""


class HistoricalQuery(FlowQuery, frozen=True, kw_only=True, rename="camel"):
    """Which flow rows of past sessions are listed."""

    begin: dt.date | None = msgspec.field(default=None, name="from")
    """The first session."""
    end: dt.date | None = msgspec.field(default=None, name="to")
    """The last session."""


class FlowPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of flow rows."""

    data: tuple[FlowRow, ...]
    next_cursor: str | None
    """Goes on after the last row; null on the last page."""


class _Part(NamedTuple):
    """Rows of one underlying that an answer may have."""

    name: Name
    signals: Signals


def newest(market: Market, query: FlowQuery) -> FlowPage:
    """Return rows of the session, newest first."""
    return _page(market, query, by_score=False)


def top(market: Market, query: FlowQuery) -> FlowPage:
    """Return rows of the session, highest score first."""
    return _page(market, query, by_score=True)


class Earlier(Protocol):
    """Sessions that are over."""

    def dates(self) -> Sequence[dt.date]:
        """Return their trade dates, oldest first."""
        ...

    def closing(self, date: dt.date) -> Market:
        """Return the market as a session left it."""
        ...


def historical(market: Market, past: Earlier | None, query: HistoricalQuery) -> FlowPage:
    """Return rows of stored sessions, newest first."""
    rows: list[FlowRow] = []
    cursor = None
    for view in _views(market, past, query):
        several = list(parts(view, query))
        if several and len(rows) == query.limit:
            return FlowPage(data=tuple(rows), next_cursor=cursor)
        wanted = msgspec.structs.replace(query, limit=query.limit - len(rows))
        shown = _shown(several, wanted, by_score=False) if several else _NONE
        rows += shown.rows
        cursor = shown.cursor or cursor
        if shown.more:
            return FlowPage(data=tuple(rows), next_cursor=cursor)
    return FlowPage(data=tuple(rows), next_cursor=None)


def _views(
    market: Market, past: Earlier | None, query: HistoricalQuery
) -> Iterator[Market]:
    """Yield the market and what earlier sessions left, newest first, as far as asked."""
    yield market
    today = trade_date(market.as_of_ns)
    begin, end = query.begin or query.date, query.end or query.date
    if past is None:
        return
    for date in reversed(past.dates()):
        if date >= today or (end is not None and date > end):
            continue
        if begin is not None and date < begin:
            return
        with suppress(NoCoverage):
            yield past.closing(date)


def parts(market: Market, query: FlowQuery) -> Iterator[_Part]:
    """Yield the rows of each underlying that a question is about."""
    wanted = {clean_symbol(one) for one in query.ticker}
    for symbol, name in market.names.items():
        if (not wanted or symbol in wanted) and _of_session(name, query):
            found = name.judged
            mask = _asked(found, query)
            if mask.any():
                yield _Part(name, found.take(mask))


def _of_session(name: Name, query: FlowQuery) -> bool:
    begin = end = query.date
    if isinstance(query, HistoricalQuery):
        begin, end = query.begin or query.date, query.end or query.date
    day = name.trade_date
    return (begin is None or begin <= day) and (end is None or day <= end)


def _asked(found: Signals, query: FlowQuery) -> NDArray[np.bool_]:
    wanted = (found.radar >= query.min_score) & (found.premium >= query.min_premium)
    if query.side != "all":
        wanted &= np.array(RADAR_SIDES)[found.parents["aggressor"]] == query.side
    if query.kind != "all":
        wanted &= found.kind == Kind[query.kind]
    if not query.unknown_oi:
        wanted &= found.oi >= 0
    return cast("NDArray[np.bool_]", wanted)


def _keys(part: _Part, *, by_score: bool) -> Keys:
    """Return what rows are ordered by, smallest first."""
    parents = part.signals.parents
    newest = (-parents["first_ts"], parents["contract"], parents["side"], parents["row"])
    best = (-part.signals.radar, -np.rint(part.signals.premium * 100))
    columns = (*best, *newest) if by_score else newest
    return np.stack([column.astype(np.int64) for column in columns], axis=1)


def _page(market: Market, query: FlowQuery, *, by_score: bool) -> FlowPage:
    several = list(parts(market, query))
    if not several:
        return FlowPage(data=(), next_cursor=None)
    shown = _shown(several, query, by_score=by_score)
    cursor = shown.cursor if shown.more else None
    return FlowPage(data=shown.rows, next_cursor=cursor)


class _Shown(NamedTuple):
    rows: tuple[FlowRow, ...]
    cursor: str | None
    """Goes on after the last of them; None where there is none."""
    more: bool


_NONE: Final = _Shown((), None, more=False)


def _shown(several: list[_Part], query: FlowQuery, *, by_score: bool) -> _Shown:
    """Return the rows of one page."""
    keys = np.concatenate([_keys(part, by_score=by_score) for part in several])
    sizes = [part.signals.rows for part in several]
    of = np.repeat(np.arange(len(several)), sizes)
    within = np.concatenate([np.arange(size) for size in sizes])
    left = np.flatnonzero(after(keys, query.cursor))
    left = left[ordered(keys[left])]
    shown = left[: query.limit]
    rows = _rows(several, of[shown], within[shown])
    cursor = cursor_of(keys[shown[-1]]) if shown.size else None
    return _Shown(rows, cursor, more=left.size > shown.size)


def _rows(
    several: list[_Part], of: NDArray[np.int64], within: NDArray[np.int64]
) -> tuple[FlowRow, ...]:
    """Return rows in their order, each spelled by its underlying."""
    rows: list[Any] = [None] * of.size
    for code, part in enumerate(several):
        mine = np.flatnonzero(of == code)
        found = part.signals.take(within[mine])
        gold = np.zeros(found.rows, np.bool_)
        told = spelled(part.name, found, gold, _row_of(part.name.sector))
        for at, row in zip(mine.tolist(), told, strict=True):
            rows[at] = row
    return tuple(rows)


@lru_cache(1 << 10)
def _row_of(sector: str | None) -> Callable[[Signal, int], FlowRow]:
    return lambda signal, _: flow_row(signal, sector)
