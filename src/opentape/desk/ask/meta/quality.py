"""What is wrong with the feed: counted by kind and underlying, and listed."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Annotated, Literal, cast

import msgspec
import numpy as np
from msgspec import Meta

from opentape.desk.ask.meta.flaws import meaning, sentence
from opentape.desk.state.market import Market
from opentape.flow.quality.records import (
    KINDS,
    MINUTE_NS,
    NO_PLACE,
    NO_VENUE,
    SOURCES,
    Flaw,
    Kind,
    Source,
    flaws_of,
)
from opentape.flow.quality.views import Quality
from opentape.flow.records import Records
from opentape.market.calendar import iso
from opentape.market.roots import clean_symbol
from opentape.market.venues import MICS

KindName = Literal[
    "gap",
    "duplicate",
    "disorder",
    "late",
    "clock_skew",
    "crossed_nbbo",
    "missing_nbbo",
    "stale_nbbo",
    "off_quote",
    "impossible_price",
    "impossible_size",
    "expired_contract",
    "earlier_date",
    "busted_print",
    "unmatched_cancel",
    "missing_oi",
    "repeated_oi",
    "wrong_oi",
    "wrong_time",
]
"""`flow.quality.records.Kind`, as it is written."""
FeedName = Literal["option_prints", "stock_prints", "open_interest"]


class QualityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which flaws are listed."""

    symbol: str | None = None
    """Only what touches this underlying; what touches all of the feed is listed too."""
    kind: KindName | None = None
    """Only flaws of this kind."""
    since: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    """Only what lasted into so many minutes before now; without it the whole date."""
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    """Most incidents listed."""


class KindTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All flaws of one kind."""

    kind: KindName
    """Which flaw."""
    count: int
    """Rows; of gaps the numbers left out, of open interest contracts."""
    incidents: int
    """Runs of them: of one underlying or venue, less than a minute apart."""
    first_ts: str
    """Of the first one, UTC."""
    last_ts: str
    """Of the last one, UTC."""
    text: str
    """What the kind is."""


class SymbolTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All flaws of one underlying."""

    symbol: str | None
    """Null for what touches all of the feed."""
    count: int
    """Rows; of gaps the numbers left out, of open interest contracts."""
    kinds: dict[str, int]
    """Count by kind."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Flaws of one kind, of one underlying or venue, less than a minute apart."""

    kind: KindName
    """Which flaw."""
    symbol: str | None
    """The underlying; null for what touches all of the feed."""
    venue: str | None
    """MIC of the exchange whose clock is off; null for other kinds."""
    feed: FeedName
    """Which part of the feed."""
    first_ts: str
    """When the first row was stamped, UTC; of a gap the row before it."""
    last_ts: str
    """When the last row was stamped, UTC; of a gap the row behind it."""
    count: int
    """Rows; of gaps the numbers left out, of open interest contracts."""
    contract: str | None
    """OSI symbol of the first row; null where it is of no option."""
    sequence: int | None
    """Number of the first row, of a gap the first that was left out; null without one."""
    row: int | None
    """Which row of the tape the first was, from 0; null where it is none."""
    text: str
    """What happened, in a sentence."""


