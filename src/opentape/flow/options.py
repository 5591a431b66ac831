"""Every number of the method that a user may change, with the default it ships with."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from opentape.market.errors import BadSetting
from opentape.market.roots import clean_symbol

TOTAL_POINTS = 100
_METHOD = 1
"""Raised whenever the code of the method changes what a score comes to."""

# ranges hold for what comes from settings, where all of it is checked as it is read
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Dollars: TypeAlias = Annotated[float, Meta(ge=0)]
Points: TypeAlias = Annotated[float, Meta(ge=0, le=100)]
Score: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Millis: TypeAlias = Annotated[int, Meta(ge=0, le=86_400_000)]
Size: TypeAlias = Annotated[int, Meta(ge=1, le=1 << 24)]
_LONGEST_SPAN_MS = 4_294
"""A window keeps its span as nanoseconds on 32 bits."""


def _check_premium(floor: float, full: float) -> None:
    if not 0 < floor < full:
        raise BadSetting(
            "premium_floor_usd must be positive and below premium_full_usd, "
            f"was {floor} and {full}"
        )


def _check_line(
    name: str, knots: Sequence[float], values_name: str, values: Sequence[float]
) -> None:
    if len(knots) != len(values) or not knots:
        raise BadSetting(
            f"{name} and {values_name} must be of one length, was {knots} and {values}"
        )
    if any(after <= before for before, after in pairwise(knots)):
        raise BadSetting(f"{name} must ascend, was {knots}")


def _check_ascending(names: str, cuts: Sequence[int]) -> None:
    if sorted(cuts) != list(cuts):
        raise BadSetting(f"{names} must not descend, was {cuts}")


class Coalesce(StrEnum):
    """Which prints may be members of a sweep."""

    ALL = "all"
    """Every clean print; a parent is kept when its whole size is block-sized."""
    BLOCKS_ONLY = "blocks_only"
    """Only prints that are block-sized by themselves."""


class GatherOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How child prints become parents."""

    gap_ms: Millis = 500
    """A print joins while it is at most this far from the member before."""
    max_span_ms: Annotated[int, Meta(ge=0, le=_LONGEST_SPAN_MS)] = 3_000
    """A parent never lasts longer than this."""
    late_after_ms: Millis = 2_000
    """A print further behind the tape than this counts in volume only."""
    coalesce: Coalesce = Coalesce.ALL
    """`all`: any clean print may join; `blocks_only`: only prints of block size do."""
    sweep_strict: bool = False
    """Ask of a sweep two venues, two prices or an intermarket sweep order."""
    block_min_contracts: Size = 100
    """Parents below this size are not kept."""
    block_min_by_symbol: dict[str, Size] = msgspec.field(default_factory=dict[str, int])
    """The same for single underlyings."""
    block_min_premium_usd: Dollars = 0.0
    """Parents of less premium are not kept."""
    unsigned_open_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 0
    """Prints this soon after the open of a session get no side."""

    def __post_init__(self) -> None:
        """Check what a kernel would take on trust."""
        for name in ("gap_ms", "max_span_ms", "late_after_ms", "unsigned_open_seconds"):
            if getattr(self, name) < 0:
                raise BadSetting(f"{name} must not be negative, was {getattr(self, name)}")
        if self.max_span_ms > _LONGEST_SPAN_MS:
            raise BadSetting(
                f"max_span_ms must be {_LONGEST_SPAN_MS} or less, was {self.max_span_ms}"
            )
        if min((self.block_min_contracts, *self.block_min_by_symbol.values())) < 1:
            raise BadSetting("block_min_contracts must be 1 or more")
        for name in self.block_min_by_symbol:
            if clean_symbol(name) != name:
                raise BadSetting(
                    "block_min_by_symbol must name underlyings, "
                    f"as {clean_symbol(name)!r}, was {name!r}"
                )


