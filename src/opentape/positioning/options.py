"""Every number of the method for exposures and levels, with the default it ships with."""

from itertools import pairwise
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from opentape.market.errors import BadSetting

# ranges hold for what comes from settings, where all of it is checked as it is read
Part: TypeAlias = Annotated[float, Meta(gt=0, le=1)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Span: TypeAlias = Annotated[float, Meta(gt=0, lt=1)]
Positive: TypeAlias = Annotated[float, Meta(gt=0)]
_FINEST_STEP = 1e-4


class FlipOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the spot of zero gamma is looked for."""

    span: Span = 0.20
    """How far from spot to look, on either side, as a fraction of spot."""
    widened: tuple[Span, ...] = (0.35, 0.50)
    """How far to look next, one after the other, while nothing is accepted."""
    step: Annotated[float, Meta(ge=_FINEST_STEP, le=0.05)] = 0.0025
    """Each spot looked at is this fraction above the one before."""
    edge_share: Annotated[float, Meta(ge=0, lt=0.5)] = 0.10
    """A crossing this close to an end is refused, as a part of the whole width."""
    peak_share: Share = 0.02
    """A crossing is refused where gamma around it stays below this part of its peak."""
    peak_within: Span = 0.01
    """What is around a crossing, as a fraction of its spot."""
    full_weight_dte: Positive = 5.0
    """Days to expiry from which a contract counts in full; below, in proportion."""
    fewest_solved: Annotated[int, Meta(ge=1, le=1 << 20)] = 20
    """Contracts with a vol and open interest below which there is no flip."""
    tolerance_usd: Annotated[float, Meta(ge=1e-6)] = 0.01
    """Width to which a crossing is halved."""

    def __post_init__(self) -> None:
        """Check what is looped over."""
        spans = (self.span, *self.widened)
        if any(not 0 < span < 1 for span in spans):
            raise BadSetting(f"span and widened must lie between 0 and 1, was {spans}")
        if any(after <= before for before, after in pairwise(spans)):
            raise BadSetting(f"span and widened must ascend, was {spans}")
        if not self.step >= _FINEST_STEP:
            raise BadSetting(f"step must be {_FINEST_STEP} or more, was {self.step}")


class PinOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the chance to expire near the strike of most gamma is scored."""

    oi_weight: Share = 0.30
    """Part of open interest in the score."""
    proximity_weight: Share = 0.25
    """Part of the distance from spot to the magnet in the score."""
    time_weight: Share = 0.25
    """Part of the time left in the score."""
    gamma_weight: Share = 0.20
    """Part of gamma in the score."""
    oi_within: Span = 0.05
    """Strikes this close to spot are compared by open interest, as a fraction of spot."""
    oi_full: Part = 0.20
    """Part of their open interest at the magnet that scores 100."""
    gamma_full: Part = 0.35
    """Part of all absolute net gamma at the magnet that scores 100."""
    distance_full_pct: Positive = 1.0
    """Distance to the magnet that scores 0, in percent of spot."""
    session_hours: Positive = 6.5
    """Trading hours left that score 0."""
    least_hours: Share = 0.1
    """Hours left are never taken to be fewer."""


class LevelOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the positioning room can be told."""

    floor_minutes: Annotated[float, Meta(gt=0, le=1_440)] = 30.0
    """Time to expiry is not taken to be less, for gamma grows without bound at the end."""
    neutral_shift: Share = 0.05
    """Change of exposure since the open, as a fraction, below which it is neutral."""
    flip: FlipOptions = FlipOptions()
    """How the spot of zero gamma is looked for."""
    pin: PinOptions = PinOptions()
    """How the chance to expire near the strike of most gamma is scored."""
