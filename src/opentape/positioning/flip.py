"""The gamma flip: the spot at which the gamma that dealers hold changes sign."""

import math
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from opentape.positioning.options import FlipOptions, LevelOptions
from opentape.positioning.positions import MOST, Floats, Positions
from opentape.positioning.profile import Bells, bells, halve, profile, spots
from opentape.positioning.sums import Masks, Places

_DEFAULTS: Final = LevelOptions()
_NONE: Final = np.empty(0)


class FlipStatus(StrEnum):
    """Why there is a flip, or why there is none."""

    AVAILABLE = "available"
    NO_BOUNDARY = "no_boundary"
    """Gamma keeps one sign as far as was looked."""
    SIGN_MISMATCH = "stored_sign_mismatch"
    """Gamma at spot has the sign of the other side of the flip."""
    LOCAL_COVERAGE = "insufficient_local_coverage"
    """Gamma changes sign only where the spots that were looked at end."""
    QUOTE_QUALITY = "insufficient_quote_quality"
    """Too few contracts have a vol."""
    UNCERTAIN_PATH = "uncertain_root_path"
    """Gamma changes sign only where there is next to none."""


class FlipMethod(StrEnum):
    """How a flip is found."""

    REPRICED = "repriced"
    """The chain is priced anew at spots around; the nearest sound change of sign."""
    LEGACY = "legacy"
    """The first change of sign over the strikes."""
    ADJACENT = "adjacent"
    """The change of sign between strikes that is nearest to spot."""


class Regime(StrEnum):
    """Which side of the flip spot is on."""

    POSITIVE = "positive_gamma"
    NEGATIVE = "negative_gamma"
    UNKNOWN = "unknown"


class Flip(NamedTuple):
    """A flip, or why there is none, and the gamma it was looked for in."""

    level: float | None
    """Dollars; None exactly where `status` is not available."""
    status: FlipStatus
    method: FlipMethod
    crossings: Floats
    """Every change of sign, ascending, in dollars, refused ones included."""
    spots: Floats
    """Where gamma was looked at, ascending, in dollars; strikes unless repriced."""
    profile: Floats
    """Net GEX there: dollars of delta per 1 %, weighted by days to expiry if asked."""

    @property
    def resolved(self) -> bool:
        """Whether there is a flip."""
        return self.level is not None


class _Look(NamedTuple):
    """What was seen over one span."""

    spots: Floats
    profile: Floats
    crossings: Floats
    inside: Masks
    strong: Masks


def repriced(
    positions: Positions,
    spot: float,
    options: LevelOptions = _DEFAULTS,
    *,
    weighted: bool = True,
) -> Flip:
    """Return the sound change of sign of repriced gamma that is nearest to spot.

    Parameters
    ----------
    spot
        Dollars; where it is NaN or not positive nothing can be priced.
    weighted
        Count contracts of a few days in part, that they may not hold the level to
        themselves. Not for a single expiry.

    Source
    ------
    Method E.4: vols stay with their strikes; ever wider spans; a crossing is refused near
    the end of a span and where gamma around it is weak. The step of the grid is geometric.
    """
    chosen = options.flip
    if not 0 < spot < MOST:
        return _without(FlipStatus.QUOTE_QUALITY, _NONE, _NONE, _NONE)
    found = bells(positions, spot, options, weighted=weighted)
    if found.height.size < chosen.fewest_solved:
        return _without(FlipStatus.QUOTE_QUALITY, _NONE, _NONE, _NONE)
    look = _look(found, spot, chosen.span, chosen)
    for span in chosen.widened:
        if (look.inside & look.strong).any():
            break
        look = _look(found, spot, span, chosen)
    sound = look.crossings[look.inside & look.strong]
    seen = (look.crossings, look.spots, look.profile)
    if not sound.size:
        return _without(_why(look), *seen)
    level = float(sound[int(np.argmin(np.abs(sound - spot)))])
    here = float(look.profile[int(np.argmin(np.abs(look.spots - spot)))])
    if here < 0 <= spot - level or here > 0 > spot - level:
        return _without(FlipStatus.SIGN_MISMATCH, *seen)
    return Flip(level, FlipStatus.AVAILABLE, FlipMethod.REPRICED, *seen)