class InterestOptions(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """How volume becomes an estimate of open interest (the flat model)."""

    opening_share: Share = 0.43
    """Part of signed volume taken to open positions; also the confidence without proof."""
    bounds: bool = True
    """Keep the estimate within what volume, open interest and proof allow."""
    bias_min_volume: Annotated[int, Meta(ge=0, le=1 << 31)] = 50
    """Signed contracts below which there is no bias without proof."""
    bias_min_share: Share = 0.10
    """Estimate over signed volume from which there is a bias."""
    proof_min_share: Share = 0.5
    """Proven opening over volume from which the bias is opening."""


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points of a full score; they sum to 100."""

    premium: Points = 22.0
    """For dollars paid."""
    size_vs_oi: Points = 18.0
    """For size against the open interest of the morning."""
    aggressor: Points = 14.0
    """For trading at the quote or beyond it."""
    sweep: Points = 12.0
    """For being a sweep."""
    opening_bias: Points = 22.0
    """For a contract that is taken to be opening."""
    tenor: Points = 12.0
    """For days to expiry."""


class ScoreOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a parent is scored and labelled."""

    weights: Weights = Weights()
    premium_floor_usd: Dollars = 25_000.0
    """Premium that scores nothing."""
    premium_full_usd: Dollars = 1_000_000.0
    """Premium that scores all its points."""
    at_quote: Share = 0.75
    """Part of the aggressor points for a print at the quote; beyond it, all."""
    graded_sweep: bool = False
    """Score a sweep by its legs and venues, not by being one."""
    tenor_days: tuple[int, ...] = (0, 1, 2, 21, 45, 90, 180, 365)
    """Calendar days to expiry between which the tenor points go in straight lines."""
    tenor_parts: tuple[Share, ...] = (0.50, 0.75, 1.0, 1.0, 0.75, 0.5, 0.3, 0.15)
    """Part of the tenor points at each of `tenor_days`, straight lines between."""
    high: Score = 85
    """Score from which conviction is high."""
    medium: Score = 70
    """Score from which conviction is medium."""
    low: Score = 40
    """Score from which conviction is low; minimal below."""
    whale_usd: Dollars = 1_000_000.0
    """Premium from which a signal is tagged whale."""
    golden_score: Score = 70
    """Least score of a signal tagged golden."""
    golden_share: Share = 0.10
    """Part of an answer, best first, that may be golden."""

    def __post_init__(self) -> None:
        """Check the tables and bring the weights to a sum of 100."""
        _check_line("tenor_days", self.tenor_days, "tenor_parts", self.tenor_parts)
        _check_premium(self.premium_floor_usd, self.premium_full_usd)
        _check_ascending("low, medium, high", (self.low, self.medium, self.high))
        if sum(msgspec.structs.astuple(self.weights)) <= 0:
            raise BadSetting("weights must sum to more than 0, was 0")

    def points(self) -> tuple[float, ...]:
        """Return the weights in the order of the parts, brought to a sum of 100."""
        weights = msgspec.structs.astuple(self.weights)
        total = sum(weights)
        if total == TOTAL_POINTS:
            return weights
        return tuple(weight * TOTAL_POINTS / total for weight in weights)


class RadarOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the second score, of vol/OI, premium, days and distance, is made."""

    vol_oi_points: Points = 40.0
    """Most points for volume over open interest."""
    premium_points: Points = 30.0
    """Most points for dollars paid."""
    vol_oi_full: Annotated[float, Meta(gt=0)] = 10.0
    """Volume over open interest that scores all its points."""
    premium_floor_usd: Dollars = 25_000.0
    """Premium that scores nothing."""
    premium_full_usd: Dollars = 5_000_000.0
    """Premium that scores all its points."""
    dte_days: tuple[int, ...] = (0, 14, 30, 45, 60, 90)
    """Calendar days to expiry between which points go in straight lines."""
    dte_scores: tuple[Points, ...] = (20.0, 16.0, 12.0, 8.0, 4.0, 0.0)
    """Points at each of `dte_days`."""
    otm_percents: tuple[Annotated[float, Meta(ge=-1000, le=1000)], ...] = (
        -10.0,
        0.0,
        5.0,
        20.0,
    )
    """Percent out of the money between which points go in straight lines."""
    otm_scores: tuple[Points, ...] = (2.0, 8.0, 10.0, 0.0)
    """Points at each of `otm_percents`; from 0 to the third, the third's points."""
    extreme: Score = 85
    """Score from which the flag is EXTREME."""
    elevated: Score = 70
    """Score from which the flag is ELEVATED."""
    notable: Score = 55
    """Score from which the flag is NOTABLE; NORMAL below."""
    split_within_ms: Millis = 5_000
    """A lone parent this soon after another of its contract and side is a split."""

    def __post_init__(self) -> None:
        """Check the tables."""
        _check_line("dte_days", self.dte_days, "dte_scores", self.dte_scores)
        _check_line("otm_percents", self.otm_percents, "otm_scores", self.otm_scores)
        if len(self.otm_percents) != 4:  # noqa: PLR2004
            raise BadSetting(f"otm_percents must be 4 numbers, was {self.otm_percents}")
        if min(max(self.dte_scores), max(self.otm_scores)) <= 0:
            raise BadSetting("dte_scores and otm_scores must each have a score above 0")
        _check_premium(self.premium_floor_usd, self.premium_full_usd)
        cuts = (self.notable, self.elevated, self.extreme)
        _check_ascending("notable, elevated, extreme", cuts)


class EnrichOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far from the forward a strike may be to count as at the money."""

    atm_band: Annotated[float, Meta(ge=0)] = 0.25
    """Standard deviations to expiry, of the ATM vol."""
    atm_band_least: Share = 0.0025
    """The band is never narrower than this part of the forward."""
    atm_band_most: Share = 0.02
    """... nor wider than this."""

    def __post_init__(self) -> None:
        """Check that the band can be both."""
        if self.atm_band_least > self.atm_band_most:
            raise BadSetting(
                "atm_band_least must not be above atm_band_most, "
                f"was {self.atm_band_least} and {self.atm_band_most}"
            )


class FlowOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the flow room can be told."""

    gather: GatherOptions = GatherOptions()
    interest: InterestOptions = InterestOptions()
    score: ScoreOptions = ScoreOptions()
    radar: RadarOptions = RadarOptions()
    enrich: EnrichOptions = EnrichOptions()


def scorer_version(options: FlowOptions) -> str:
    """Return a label that changes whenever a score may come out differently.

    Examples
    --------
    >>> scorer_version(FlowOptions()) == scorer_version(FlowOptions())
    True
    """
    told = msgspec.json.encode(options, order="sorted")
    return f"{_METHOD}.{hashlib.sha256(told).hexdigest()[:8]}"
