"""The vol dashboard, spelled as the wire spells it."""

import datetime as dt
from typing import Literal

import msgspec

from opentape.volatility.premium import Assessment

Bucket = Literal["0-7d", "8-30d", "31-60d", "60d+"]
Slope = Literal["contango", "backwardation", "mixed", "unknown"]


class RealizedVol(msgspec.Struct, frozen=True, kw_only=True):
    """What the stock did, percent per year; null where the history is too short.

    Sample deviation of daily log returns over sessions that are over, 252 to a year.
    """

    rv_5d: float | None = None
    rv_10d: float | None = None
    rv_20d: float | None = None
    rv_30d: float | None = None
    rv_60d: float | None = None


class IvRvSpreads(msgspec.Struct, frozen=True, kw_only=True):
    """What options ask above what the stock did: ATM less realised vol, in vol points."""

    vrp_5d: float | None = None
    vrp_10d: float | None = None
    vrp_20d: float | None = None
    vrp_30d: float | None = None
    assessment: Assessment | None = None
    """The 20-day spread in a word; null without one."""


class SkewProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One expiry: vols of listed contracts out of the money, percent per year."""

    expiry: dt.date
    days_to_expiry: int
    """Calendar days from the trade date."""
    put_10d_iv: float | None
    put_25d_iv: float | None
    atm_iv: float | None
    """At the forward."""
    call_25d_iv: float | None
    call_10d_iv: float | None
    skew_25d: float | None
    """Put less call at 25 delta, vol points."""
    smile_ratio: float | None
    """Put over call at 25 delta."""
    tail_convexity: float | None
    """(put 10 - put 25) - (put 25 - ATM), vol points."""


class TermStructure(msgspec.Struct, frozen=True, kw_only=True):
    """How ATM vol goes with time to expiry."""

    near_slope_pct: float | None = None
    """(IV 30 days - IV 7 days) / IV 7 days, percent; null outside what is listed."""
    far_slope_pct: float | None = None
    """(IV 90 days - IV 30 days) / IV 30 days, percent."""
    state: Slope = "unknown"
    """`contango` where every known slope is up, `backwardation` where it is down."""


class IvDispersion(msgspec.Struct, frozen=True, kw_only=True):
    """How uneven the surface is, standard deviations in vol points."""

    cross_expiry: float | None = None
    """Of ATM vol over expiries."""
    cross_strike: float | None = None
    """Of vol over contracts out of the money within one expiry, the mean of expiries."""


class GexByDte(msgspec.Struct, frozen=True, kw_only=True):
    """Gamma exposure of some expiries, by calendar days that are left."""

    bucket: Bucket
    net_gex: float | None
    """US dollars of delta per 1 % of spot; null where contracts are listed, none counts."""
    pct_of_total: float | None
    """Percent of the sizes of all four; below 0 where `net_gex` is."""
    contract_count: int
    """Contracts that count."""


class ThetaByDte(msgspec.Struct, frozen=True, kw_only=True):
    """What holders of some expiries lose to time, by calendar days that are left."""

    bucket: Bucket
    net_theta: float | None
    """US dollars a day on all open interest, with the sign of theta of who holds it."""
    contract_count: int
    """Contracts that count."""


class PcByExpiry(msgspec.Struct, frozen=True, kw_only=True):
    """Puts against calls of one expiry, contracts."""

    expiry: dt.date
    call_oi: int | None
    put_oi: int | None
    pc_ratio_oi: float | None
    """Put over call; null without calls."""
    call_volume: int | None
    """Traded today as the chain tells it."""
    put_volume: int | None
    pc_ratio_volume: float | None


class PcByMoneyness(msgspec.Struct, frozen=True, kw_only=True):
    """Open interest by where strikes stand; at the money is within 5 % of spot."""

    otm_call_oi: int | None = None
    atm_call_oi: int | None = None
    itm_call_oi: int | None = None
    otm_put_oi: int | None = None
    atm_put_oi: int | None = None
    itm_put_oi: int | None = None


class PutCallProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Puts against calls."""

    by_expiry: tuple[PcByExpiry, ...] = ()
    by_moneyness: PcByMoneyness = PcByMoneyness()


class OiConcentration(msgspec.Struct, frozen=True, kw_only=True):
    """How few strikes hold the open interest."""

    top_3_pct: float | None = None
    """Percent of all at the three largest strikes."""
    top_5_pct: float | None = None
    top_10_pct: float | None = None
    herfindahl: float | None = None
    """Sum of the squared parts, 0 to 1."""


class HedgingScenario(msgspec.Struct, frozen=True, kw_only=True):
    """What dealers would trade to stay hedged after a move, as gamma at spot has it."""

    move_pct: float
    """Move of spot, percent."""
    dealer_shares: float | None
    """Bought above 0, sold below."""
    direction: Literal["buy", "sell"] | None
    """Null where nothing is traded."""
    notional_usd: float | None
    """US dollars, never negative."""


class Liquidity(msgspec.Struct, frozen=True, kw_only=True):
    """Spreads of contracts that are quoted on both sides."""

    atm_avg_spread_pct: float | None = None
    """Mean spread in percent of the middle, strikes within 2 % of spot."""
    wing_avg_spread_pct: float | None = None
    """The same more than 10 % out of the money."""
    atm_contracts: int | None = None
    wing_contracts: int | None = None


class VolatilityReply(msgspec.Struct, frozen=True, kw_only=True):
    """Realised and implied vol of an underlying, and what hangs on it; vols in percent."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with; null without a chain."""
    as_of: str
    """The instant of the chain; without one, the tape's clock."""
    market_open: bool
    """Whether the regular session was open then."""
    realized_vol: RealizedVol
    atm_iv: float | None
    """At 30 days, between two expiries; of the nearest to it where none lie about it."""
    iv_rv_spreads: IvRvSpreads
    skew_profiles: tuple[SkewProfile, ...]
    """By expiry; those whose ATM vol is not credible are left out."""
    term_structure: TermStructure
    iv_dispersion: IvDispersion
    gex_by_dte: tuple[GexByDte, ...]
    theta_by_dte: tuple[ThetaByDte, ...]
    put_call_profile: PutCallProfile
    oi_concentration: OiConcentration
    hedging_scenarios: tuple[HedgingScenario, ...]
    liquidity: Liquidity
    iv_rank: float | None
    """Where the 30-day vol stands between the lowest and the highest close of a year of
    sessions, 0 to 100; null under 60 of them."""
    iv_percentile: float | None
    """Percent of those sessions that closed with a lower vol."""
    hv_20: float | None
    """As `rv_20d`."""
    hv_60: float | None
    """As `rv_60d`."""
