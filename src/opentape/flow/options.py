"""Every number of the method that a user may change, with the default it ships with."""

from enum import StrEnum

import msgspec

from opentape.market.errors import BadSetting

TOTAL_POINTS = 100


class Coalesce(StrEnum):
    """Which prints may be members of a sweep."""

    ALL = "all"
    """Every clean print; a parent is kept when its whole size is block-sized."""
    BLOCKS_ONLY = "blocks_only"
    """Only prints that are block-sized by themselves."""


class GatherOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How child prints become parents."""

    gap_ms: int = 500
    """A print joins while it is at most this far from the member before."""
    max_span_ms: int = 3_000
    """A parent never lasts longer than this."""
    late_after_ms: int = 2_000
    """A print further behind the tape than this counts in volume only."""
    coalesce: Coalesce = Coalesce.ALL
    sweep_strict: bool = False
    """Ask of a sweep two venues, two prices or an intermarket sweep order."""
    block_min_contracts: int = 100
    """Parents below this size are not kept."""
    block_min_by_symbol: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """The same for single underlyings."""
    block_min_premium_usd: float = 0.0
    """Parents of less premium are not kept."""
    unsigned_open_seconds: int = 0
    """Prints this soon after the open of a session get no side."""

    def __post_init__(self) -> None:
        """Check what a kernel would take on trust."""
        for name in ("gap_ms", "max_span_ms", "late_after_ms", "unsigned_open_seconds"):
            if getattr(self, name) < 0:
                raise BadSetting(f"{name} must not be negative, was {getattr(self, name)}")
        if min((self.block_min_contracts, *self.block_min_by_symbol.values())) < 1:
            raise BadSetting("block_min_contracts must be 1 or more")


class InterestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How volume becomes an estimate of open interest (the flat model)."""

    opening_share: float = 0.43
    """Part of signed volume taken to open positions; also the confidence without proof."""
    bounds: bool = True
    """Keep the estimate within what volume, open interest and proof allow."""
    bias_min_volume: int = 50
    """Signed contracts below which there is no bias without proof."""
    bias_min_share: float = 0.10
    """Estimate over signed volume from which there is a bias."""
    proof_min_share: float = 0.5
    """Proven opening over volume from which the bias is opening."""


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a full score; they sum to 100."""

    premium: float = 22.0
    size_vs_oi: float = 18.0
    aggressor: float = 14.0
    sweep: float = 12.0
    opening_bias: float = 22.0
    tenor: float = 12.0


class ScoreOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a parent is scored and labelled."""

    weights: Weights = Weights()
    premium_floor_usd: float = 25_000.0
    """Premium that scores nothing."""
    premium_full_usd: float = 1_000_000.0
    """Premium that scores all its points."""
    at_quote: float = 0.75
    """Part of the aggressor points for a print at the quote; beyond it, all."""
    graded_sweep: bool = False
    """Score a sweep by its legs and venues, not by being one."""
    tenor_days: tuple[int, ...] = (0, 1, 2, 21, 45, 90, 180, 365)
    tenor_parts: tuple[float, ...] = (0.50, 0.75, 1.0, 1.0, 0.75, 0.5, 0.3, 0.15)
    """Part of the tenor points at each of `tenor_days`, straight lines between."""
    high: int = 85
    medium: int = 70
    low: int = 40
    """Scores from which conviction is high, medium, low; minimal below."""
    whale_usd: float = 1_000_000.0
    golden_score: int = 70
    golden_share: float = 0.10

    def __post_init__(self) -> None:
        """Check the tables and bring the weights to a sum of 100."""
        if len(self.tenor_days) != len(self.tenor_parts):
            raise BadSetting("tenor_days and tenor_parts must be of one length")
        if not 0 < self.premium_floor_usd < self.premium_full_usd:
            raise BadSetting(
                "premium_floor_usd must be positive and below premium_full_usd"
            )
        if sum(msgspec.structs.astuple(self.weights)) <= 0:
            raise BadSetting("weights must sum to more than 0")

    def points(self) -> tuple[float, ...]:
        """Return the weights in the order of the parts, brought to a sum of 100."""
        weights = msgspec.structs.astuple(self.weights)
        total = sum(weights)
        if total == TOTAL_POINTS:
            return weights
        return tuple(weight * TOTAL_POINTS / total for weight in weights)


class RadarOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the second score, of vol/OI, premium, days and distance, is made."""

    vol_oi_points: float = 40.0
    premium_points: float = 30.0
    dte_points: float = 20.0
    otm_points: float = 10.0
    vol_oi_full: float = 10.0
    """Volume over open interest that scores all its points."""
    premium_floor_usd: float = 25_000.0
    premium_full_usd: float = 5_000_000.0
    dte_days: tuple[int, ...] = (0, 14, 30, 45, 60, 90)
    dte_scores: tuple[float, ...] = (20.0, 16.0, 12.0, 8.0, 4.0, 0.0)
    otm_percents: tuple[float, ...] = (-10.0, 0.0, 5.0, 20.0)
    otm_scores: tuple[float, ...] = (2.0, 8.0, 10.0, 0.0)
    """Points at each of `otm_percents`; from 0 to the third, the third's points."""
    extreme: int = 85
    elevated: int = 70
    notable: int = 55
    split_within_ms: int = 5_000
    """A lone parent this soon after another of its contract and side is a split."""


class FlowOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the flow room can be told."""

    gather: GatherOptions = GatherOptions()
    interest: InterestOptions = InterestOptions()
    score: ScoreOptions = ScoreOptions()
    radar: RadarOptions = RadarOptions()
