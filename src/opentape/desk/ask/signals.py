"""Scored signals of an underlying, and what they come to."""

import datetime as dt
from functools import lru_cache
from typing import Annotated, Final, Literal, cast

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from opentape.desk.ask.settled import SignalsChain, levels_of
from opentape.desk.ask.spelling import spelled
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.flow import interest
from opentape.flow.judge.spell import names_in
from opentape.flow.options import FlowOptions, scorer_version
from opentape.flow.quality.records import KINDS
from opentape.flow.signal import BIASES, Intent, Judged, Signal, Signals, golden
from opentape.market.calendar import EPOCH, iso
from opentape.market.roots import clean_symbol

_MINUTE_NS: Final = 60_000_000_000
_TOP: Final = 10
_NOT_LOOKED: Final = -1
"""In place of what touched a signal, where nobody looked."""
Minutes = Annotated[int, Meta(ge=1, le=10_080)]


class SummaryQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which signals of an underlying are summed."""

    window_minutes: Minutes = 240
    """Look-back window in minutes."""
    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class SignalsQuery(SummaryQuery, frozen=True, kw_only=True, rename="camel"):
    """Which signals of an underlying are listed."""

    min_score: Annotated[int, Meta(ge=0, le=100)] = 0
    """Drop signals below this score."""
    intent: Literal["all", "bullish", "bearish", "neutral"] = "all"
    """Only signals of this directional intent."""
    structure: Literal["all", "block", "sweep", "single"] = "all"
    """Only blocks or only sweeps; `single` is reserved and matches nothing."""
    bias: Literal["all", "opening_bias", "closing_bias", "unknown"] = "all"
    """Only signals whose contract has this bias."""
    min_premium: Annotated[float, Meta(ge=0)] = 0.0
    """Drop signals of less premium, US dollars."""
    tag: str | None = None
    """Only signals that carry this tag, `golden` of this answer included."""
    sort: Literal["score", "ts", "premium"] = "score"
    """Highest score first, newest first, or largest premium first."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    """Most signals returned."""


class FlowSignal(Judged, frozen=True, gc=False, kw_only=True):
    """One judged parent, and what was wrong with the feed around it."""

    data_quality: tuple[str, ...] | None
    """Kinds of flaws of `/v1/quality` that touched its contract, its venues or all of the
    feed from a second before its first leg to its last; null where nobody looked."""


class SignalsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Scored signals, best first unless asked otherwise."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true."""
    window_minutes: int
    expiry: dt.date | None
    underlying_price: float
    """Spot of the settled chain; 0 without one."""
    chain: SignalsChain
    count: int
    """Signals in this answer."""
    signals: tuple[FlowSignal, ...]
    ring_truncated: bool
    """Whether the window reaches back further than what is held."""
    ring_oldest_ts: str | None
    """The oldest signal that is held; null if there is none."""
    scorer_version: str
    """Changes whenever a score may come out differently."""


class SummaryReply(msgspec.Struct, frozen=True, kw_only=True):
    """What all signals of a window come to."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true."""
    window_minutes: int
    expiry: dt.date | None
    underlying_price: float
    """Spot of the settled chain; 0 without one."""
    signal_count: int
    """All signals in the window."""
    bullish_premium: float
    """US dollars, as all premiums."""
    bearish_premium: float
    net_directional_premium: float
    """Bullish less bearish."""
    opening_premium: float
    closing_premium: float
    top_signals: tuple[FlowSignal, ...]
    """The ten best."""


def signals(market: Market, symbol: str, query: SignalsQuery) -> SignalsReply:
    """Return the signals of a window; an unknown underlying has none."""
    name = market.names.get(clean_symbol(symbol))
    if name is None:
        return _nothing(market, clean_symbol(symbol), query)
    found = _window(name, query)
    found = found.take(_asked(name, found, query))
    found, gold = _shown(found, query, name.options)
    chain = levels_of(name, query.expiry)
    oldest = name.parents["first_ts"].min() if name.parents.size else None
    return SignalsReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        window_minutes=query.window_minutes,
        expiry=query.expiry,
        underlying_price=chain.spot,
        chain=chain.levels,
        count=found.rows,
        signals=tuple(_spelled(market, name, found, gold)),
        ring_truncated=_begin(name, query) < name.since_ns,
        ring_oldest_ts=None if oldest is None else iso(int(oldest)),
        scorer_version=scorer_version(name.options),
    )


def summary(market: Market, symbol: str, query: SummaryQuery) -> SummaryReply:
    """Return what the signals of a window come to; an unknown underlying has none."""
    name = market.names.get(clean_symbol(symbol))
    if name is None:
        return _no_sums(market, clean_symbol(symbol), query)
    found = _window(name, query)
    gold = golden(found, name.options.score)
    bullish = _sum(found, found.intent == Intent.BULLISH)
    bearish = _sum(found, found.intent == Intent.BEARISH)
    best = slice(0, _TOP)
    return SummaryReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        window_minutes=query.window_minutes,
        expiry=query.expiry,
        underlying_price=levels_of(name, query.expiry).spot,
        signal_count=found.rows,
        bullish_premium=bullish / 100.0,
        bearish_premium=bearish / 100.0,
        net_directional_premium=(bullish - bearish) / 100.0,
        opening_premium=_sum(found, found.bias == interest.OPENING) / 100.0,
        closing_premium=_sum(found, found.bias == interest.CLOSING) / 100.0,
        top_signals=tuple(_spelled(market, name, found.take(best), gold[best])),
    )


