"""The answer about a chain, as structs: what the command line prints and JSON spells."""

import datetime as dt

import msgspec


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """Strikes and sums that the open interest of a chain gives rise to."""

    call_wall: float | None
    """Strike of the largest call GEX."""
    put_wall: float | None
    """Strike of the largest put GEX, by size."""
    max_pain: float | None
    gamma_flip: float | None
    """Spot at which dealers' gamma turns; null unless the status is ``available``."""
    gamma_flip_status: str
    net_gex: float | None
    """US dollars of delta per 1 % of spot; calls +, puts -."""
    net_dex: float | None
    """US dollars of delta."""
    net_vex: float | None
    """US dollars of delta per vol point."""
    net_chex: float | None
    """US dollars of delta per day."""
    net_dag: float | None
    """GEX weighted with the size of delta."""
    regime: str
    """``positive_gamma``, ``negative_gamma`` or ``unknown``."""
    gamma_flip_legacy: float | None
    """Where net GEX first changes sign over the strikes; for comparison only."""
    flip_crossings: tuple[float, ...]
    """Every crossing of the repriced profile that was found."""
    call_wall_strength: float | None
    """GEX at the wall over that of its side, 0 to 1."""
    put_wall_strength: float | None
    call_wall_otm: float | None
    """The call wall among strikes at or above spot."""
    put_wall_otm: float | None
    """The put wall among strikes at or below spot."""
    max_pain_front: float | None
    """Max pain of the nearest expiry alone."""
    highest_oi_strike: float | None
    zero_dte_magnet: float | None
    """Strike of the largest net GEX, by size, of contracts that expire that day."""
    pin_risk: int | None
    """0 to 100, from the four parts below."""
    pin_oi_score: int | None
    pin_proximity_score: int | None
    pin_time_score: int | None
    pin_gamma_score: int | None


class SviRow(msgspec.Struct, frozen=True, kw_only=True):
    """Raw SVI of one expiry: total variance over ln(strike / forward)."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float


class ExpiryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One expiry; AM- and PM-settled roots of one date are two of them."""

    expiry: dt.date
    dte: int
    """Calendar days from the trade date."""
    settlement: str
    """``AM`` or ``PM``."""
    years: float
    """To the settlement instant, ACT/365; not positive when it has passed."""
    forward: float | None
    rate: float
    carry: float
    """Continuous dividend yield, so that forward = spot * exp((rate - carry) * years)."""
    carry_from: str
    """``parity``, ``given`` or ``default``."""
    atm_iv: float | None
    put_25d_iv: float | None
    call_25d_iv: float | None
    put_10d_iv: float | None
    call_10d_iv: float | None
    skew_25d: float | None
    """Put less call, fraction per year."""
    expected_move: float | None
    """One standard deviation in dollars: spot * ATM IV * sqrt(years)."""
    svi: SviRow | None
    svi_status: str
    """``fitted``, ``repaired``, ``ssvi``, or why there is none."""
    contracts: int
    solved: int
    """Contracts with an implied vol."""
    call_oi: int | None
    put_oi: int | None
    max_pain: float | None
    net_gex: float | None


class ContractRow(msgspec.Struct, frozen=True, kw_only=True):
    """One contract; null where not known."""

    root: str
    expiry: dt.date
    strike: float
    right: str
    """``C`` or ``P``."""
    bid: float | None
    ask: float | None
    mid: float | None
    open_interest: int | None
    volume: int | None
    iv: float | None
    delta: float | None
    """This and what follows are at `iv`; for a contract in the money whose quote tells no
    vol, at that of the other right at its strike."""
    gamma: float | None
    theta: float | None
    """Dollars a share and day."""
    vega: float | None
    """Dollars a share and vol point."""
    rho: float | None
    """Dollars a share for 1.00 of rate."""
    quote: str
    """``two_sided``, ``wide``, ``locked``, ``one_sided``, ``missing``, ``crossed``,
    ``stale``, ``absurd``."""
    iv_status: str
    """``solved``, ``vendor`` (taken from the file, which has no quotes), or why none."""


class StrikeRow(msgspec.Struct, frozen=True, kw_only=True):
    """Exposure and open interest at one strike, over the expiries asked for."""

    strike: float
    call_gex: float
    put_gex: float
    net_gex: float
    call_oi: int | None
    put_oi: int | None
    call_volume: int | None
    put_volume: int | None


class TermRow(msgspec.Struct, frozen=True, kw_only=True):
    """Constant-maturity ATM vols and the slopes between them; null outside the chain."""

    iv_7d: float | None
    iv_30d: float | None
    iv_90d: float | None
    near_slope_pct: float | None
    """(IV30 - IV7) / IV7, percent."""
    far_slope_pct: float | None
    """(IV90 - IV30) / IV30, percent."""


class ProfileRow(msgspec.Struct, frozen=True, kw_only=True):
    """Net GEX of the whole chain repriced over a grid of spots."""

    spots: tuple[float, ...]
    net_gex: tuple[float, ...]


class ChainReply(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said of one chain."""

    symbol: str
    spot: float
    """As the file or the caller tells it."""
    quoted_spot: float
    """What the quotes were made at, which all below is reckoned with. It is `spot` unless
    the file is of after hours, gave spot itself, and the forwards of its American contracts
    contradict that by more than 0.2 %."""
    as_of: str
    """ISO 8601, UTC."""
    style: str
    """``american``, ``european`` or ``mixed``."""
    levels: Levels
    term: TermRow
    expiries: tuple[ExpiryRow, ...]
    contracts: tuple[ContractRow, ...]
    strikes: tuple[StrikeRow, ...]
    profile: ProfileRow
    quotes: dict[str, int]
    """Contracts by the state of their quote."""
    ivs: dict[str, int]
    """Contracts by the status of their implied vol."""
    expired: int
    """Contracts whose settlement instant has passed."""