class QualityReply(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with the feed today."""

    as_of: str
    """The tape's clock, UTC."""
    rows: int
    """Rows of the option tape today: prints, cancels, rejects."""
    stock_rows: int
    """Prints of stocks today."""
    numbered_rows: int
    """Rows whose numbers follow on each other, so that a gap can be told."""
    forgotten: int
    """Flaws that were counted, and are too many to be listed or told by time."""
    totals: tuple[KindTotal, ...]
    """By kind, of what was asked for; kinds without a flaw are left out."""
    symbols: tuple[SymbolTotal, ...]
    """By underlying, the one with most flaws first."""
    count: int
    """Incidents of what was asked for."""
    incidents: tuple[Incident, ...]
    """The newest first, up to `limit`."""


def quality(market: Market, query: QualityQuery) -> QualityReply:
    """Return what is wrong with the feed, as far as it was asked for."""
    book = market.quality
    if book is None:
        return _nothing(market)
    return report(book, market.as_of_ns, query)


def report(book: Quality, as_of_ns: int, query: QualityQuery) -> QualityReply:
    """Return what a ledger says, as far as it was asked for."""
    found, symbols = _asked(book, as_of_ns, query)
    newest = np.lexsort((found["kind"], -found["last"]))[: query.limit]
    return QualityReply(
        as_of=iso(as_of_ns),
        rows=book.rows,
        stock_rows=book.stock_rows,
        numbered_rows=book.found.numbered,
        forgotten=int(book.forgotten.sum()),
        totals=tuple(_totals(found)),
        symbols=tuple(_by_symbol(found, symbols)),
        count=found.size,
        incidents=tuple(_listed(book, found[newest], [symbols[at] for at in newest])),
    )


def _nothing(market: Market) -> QualityReply:
    return QualityReply(
        as_of=iso(market.as_of_ns),
        rows=0,
        stock_rows=0,
        numbered_rows=0,
        forgotten=0,
        totals=(),
        symbols=(),
        count=0,
        incidents=(),
    )


def _asked(
    book: Quality, as_of_ns: int, query: QualityQuery
) -> tuple[Records, list[str | None]]:
    """Return the incidents that were asked for, and what each is of."""
    found = book.incidents
    wanted = np.ones(found.size, np.bool_)
    if query.kind is not None:
        wanted &= found["kind"] == KINDS.index(query.kind)
    if query.since is not None:
        wanted &= found["last"] > as_of_ns - query.since * MINUTE_NS
    symbols = book.symbols(found)
    if query.symbol is not None:
        mine = (clean_symbol(query.symbol), None)
        wanted &= np.array([one in mine for one in symbols], np.bool_)
    places: list[int] = np.flatnonzero(wanted).tolist()
    return found[places], [symbols[at] for at in places]


def _totals(found: Records) -> list[KindTotal]:
    kinds: list[int] = np.unique(found["kind"]).tolist()
    told: list[KindTotal] = []
    for kind in kinds:
        mine = found[found["kind"] == kind]
        told.append(
            KindTotal(
                kind=_kind(kind),
                count=int(mine["count"].sum()),
                incidents=mine.size,
                first_ts=iso(int(mine["ts"].min())),
                last_ts=iso(int(mine["last"].max())),
                text=meaning(Kind(kind)),
            )
        )
    return told


def _by_symbol(found: Records, symbols: list[str | None]) -> list[SymbolTotal]:
    counts: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    columns = symbols, found["kind"].tolist(), found["count"].tolist()
    for symbol, kind, count in zip(*columns, strict=True):
        counts[symbol][KINDS[kind]] += count
    told = [
        SymbolTotal(symbol=symbol, count=kinds.total(), kinds=dict(kinds))
        for symbol, kinds in counts.items()
    ]
    return sorted(told, key=lambda one: (-one.count, one.symbol or ""))


def _listed(book: Quality, some: Records, symbols: list[str | None]) -> Iterator[Incident]:
    return (
        _incident(book, one, symbol)
        for one, symbol in zip(flaws_of(some), symbols, strict=True)
    )


def _incident(book: Quality, one: Flaw, symbol: str | None) -> Incident:
    option = one.source is not Source.STOCK_PRINTS and one.place != NO_PLACE
    skewed = one.kind is Kind.CLOCK_SKEW and one.venue != NO_VENUE
    return Incident(
        kind=_kind(one.kind),
        symbol=symbol,
        venue=MICS[one.venue] if skewed else None,
        feed=cast("FeedName", SOURCES[one.source]),
        first_ts=iso(one.ts),
        last_ts=iso(one.last),
        count=one.count,
        contract=book.contracts[one.place].symbol if option else None,
        sequence=one.sequence or None,
        row=one.row if one.row >= 0 else None,
        text=sentence(one),
    )


def _kind(kind: int) -> KindName:
    return cast("KindName", KINDS[kind])
