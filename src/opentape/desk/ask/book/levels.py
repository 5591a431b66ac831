"""Levels of the live book, and the chance to expire near one of them."""

import datetime as dt

import msgspec

from opentape.desk.ask.book.exposure import strength
from opentape.desk.state.name import Name
from opentape.market.calendar import iso
from opentape.positioning.flip import FlipMethod, FlipStatus
from opentape.positioning.pin import composite


class FlowQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which contracts are asked about."""

    expiry: dt.date | None = None
    """Only contracts of this expiry."""


class FlowLevelsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Levels of the book as flow has made it, in US dollars; null where there is none."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
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
    live_call_wall_otm: float | None
    """The call wall among strikes at or above spot."""
    live_put_wall_otm: float | None
    """The put wall among strikes at or below spot."""
    live_call_wall_strength: float | None
    """Part of the GEX of all calls that is at the wall, 0 to 1; weak below 0.2."""
    live_put_wall_strength: float | None
    live_max_pain_front: float | None
    """Max pain of the nearest expiry alone."""
    flip_method: FlipMethod
    """How the flip was looked for."""
    modeled: bool = True
    """Always true: open interest of now is an estimate, who holds it a convention."""


class PinBreakdown(msgspec.Struct, frozen=True, kw_only=True):
    """What pin risk is made of, each from 0 to 100."""

    oi_score: int
    """Open interest at the magnet beside that of strikes within 5 % of spot; 20 % of it
    scores 100. Part in the whole: 30 %."""
    proximity_score: int
    """100 with spot at the magnet, 0 from 1 % away. Part in the whole: 25 %."""
    time_score: int
    """Part of a session of 6.5 hours that is over; 0 with more to go. Part in the whole:
    25 %."""
    gamma_score: int
    """Net GEX at the magnet beside that of all strikes in size; 35 % of it scores 100.
    Part in the whole: 20 %."""


class PinRiskReply(msgspec.Struct, frozen=True, kw_only=True):
    """The chance to expire near the strike of most gamma, as one score."""

    symbol: str
    as_of: str
    """The tape's clock when the answer was true, UTC."""
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    expiry: dt.date | None
    """The one expiry that was asked for; null for all."""
    live_pin_risk: int
    """0 to 100: the four parts as they stand here, weighted. 70 and more is strong, below
    40 low."""
    magnet_strike: float | None
    """Most net GEX in size, US dollars; null where no strike has any."""
    distance_to_magnet_pct: float | None
    """From spot to the magnet in percent of spot, never negative."""
    time_to_close_hours: float | None
    """Trading hours to the close of the nearest expiry, a tenth at least."""
    breakdown: PinBreakdown


def flow_levels(name: Name, query: FlowQuery) -> FlowLevelsReply:
    """Return the levels of the live book.

    Raises
    ------
    NoData
        If there is no chain, or nothing of that expiry in it that counts.
    """
    outline = name.live(query.expiry).outline
    found, flip = outline.levels, outline.flip
    return FlowLevelsReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=outline.spot,
        expiry=query.expiry,
        live_gamma_flip=outline.gamma_flip,
        gamma_flip_status=flip.status,
        live_call_wall=found.call_wall,
        live_put_wall=found.put_wall,
        live_max_pain=outline.pain.level,
        live_call_wall_otm=found.call_wall_otm,
        live_put_wall_otm=found.put_wall_otm,
        live_call_wall_strength=strength(found.call_wall_strength),
        live_put_wall_strength=strength(found.put_wall_strength),
        live_max_pain_front=outline.max_pain_front,
        flip_method=flip.method,
    )


def pin_risk(name: Name, query: FlowQuery) -> PinRiskReply:
    """Return the chance to expire near a strike, on the live book; raises as `flow_levels`.

    Where no strike has any gamma there is no magnet, and the parts that need one are 0.
    """
    outline = name.live(query.expiry).outline
    pin = outline.pin(name.hours(query.expiry))
    parts = PinBreakdown(
        oi_score=pin.oi_score or 0,
        proximity_score=pin.proximity_score or 0,
        time_score=pin.time_score or 0,
        gamma_score=pin.gamma_score or 0,
    )
    weighted = composite(
        parts.oi_score,
        parts.proximity_score,
        parts.time_score,
        parts.gamma_score,
        outline.book.options.pin,
    )
    return PinRiskReply(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        underlying_price=outline.spot,
        expiry=query.expiry,
        live_pin_risk=weighted or 0,
        magnet_strike=pin.magnet,
        distance_to_magnet_pct=pin.distance_pct,
        time_to_close_hours=pin.hours,
        breakdown=parts,
    )
