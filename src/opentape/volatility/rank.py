"""Where a vol stands among those of the past year."""

import math
from typing import Final, NamedTuple

import msgspec
import numpy as np

from opentape.pricing.forward import Floats

_PERCENT: Final = 100.0
_MIDDLE: Final = 50.0


class RankOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a vol is compared with those of the past."""

    sessions: int = 252
    """Past sessions looked at."""
    fewest: int = 60
    """Known vols among them below which nothing is said."""


class Rank(NamedTuple):
    """Where a vol stands, 0 to 100; NaN where not known."""

    rank: float
    """Percent of the way from the lowest to the highest of the past."""
    percentile: float
    """Percent of past sessions with a lower vol."""


_DEFAULTS: Final = RankOptions()


def rank(now: float, past: Floats, options: RankOptions = _DEFAULTS) -> Rank:
    """Return where a vol stands among those of past sessions.

    Parameters
    ----------
    now
        In any unit; NaN where unknown.
    past : float64
        One a session in the same unit, oldest first; NaN where unknown.

    Returns
    -------
    Rank
        A rank beyond the lowest or the highest is 0 or 100; where all of the past is the
        same it is 50.

    Examples
    --------
    >>> rank(0.25, np.repeat([0.0, 0.5], 50))
    Rank(rank=50.0, percentile=50.0)
    """
    recent = past[-options.sessions :]
    known = recent[np.isfinite(recent)]
    if known.size < options.fewest or not math.isfinite(now):
        return Rank(math.nan, math.nan)
    low, high = float(known.min()), float(known.max())
    span = high - low
    place = (now - low) / span * _PERCENT if span > 0 else _MIDDLE
    below = float(np.count_nonzero(known < now)) / known.size * _PERCENT
    return Rank(min(max(place, 0.0), _PERCENT), below)
