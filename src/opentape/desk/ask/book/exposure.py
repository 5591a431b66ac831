"""What the settled book comes to: its levels, its sums, what dealers would trade."""

import datetime as dt
from typing import Final, Literal

import msgspec

from opentape.desk.ask.book import sentences
from opentape.desk.ask.book.strikes import as_of, exposed
from opentape.desk.state.name import Name
from opentape.desk.state.outline import Outline
from opentape.market.calendar import EPOCH
from opentape.positioning.flip import FlipMethod, FlipStatus, Regime

_CENTS: Final = 2
_STRENGTH: Final = 6
_PERCENT: Final = 100.0


class KeyLevels(msgspec.Struct, frozen=True, kw_only=True):
    """Strikes that stand out, in US dollars; null where there is none."""

    gamma_flip: float | None
    """Spot at which dealers' gamma would change sign; null unless its status is
    `available`."""
    gamma_flip_status: FlipStatus
    """`available`, or why there is no flip."""
    max_positive_gamma: float | None
    """Greatest net GEX."""
    max_negative_gamma: float | None
    """Least net GEX."""
    call_wall: float | None
    """Most GEX of calls, anywhere in the chain."""
    put_wall: float | None
    """Most GEX of puts in size, anywhere in the chain."""
    highest_oi_strike: float | None
    """Most open interest of calls and puts together."""
    zero_dte_magnet: float | None
    """Most net GEX in size among contracts that expire today."""
    call_wall_otm: float | None
    """The call wall among strikes at or above spot."""
    put_wall_otm: float | None
    """The put wall among strikes at or below spot."""
    call_wall_strength: float | None
    """Part of the GEX of all calls that is at the wall, 0 to 1; weak below 0.2."""
    put_wall_strength: float | None
    max_pain_front: float | None
    """Max pain of the nearest expiry alone."""
    flip_method: FlipMethod
    """How the flip was looked for."""


class ExposureLevelsReply(msgspec.Struct, frozen=True, kw_only=True):
    """The strikes that stand out in the settled book."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    levels: KeyLevels
    modeled: bool = True
    """Always true: who holds what is a convention, not an observation."""


class NetExposures(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the whole chain, in US dollars of delta."""

    net_gex: float | None
    """Per 1 % of spot."""
    net_dex: float | None
    net_vex: float | None
    """Per vol point."""
    net_chex: float | None
    """Per calendar day that passes."""


class Interpretation(msgspec.Struct, frozen=True, kw_only=True):
    """What dealers would do, a sentence each."""

    gamma: str | None
    """When spot moves."""
    vanna: str | None
    """When vol moves."""
    charm: str | None
    """As time passes."""


class HedgingMove(msgspec.Struct, frozen=True, kw_only=True):
    """What dealers would trade after a move of spot to stay hedged."""

    dealer_shares_to_trade: float | None
    """Shares; bought above 0, sold below."""
    direction: Literal["buy", "sell"] | None
    """Null where nothing would be traded."""
    notional_usd: float | None
    """US dollars: the shares at spot, never negative."""


class HedgingEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """What dealers would trade, on a straight line from gamma at spot."""

    spot_up_1pct: HedgingMove
    spot_down_1pct: HedgingMove


class ZeroDte(msgspec.Struct, frozen=True, kw_only=True):
    """The part of contracts that expire today; null where none does."""

    net_gex: float | None
    """US dollars of delta per 1 % of spot."""
    pct_of_total_gex: float | None
    """Percent of the chain's net GEX; below 0 where the two signs differ, above 100 where
    the other expiries take away from it."""
    expiration: dt.date | None


class ExposureSummaryReply(msgspec.Struct, frozen=True, kw_only=True):
    """Where dealers would stand, on the settled book."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    gamma_flip: float | None
    """Spot at which dealers' gamma would change sign; null unless its status is
    `available`."""
    gamma_flip_status: FlipStatus
    """`available`, or why there is no flip."""
    regime: Regime
    """The side of the flip that spot is on; `unknown` without a flip."""
    exposures: NetExposures
    interpretation: Interpretation
    hedging_estimate: HedgingEstimate
    zero_dte: ZeroDte
    modeled: bool = True
    """Always true: who holds what is a convention, not an observation."""


def levels(name: Name) -> ExposureLevelsReply:
    """Return the strikes that stand out; raises as `gex`."""
    outline, _ = exposed(name, None)
    found = outline.levels
    return ExposureLevelsReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        levels=KeyLevels(
            gamma_flip=outline.gamma_flip,
            gamma_flip_status=outline.flip.status,
            max_positive_gamma=found.max_positive_gamma,
            max_negative_gamma=found.max_negative_gamma,
            call_wall=found.call_wall,
            put_wall=found.put_wall,
            highest_oi_strike=found.highest_oi_strike,
            zero_dte_magnet=found.zero_dte_magnet,
            call_wall_otm=found.call_wall_otm,
            put_wall_otm=found.put_wall_otm,
            call_wall_strength=strength(found.call_wall_strength),
            put_wall_strength=strength(found.put_wall_strength),
            max_pain_front=outline.max_pain_front,
            flip_method=outline.flip.method,
        ),
    )


def summary(name: Name) -> ExposureSummaryReply:
    """Return where dealers would stand; raises as `gex`."""
    outline, net = exposed(name, None)
    net_vex, net_chex = outline.net("vex"), outline.net("chex")
    return ExposureSummaryReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        gamma_flip=outline.gamma_flip,
        gamma_flip_status=outline.flip.status,
        regime=outline.regime,
        exposures=NetExposures(
            net_gex=net, net_dex=outline.net("dex"), net_vex=net_vex, net_chex=net_chex
        ),
        interpretation=Interpretation(
            gamma=sentences.of_gamma(net),
            vanna=sentences.of_vanna(net_vex),
            charm=sentences.of_charm(net_chex),
        ),
        hedging_estimate=hedging(net, outline.spot),
        zero_dte=_zero_dte(name, outline, net),
    )


def strength(share: float | None) -> float | None:
    """Return the strength of a wall as it is shown."""
    return None if share is None else round(share, _STRENGTH)


def hedging(net_gex: float, spot: float | None) -> HedgingEstimate:
    """Return what dealers would trade after a move of 1 % either way.

    Examples
    --------
    >>> round(hedging(2.85e9, 597.5).spot_up_1pct.dealer_shares_to_trade)
    -4769874
    """
    shares = round(net_gex / spot, _CENTS) if spot else None
    return HedgingEstimate(
        spot_up_1pct=_move(None if shares is None else -shares + 0.0, spot),
        spot_down_1pct=_move(shares, spot),
    )


def _move(shares: float | None, spot: float | None) -> HedgingMove:
    if shares is None or spot is None:
        return HedgingMove(dealer_shares_to_trade=None, direction=None, notional_usd=None)
    return HedgingMove(
        dealer_shares_to_trade=shares,
        direction=None if shares == 0 else "buy" if shares > 0 else "sell",
        notional_usd=round(abs(shares) * spot, _CENTS),
    )


def _zero_dte(name: Name, outline: Outline, net_gex: float) -> ZeroDte:
    today = EPOCH + dt.timedelta(days=name.settled_chain().analysed.today)
    part = outline.zero_dte_gex
    share = None if part is None or not net_gex else part / net_gex * _PERCENT
    return ZeroDte(
        net_gex=part,
        pct_of_total_gex=None if share is None else round(share, _CENTS) + 0.0,
        expiration=today if (outline.book.dte == 0).any() else None,
    )