def legacy(strike: Floats, net_gex: Floats) -> Flip:
    """Return the first change of sign of net GEX over the strikes, on a straight line.

    Strikes without net GEX are passed over.

    Examples
    --------
    >>> legacy(np.array([100.0, 110.0]), np.array([-10.0, 30.0])).level
    102.5
    """
    return _over_strikes(strike, net_gex, FlipMethod.LEGACY, 0)


def adjacent(strike: Floats, net_gex: Floats, spot: float) -> Flip:
    """Return the change of sign of net GEX over the strikes that is nearest to spot.

    Examples
    --------
    >>> gex = np.array([-10.0, 30.0, -10.0])
    >>> adjacent(np.array([100.0, 110.0, 120.0]), gex, 116.0).level
    117.5
    """
    lows, highs = _changes(net_gex)
    crossings = _lines(strike, net_gex, lows, highs)
    nearest = int(np.argmin(np.abs(crossings - spot))) if crossings.size else 0
    return _over_strikes(strike, net_gex, FlipMethod.ADJACENT, nearest)


def regime(spot: float | None, flip: float | None) -> Regime:
    """Return the side of the flip that spot is on; at the flip gamma is positive.

    Examples
    --------
    >>> regime(100.0, 97.5).value, regime(100.0, None).value
    ('positive_gamma', 'unknown')
    """
    if spot is None or flip is None or math.isnan(spot) or math.isnan(flip):
        return Regime.UNKNOWN
    return Regime.POSITIVE if spot >= flip else Regime.NEGATIVE


def _without(
    status: FlipStatus, crossings: Floats, at: Floats, seen: Floats,
    method: FlipMethod = FlipMethod.REPRICED,
) -> Flip:  # fmt: skip
    return Flip(None, status, method, crossings, at, seen)


def _look(found: Bells, spot: float, span: float, options: FlipOptions) -> _Look:
    at = spots(spot, span, options.step)
    seen = profile(found, at, options.step)
    lows, highs = _changes(seen)
    crossings = np.array(
        [
            halve(*found, low, high, options.tolerance_usd)
            for low, high in zip(at[lows].tolist(), at[highs].tolist(), strict=True)
        ]
    )
    margin = options.edge_share * (at[-1] - at[0])
    inside = (crossings >= at[0] + margin) & (crossings <= at[-1] - margin)
    size = np.abs(seen)
    least = options.peak_share * size.max()
    peaks = [
        size[np.abs(at - here) <= options.peak_within * here].max(initial=0.0)
        for here in crossings.tolist()
    ]
    return _Look(at, seen, crossings, inside, np.array(peaks) >= least)


def _why(look: _Look) -> FlipStatus:
    if not look.crossings.size:
        return FlipStatus.NO_BOUNDARY
    if not look.inside.any():
        return FlipStatus.LOCAL_COVERAGE
    return FlipStatus.UNCERTAIN_PATH


def _over_strikes(strike: Floats, net_gex: Floats, method: FlipMethod, which: int) -> Flip:
    crossings = _lines(strike, net_gex, *_changes(net_gex))
    if not crossings.size:
        return _without(FlipStatus.NO_BOUNDARY, crossings, strike, net_gex, method)
    level = float(crossings[which])
    return Flip(level, FlipStatus.AVAILABLE, method, crossings, strike, net_gex)


def _lines(strike: Floats, net_gex: Floats, lows: Places, highs: Places) -> Floats:
    below, above = net_gex[lows], net_gex[highs]
    return strike[lows] + (strike[highs] - strike[lows]) * (-below / (above - below))


def _changes(values: Floats) -> tuple[Places, Places]:
    """Return the places on either side of each change of sign, places of 0 passed over."""
    at = np.flatnonzero(values)
    turns = np.flatnonzero(np.diff(np.sign(values[at])))
    return at[turns], at[turns + 1]
