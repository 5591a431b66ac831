"""What today's flow has made of the book: open interest, exposures, dealers' risk."""

import datetime as dt
from typing import Final

import msgspec

from opentape.desk.ask.book.levels import FlowQuery, pin_risk
from opentape.desk.ask.book.strikes import (
    DexRow,
    GexRow,
    Label,
    dex_rows,
    gex_rows,
    label,
)
from opentape.desk.state.live import Live
from opentape.desk.state.name import Name
from opentape.market.calendar import iso
from opentape.positioning.flip import FlipStatus
from opentape.positioning.shift import Direction

_CENTS: Final = 2
_SHARE: Final = 4


class FlowSummaryReply(msgspec.Struct, frozen=True, kw_only=True):
    """Whether flow has shifted the book, in a few figures."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    flow_direction: Direction
    """What flow did to dealers' gamma: `no_flow`, `neutral` (less than 5 %),
    `amplifying`, `dampening`, or `regime_flip` where its sign changed."""
    intraday_oi_delta: int
    """Estimated change of open interest since the morning, contracts."""
    contracts_with_flow: int
    """Contracts whose estimate is not 0."""
    contracts_total: int
    """Unexpired contracts of the chain."""
    live_gex: float | None
    """US dollars of delta per 1 % of spot."""
    flow_gex_pct_shift: float | None
    """Change over what was settled, a fraction: above 0 it grew in size. Null where 0 was
    settled and that changed."""


class FlowOiReply(msgspec.Struct, frozen=True, kw_only=True):
    """Open interest of the morning and as simulated now, contracts of the chain."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    official_oi: int
    """Settled by the clearing house, constant all session."""
    simulated_oi: int
    """Official and the changes; nothing keeps a contract from going below 0 here."""
    intraday_oi_delta: int
    """Sum of the estimated changes."""
    oi_delta_confidence: float | None
    """How far the estimate is to be trusted, 0 to 1: the part of signed volume that is
    taken to open, or the part of volume that proves it, if that is more."""
    effective_oi: int
    """As `simulated_oi` with no contract below 0: what live exposures are made from."""
    contracts_total: int
    """Unexpired contracts of the chain."""
    contracts_with_flow: int
    """Contracts whose estimate is not 0."""


class FlowGexReply(msgspec.Struct, frozen=True, kw_only=True):
    """Dealer gamma exposure of the live book by strike."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    live_net_gex: float | None
    """US dollars of delta per 1 % of spot, all strikes."""
    live_net_gex_label: Label
    """The sign of `live_net_gex`."""
    live_gamma_flip: float | None
    """Spot at which dealers' gamma would change sign; null unless its status is
    `available`."""
    gamma_flip_status: FlipStatus
    """`available`, or why there is no flip."""
    strikes: tuple[GexRow, ...]
    """Ascending; open interest is the effective one."""


class FlowDexReply(msgspec.Struct, frozen=True, kw_only=True):
    """Delta exposure of the live book by strike."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    live_net_dex: float | None
    """US dollars of delta, all strikes."""
    strikes: tuple[DexRow, ...]
    """Ascending."""


class DealerRisk(msgspec.Struct, frozen=True, kw_only=True):
    """The settled book beside the live one."""

    settled_net_gex: float | None
    """US dollars of delta per 1 % of spot, as all GEX."""
    live_net_gex: float | None
    flow_gex_adjustment: float | None
    """Live less settled."""
    flow_gex_pct_shift: float | None
    """Adjustment over settled, a fraction of three decimals: above 0 it grew in size. Null
    where 0 was settled and that changed."""
    settled_net_dex: float | None
    """US dollars of delta, as all DEX."""
    live_net_dex: float | None
    flow_dex_adjustment: float | None
    """Live less settled."""
    flow_dex_pct_shift: float | None
    """As `flow_gex_pct_shift`."""
    total_abs_delta_contracts: int
    """Sum over contracts of the change in size, official to effective open interest."""
    flow_direction: Direction
    """What flow did to dealers' gamma: `no_flow`, `neutral` (less than 5 %),
    `amplifying`, `dampening`, or `regime_flip` where its sign changed."""
    description: str
    """The same in a sentence."""


class DealerRiskReply(msgspec.Struct, frozen=True, kw_only=True):
    """How far flow has moved what dealers would have to hedge."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    settled_net_gex: float | None
    """US dollars of delta per 1 % of spot, as all GEX."""
    live_net_gex: float | None
    flow_gex_adjustment: float | None
    """Live less settled."""
    flow_gex_pct_shift: float | None
    """Adjustment over settled, a fraction of three decimals: above 0 it grew in size. Null
    where 0 was settled and that changed."""
    settled_net_dex: float | None
    """US dollars of delta, as all DEX."""
    live_net_dex: float | None
    flow_dex_adjustment: float | None
    """Live less settled."""
    flow_dex_pct_shift: float | None
    """As `flow_gex_pct_shift`."""
    total_abs_delta_contracts: int
    """Sum over contracts of the change in size, official to effective open interest."""
    contracts_with_flow: int
    """Contracts whose estimate is not 0."""
    flow_direction: Direction
    """What flow did to dealers' gamma: `no_flow`, `neutral` (less than 5 %),
    `amplifying`, `dampening`, or `regime_flip` where its sign changed."""
    description: str
    """The same in a sentence."""


class FlowLiveReply(msgspec.Struct, frozen=True, kw_only=True):
    """The live book in one answer."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    contracts: int
    """Unexpired contracts of the chain."""
    contracts_with_flow: int
    """Contracts whose estimate is not 0."""
    official_oi: int
    """Settled by the clearing house, constant all session."""
    simulated_oi: int
    """Official and the changes; nothing keeps a contract from going below 0 here."""
    intraday_oi_delta: int
    """Sum of the estimated changes."""
    oi_delta_confidence: float | None
    """How far the estimate is to be trusted, 0 to 1."""
    effective_oi: int
    """As `simulated_oi` with no contract below 0: what live exposures are made from."""
    live_gex: float | None
    """US dollars of delta per 1 % of spot."""
    live_gex_delta: float | None
    """Net DEX of the live book in US dollars of delta, whatever its name."""
    live_gamma_flip: float | None
    """Spot at which dealers' gamma would change sign; null unless its status is
    `available`."""
    gamma_flip_status: FlipStatus
    """`available`, or why there is no flip."""
    live_call_wall: float | None
    """Most GEX of calls, anywhere in the chain."""
    live_put_wall: float | None
    """Most GEX of puts in size, anywhere in the chain."""
    live_max_pain: float | None
    """Where holders would be paid least."""
    live_pin_risk: int
    """0 to 100, as `/v1/flow/pin-risk` explains it."""
    flow_adjusted_dealer_risk: DealerRisk


