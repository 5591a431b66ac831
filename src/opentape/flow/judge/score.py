"""The score: six parts, from 0 to 100 together, each traced to one property of a parent."""

import math

import numpy as np
from numpy.typing import NDArray

from opentape.flow.judge.points import between, clamp, log_share, whole
from opentape.flow.options import ScoreOptions
from opentape.flow.records import Aggressor, Records, Side
from opentape.pricing.jit import kernel, stage

_MANY_VENUES = 3
PARTS = ("premium", "size_vs_oi", "aggressor", "sweep", "opening_bias", "tenor")

_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_AT_ASK, _ABOVE_ASK = int(Aggressor.AT_ASK), int(Aggressor.ABOVE_ASK)
_AT_BID, _BELOW_BID = int(Aggressor.AT_BID), int(Aggressor.BELOW_BID)
_LN_TEN = math.log(10.0)


def scored(
    parents: Records,
    premium: NDArray[np.float64],
    oi: NDArray[np.int64],
    opening: NDArray[np.float64],
    dte: NDArray[np.int64],
    options: ScoreOptions,
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return the score of each parent and its six parts, which sum to it.

    Parameters
    ----------
    premium
        US dollars.
    oi
        Open interest of the morning, negative where unknown.
    opening
        Confidence that the contract is being opened, 0 where its bias is not opening.
    dte
        Calendar days from the trade date to expiry.
    """
    score = np.empty(parents.size, np.int64)
    parts = np.empty((parents.size, len(PARTS)), np.int8)
    _score(
        parents, premium, oi, opening, dte,
        np.array(options.points()),
        np.array([options.premium_floor_usd, options.premium_full_usd]),
        options.at_quote, options.graded_sweep,
        np.array(options.tenor_days, np.float64), np.array(options.tenor_parts),
        np.empty(len(PARTS)), score, parts,
    )  # fmt: skip
    return score, parts


@kernel
def _score(
    parents: Records,
    premium: NDArray[np.float64],
    oi: NDArray[np.int64],
    opening: NDArray[np.float64],
    dte: NDArray[np.int64],
    weights: NDArray[np.float64],
    premium_range: NDArray[np.float64],
    at_quote: float,
    graded: bool,
    days: NDArray[np.float64],
    tenor: NDArray[np.float64],
    exact: NDArray[np.float64],
    score: NDArray[np.int64],
    parts: NDArray[np.int8],
) -> None:
    for i in range(parents.size):
        parent = parents[i]
        exact[0] = log_share(premium[i], premium_range[0], premium_range[1])
        exact[1] = size_share(int(parent["size"]), oi[i])
        exact[2] = aggressor_share(int(parent["side"]), int(parent["aggressor"]), at_quote)
        exact[3] = sweep_share(parent, graded)
        exact[4] = opening[i]
        exact[5] = between(float(dte[i]), days, tenor)
        for part in range(weights.size):
            exact[part] *= weights[part]
        score[i] = whole(exact, parts[i])


@stage
def size_share(size: int, oi: int) -> float:
    """Return 0 to 1 for size against open interest: 1 where size reaches all of it."""
    if oi < 0:
        return 0.0
    return clamp(math.log(1.0 + 9.0 * size / max(oi, 1)) / _LN_TEN)


@stage
def aggressor_share(side: int, aggressor: int, at_quote: float) -> float:
    """Return 0 to 1 for how hard a parent crossed in its own direction."""
    if side == _BUY:
        beyond, at = _ABOVE_ASK, _AT_ASK
    elif side == _SELL:
        beyond, at = _BELOW_BID, _AT_BID
    else:
        return 0.0
    if aggressor == beyond:
        return 1.0
    return at_quote if aggressor == at else 0.0


@stage
def sweep_share(parent: np.void, graded: bool) -> float:
    """Return 1 for a sweep; graded, half for two legs, more for legs and three venues."""
    if not parent["sweep"]:
        return 0.0
    if not graded:
        return 1.0
    venues, mask = 0, int(parent["venues"])
    while mask:
        mask &= mask - 1
        venues += 1
    return clamp(0.5 + 0.125 * (int(parent["legs"]) - 2) + 0.25 * (venues >= _MANY_VENUES))
