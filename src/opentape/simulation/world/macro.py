"""Series about the whole market: the vol index and interest rates."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.simulation.chance import stream
from opentape.simulation.world.history import (
    SESSIONS,
    VOL_INDEX,
    History,
    MarketPast,
    market_past,
)

VIX: Final = 16.5
"""Where the vol index stands on the morning of a market without one."""
_CONTANGO: Final = 1.08
"""Three-month level over the mean of the one-month level."""
_PERSISTS: Final = 0.6
"""Share of a distance from the mean that three months keep."""
_TEN_YEARS: Final = 4.25
_DAILY: Final = 0.05
_OVERNIGHT_RATE: Final = 3.88
_MEETING: Final = 32
"""Sessions between two meetings that set the rate."""
_STEP: Final = 0.25
_CUTS: Final = 0.35


class Macro(NamedTuple):
    """Levels at each close, as they are published: points, and percent per year."""

    day: NDArray[np.int64]
    """Days since 1970."""
    vix: NDArray[np.float64]
    vix_3m: NDArray[np.float64]
    dgs10: NDArray[np.float64]
    """Yield of ten-year Treasury notes."""
    fed_funds: NDArray[np.float64]
    """Rate between banks, overnight."""


def macro(seed: int, date: dt.date, past: History) -> Macro:
    """Return the series of the sessions before a date.

    The vol index is that of `past` where it is a name there.
    """
    market = market_past(seed, date)
    rng = stream(seed, "macro")
    vix = _vix(market, past, rng)
    mean = vix[-1] * np.exp(-market.log_vol[-1])
    far: NDArray[np.float64] = (_CONTANGO * mean) ** (1.0 - _PERSISTS) * vix**_PERSISTS
    steps = rng.normal(0.0, _DAILY, market.day.size)
    ten = _TEN_YEARS + _ending_at_zero(steps)
    return Macro(market.day, vix, _hundredths(far), _hundredths(ten), _rate(rng))


def _vix(
    market: MarketPast, past: History, rng: np.random.Generator
) -> NDArray[np.float64]:
    if VOL_INDEX in past.symbols:
        return past.close[:, past.symbols.index(VOL_INDEX)]
    path = market.log_vol - market.log_vol[-1] + rng.normal(0.0, 0.01, market.day.size)
    return _hundredths(VIX * np.exp(path))


def _ending_at_zero(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    path = np.cumsum(steps)
    return np.asarray(path - path[-1])


def _rate(rng: np.random.Generator) -> NDArray[np.float64]:
    ago = np.arange(SESSIONS)[::-1] // _MEETING
    cuts = (rng.random(int(ago[0]) + 1) < _CUTS).astype(np.float64)
    cuts[0] = 0.0
    return _hundredths(_OVERNIGHT_RATE + _STEP * np.cumsum(cuts)[ago])


def _hundredths(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(levels, 2)
