"""The second score: vol/OI, premium, days and distance from the money, 0 to 100."""

import math

import numpy as np
from numpy.typing import NDArray

from opentape.flow.judge.points import between, log_share, whole
from opentape.flow.options import RadarOptions
from opentape.pricing.jit import kernel, stage

PARTS = ("volOI", "premium", "dte", "otm")


def radar_scored(
    size: NDArray[np.int64],
    oi: NDArray[np.int64],
    premium: NDArray[np.float64],
    dte: NDArray[np.int64],
    otm_percent: NDArray[np.float64],
    options: RadarOptions,
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return the radar score of each parent and its four parts, which sum to it.

    Parameters
    ----------
    oi
        Negative where unknown; then the part is 0.
    otm_percent
        Percent out of the money, NaN where unknown; then the part is 0.
    """
    score = np.empty(size.size, np.int64)
    parts = np.empty((size.size, len(PARTS)), np.int8)
    _radar(
        size, oi, premium, dte, otm_percent,
        np.array([options.vol_oi_points, options.premium_points]),
        options.vol_oi_full,
        np.array([options.premium_floor_usd, options.premium_full_usd]),
        np.array(options.dte_days, np.float64), np.array(options.dte_scores),
        np.array(options.otm_percents), np.array(options.otm_scores),
        np.empty(len(PARTS)), score, parts,
    )  # fmt: skip
    return score, parts


@kernel
def _radar(
    size: NDArray[np.int64],
    oi: NDArray[np.int64],
    premium: NDArray[np.float64],
    dte: NDArray[np.int64],
    otm_percent: NDArray[np.float64],
    points: NDArray[np.float64],
    vol_oi_full: float,
    premium_range: NDArray[np.float64],
    days: NDArray[np.float64],
    day_scores: NDArray[np.float64],
    percents: NDArray[np.float64],
    percent_scores: NDArray[np.float64],
    exact: NDArray[np.float64],
    score: NDArray[np.int64],
    parts: NDArray[np.int8],
) -> None:
    for i in range(size.size):
        exact[0] = points[0] * vol_oi_share(size[i], oi[i], vol_oi_full)
        exact[1] = points[1] * log_share(premium[i], premium_range[0], premium_range[1])
        exact[2] = between(float(dte[i]), days, day_scores)
        exact[3] = otm_score(otm_percent[i], percents, percent_scores)
        score[i] = whole(exact, parts[i])


@stage
def vol_oi_share(size: int, oi: int, full: float) -> float:
    """Return 0 to 1 for size over open interest; 1 from `full` on."""
    if oi < 0:
        return 0.0
    return min(1.0, math.log(1.0 + size / max(oi, 1)) / math.log(1.0 + full))


@stage
def otm_score(
    percent: float, knots: NDArray[np.float64], values: NDArray[np.float64]
) -> float:
    """Return the points for the distance from the money: most for slightly out of it.

    The line jumps at the money: just inside scores the second value, at it and up to the
    third knot the third.
    """
    if math.isnan(percent):
        return 0.0
    if knots[1] <= percent <= knots[2]:
        return values[2]
    return between(percent, knots, values)