def flow_summary(name: Name, query: FlowQuery) -> FlowSummaryReply:
    """Return whether flow has shifted the book.

    Raises
    ------
    NoData
        If there is no chain, or nothing of that expiry in it that counts.
    """
    live = name.live(query.expiry)
    return FlowSummaryReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=live.outline.spot,
        expiry=query.expiry,
        flow_direction=live.direction,
        intraday_oi_delta=int(live.interest.intraday_oi_delta),
        contracts_with_flow=live.interest.contracts_with_flow,
        contracts_total=live.interest.contracts_total,
        live_gex=live.gex.live,
        flow_gex_pct_shift=live.gex.pct_shift,
    )


def flow_oi(name: Name, query: FlowQuery) -> FlowOiReply:
    """Return open interest of the morning and now; raises as `flow_summary`."""
    live = name.live(query.expiry)
    found = live.interest
    return FlowOiReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        expiry=query.expiry,
        official_oi=int(found.official_oi),
        simulated_oi=int(found.simulated_oi),
        intraday_oi_delta=int(found.intraday_oi_delta),
        oi_delta_confidence=round(live.confidence, _SHARE),
        effective_oi=int(found.effective_oi),
        contracts_total=found.contracts_total,
        contracts_with_flow=found.contracts_with_flow,
    )


def flow_gex(name: Name, query: FlowQuery) -> FlowGexReply:
    """Return gamma exposure of the live book; raises as `flow_summary`."""
    live = name.live(query.expiry)
    outline = live.outline
    return FlowGexReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=outline.spot,
        expiry=query.expiry,
        live_net_gex=live.gex.live,
        live_net_gex_label=label(live.net_gex),
        live_gamma_flip=outline.gamma_flip,
        gamma_flip_status=outline.flip.status,
        strikes=gex_rows(outline),
    )


def flow_dex(name: Name, query: FlowQuery) -> FlowDexReply:
    """Return delta exposure of the live book; raises as `flow_summary`."""
    live = name.live(query.expiry)
    return FlowDexReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=live.outline.spot,
        expiry=query.expiry,
        live_net_dex=live.dex.live,
        strikes=dex_rows(live.outline),
    )


def dealer_risk(name: Name, query: FlowQuery) -> DealerRiskReply:
    """Return the settled book beside the live one; raises as `flow_summary`."""
    live = name.live(query.expiry)
    risk = msgspec.structs.asdict(_risk(live))
    return DealerRiskReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=live.outline.spot,
        expiry=query.expiry,
        contracts_with_flow=live.interest.contracts_with_flow,
        **risk,
    )


def flow_live(name: Name, query: FlowQuery) -> FlowLiveReply:
    """Return the live book in one answer; raises as `flow_summary`."""
    live = name.live(query.expiry)
    outline, found, levels = live.outline, live.interest, live.outline.levels
    return FlowLiveReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=outline.spot,
        expiry=query.expiry,
        contracts=found.contracts_total,
        contracts_with_flow=found.contracts_with_flow,
        official_oi=int(found.official_oi),
        simulated_oi=int(found.simulated_oi),
        intraday_oi_delta=int(found.intraday_oi_delta),
        oi_delta_confidence=round(live.confidence, _SHARE),
        effective_oi=int(found.effective_oi),
        live_gex=live.gex.live,
        live_gex_delta=live.dex.live,
        live_gamma_flip=outline.gamma_flip,
        gamma_flip_status=outline.flip.status,
        live_call_wall=levels.call_wall,
        live_put_wall=levels.put_wall,
        live_max_pain=outline.pain.level,
        live_pin_risk=pin_risk(name, query).live_pin_risk,
        flow_adjusted_dealer_risk=_risk(live),
    )


def _risk(live: Live) -> DealerRisk:
    return DealerRisk(
        settled_net_gex=live.gex.settled,
        live_net_gex=live.gex.live,
        flow_gex_adjustment=_dollars(live.gex.adjustment),
        flow_gex_pct_shift=live.gex.pct_shift,
        settled_net_dex=live.dex.settled,
        live_net_dex=live.dex.live,
        flow_dex_adjustment=_dollars(live.dex.adjustment),
        flow_dex_pct_shift=live.dex.pct_shift,
        total_abs_delta_contracts=int(live.interest.total_abs_delta_contracts),
        flow_direction=live.direction,
        description=live.description,
    )


def _dollars(adjustment: float | None) -> float | None:
    return None if adjustment is None else round(adjustment, _CENTS) + 0.0
