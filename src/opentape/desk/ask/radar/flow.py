"""Lists of flow rows: newest first, best first, and of past sessions."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Annotated, Any, NamedTuple, cast

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


def historical(market: Market, query: HistoricalQuery) -> FlowPage:
    """Return rows of stored sessions, newest first."""
    return _page(market, query, by_score=False)


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
    keys = np.concatenate([_keys(part, by_score=by_score) for part in several])
    sizes = [part.signals.rows for part in several]
    of = np.repeat(np.arange(len(several)), sizes)
    within = np.concatenate([np.arange(size) for size in sizes])
    left = np.flatnonzero(after(keys, query.cursor))
    left = left[ordered(keys[left])]
    shown = left[: query.limit]
    more = left.size > shown.size
    return FlowPage(
        data=_rows(several, of[shown], within[shown]),
        next_cursor=cursor_of(keys[shown[-1]]) if more else None,
    )


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
def _row_of(sector: str | None) -> Callable[[Signal], FlowRow]:
    return partial(flow_row, sector=sector)
