"""Pin risk: the chance to expire near the strike of most gamma, as one score."""

import math
from typing import Final

import msgspec
import numpy as np

from opentape.positioning.levels import magnet
from opentape.positioning.options import LevelOptions, PinOptions
from opentape.positioning.positions import Floats
from opentape.positioning.sums import Sums

_DEFAULTS: Final = LevelOptions()
_FULL: Final = 100.0


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """The score and what it is made of, each from 0 to 100; None where not known."""

    score: int | None
    """The four parts weighted, made from them as they stand here."""
    oi_score: int | None
    """Open interest at the magnet beside that of the strikes around spot."""
    proximity_score: int | None
    """100 with spot at the magnet, 0 from 1 % away."""
    time_score: int | None
    """0 with a session or more to go."""
    gamma_score: int | None
    """Net GEX at the magnet beside that of all strikes, all in size."""
    magnet: float | None
    """Strike with the most net GEX in size, in dollars."""
    distance_pct: float | None
    """From spot to the magnet in percent of spot, three decimals, never negative."""
    hours: float | None
    """Trading hours to the close that were reckoned with, a tenth at least."""


def pin(
    strike: Floats,
    sums: Sums,
    spot: float,
    hours: float | None,
    options: LevelOptions = _DEFAULTS,
) -> Pin:
    """Return the pin risk of a book.

    Parameters
    ----------
    strike : float64, ascending
        Dollars.
    sums
        One place a strike.
    spot
        Dollars.
    hours
        Trading hours to the close of the nearest expiry; None or NaN where unknown.

    Source
    ------
    Method E.6.
    """
    chosen = options.pin
    at = magnet(strike, sums.net_gex, spot) if 0 < spot < math.inf else None
    left = None if hours is None or math.isnan(hours) else max(hours, chosen.least_hours)
    time = None if left is None else _points(1.0 - left / chosen.session_hours)
    if at is None:
        return Pin(
            score=None, oi_score=None, proximity_score=None, time_score=time,
            gamma_score=None, magnet=None, distance_pct=None, hours=left,
        )  # fmt: skip
    away = round(abs(float(strike[at]) - spot) / spot * _FULL, 3)
    parts = (
        _points(_oi_share(strike, sums.total_oi, at, spot, chosen) / chosen.oi_full),
        _points(1.0 - away / chosen.distance_full_pct),
        time,
        _points(_gamma_share(sums.net_gex, at) / chosen.gamma_full),
    )
    return Pin(
        score=composite(*parts, chosen),
        oi_score=parts[0],
        proximity_score=parts[1],
        time_score=time,
        gamma_score=parts[3],
        magnet=float(strike[at]),
        distance_pct=away,
        hours=left,
    )


def composite(
    oi: int, proximity: int, time: int | None, gamma: int, options: PinOptions
) -> int | None:
    """Return the score of four published parts, None where the time is not known.

    Examples
    --------
    >>> composite(78, 92, 81, 70, PinOptions())
    81
    """
    if time is None:
        return None
    exact = (
        options.oi_weight * oi
        + options.proximity_weight * proximity
        + options.time_weight * time
        + options.gamma_weight * gamma
    )
    return _half_up(min(max(exact, 0.0), _FULL))


def _oi_share(
    strike: Floats, oi: Floats, at: int, spot: float, options: PinOptions
) -> float:
    near = np.abs(strike - spot) <= options.oi_within * spot
    around = float(np.nansum(oi[near]))
    if not near[at] or around <= 0 or math.isnan(oi[at]):
        return 0.0
    return float(oi[at]) / around


def _gamma_share(net_gex: Floats, at: int) -> float:
    return float(abs(net_gex[at]) / np.abs(net_gex).sum())


def _points(share: float) -> int:
    return _half_up(_FULL * min(max(share, 0.0), 1.0))


def _half_up(points: float) -> int:
    # what was meant as a half may fall a few units in the last place short of it
    return math.floor(round(points, 9) + 0.5)