def _nothing(market: Market, symbol: str, query: SignalsQuery) -> SignalsReply:
    return SignalsReply(
        symbol=symbol,
        as_of=iso(market.as_of_ns),
        window_minutes=query.window_minutes,
        expiry=query.expiry,
        underlying_price=0.0,
        chain=SignalsChain(),
        count=0,
        signals=(),
        ring_truncated=False,
        ring_oldest_ts=None,
        scorer_version=scorer_version(market.options),
    )


def _no_sums(market: Market, symbol: str, query: SummaryQuery) -> SummaryReply:
    return SummaryReply(
        symbol=symbol,
        as_of=iso(market.as_of_ns),
        window_minutes=query.window_minutes,
        expiry=query.expiry,
        underlying_price=0.0,
        signal_count=0,
        bullish_premium=0.0,
        bearish_premium=0.0,
        net_directional_premium=0.0,
        opening_premium=0.0,
        closing_premium=0.0,
        top_signals=(),
    )


def _begin(name: Name, query: SummaryQuery) -> int:
    return name.as_of_ns - query.window_minutes * _MINUTE_NS


def _window(name: Name, query: SummaryQuery) -> Signals:
    """Return the signals of a window and expiry, best first."""
    judged = name.judged
    ts = judged.parents["first_ts"]
    wanted = (ts > _begin(name, query)) & (ts <= name.as_of_ns)
    if query.expiry is not None:
        day = (query.expiry - EPOCH).days
        wanted &= name.contracts.expiry_days[judged.parents["contract"]] == day
    return judged.take(wanted)


def _asked(name: Name, found: Signals, query: SignalsQuery) -> NDArray[np.bool_]:
    """Return which signals of a window pass the filters, the golden tag aside."""
    wanted = found.score >= query.min_score
    if query.intent != "all":
        wanted &= found.intent == Intent[query.intent.upper()]
    if query.structure != "all":
        sweep = found.parents["sweep"]
        wanted &= {"sweep": sweep, "block": ~sweep}.get(
            query.structure, np.zeros(found.rows, np.bool_)
        )
    if query.bias != "all":
        wanted &= np.array(BIASES)[found.bias] == query.bias
    if query.min_premium > 0:
        wanted &= found.premium >= query.min_premium
    if query.tag is not None and query.tag != "golden":
        wanted &= _tagged(name, found, query.tag.casefold())
    return cast("NDArray[np.bool_]", wanted)


def _tagged(name: Name, found: Signals, tag: str) -> NDArray[np.bool_]:
    sweep, none = found.parents["sweep"], np.zeros(found.rows, np.bool_)
    return {
        "sweep": sweep,
        "block": ~sweep,
        "opening": found.bias == interest.OPENING,
        "closing": found.bias == interest.CLOSING,
        "0dte": found.dte == 0,
        "whale": found.premium >= name.options.score.whale_usd,
    }.get(tag, none)


def _shown(
    found: Signals, query: SignalsQuery, options: FlowOptions
) -> tuple[Signals, NDArray[np.bool_]]:
    """Return the signals of an answer in its order, and which of them are golden."""
    if query.sort != "score":
        by = found.parents["first_ts"] if query.sort == "ts" else found.premium
        found = found.take(np.argsort(-by, kind="stable"))
    found = found.take(slice(0, query.limit))
    gold = golden(found, options.score)
    if query.tag == "golden":
        return found.take(gold), gold[gold]
    return found, gold


def _sum(found: Signals, which: NDArray[np.bool_]) -> int:
    """Return the premium of some signals in whole cents, so that sums are exact."""
    return int(np.rint(found.premium[which] * 100.0).astype(np.int64).sum())


def _spelled(
    market: Market, name: Name, found: Signals, gold: NDArray[np.bool_]
) -> list[FlowSignal]:
    if market.quality is None:
        touched = np.full(found.rows, _NOT_LOOKED, np.int64)
    else:
        touched = market.quality.touched(found.parents)
    told = spelled(name, found, gold, _listed, touched)
    return cast("list[FlowSignal]", told)


def _listed(signal: Signal, touched: int) -> FlowSignal:
    fields = {one: getattr(signal, one) for one in Judged.__struct_fields__}
    return FlowSignal(**fields, data_quality=_kinds(touched))


@lru_cache(1 << 12)
def _kinds(touched: int) -> tuple[str, ...] | None:
    """Return the names of kinds that are set in a mask."""
    if touched == _NOT_LOOKED:
        return None
    return tuple(names_in(touched, KINDS))
