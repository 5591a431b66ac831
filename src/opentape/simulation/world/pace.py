"""When orders arrive: a burst at the open, a U-shaped day, seconds that cluster."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS, Span
from opentape.simulation.chance import stream

_BURST: Final = 0.00055
"""Share of the day's orders in the burst that follows the opening bell."""
_BURST_S: Final = 0.22
"""How fast it fades."""
_CLUSTERED: Final = 0.75
"""Deviation, in logs, of how busy one second is against its neighbours."""
_PER_SECOND: Final = 20
"""Points of the curve in a second; the burst needs them."""


class Pace(NamedTuple):
    """The share of a day's orders that has arrived by each instant."""

    start_ns: int
    share: NDArray[np.float64]

    def arrivals(
        self, low: float, high: float, u: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return instants at quantiles `u` of the part of the day between two shares."""
        at = np.interp(low + u * (high - low), self.share, np.arange(self.share.size))
        return self.start_ns + (at * (SECOND_NS / _PER_SECOND)).astype(np.int64)

    def share_at(self, ts_ns: int) -> float:
        """Return how much of the day has arrived by an instant."""
        at = (ts_ns - self.start_ns) / (SECOND_NS / _PER_SECOND)
        return float(np.interp(at, np.arange(self.share.size), self.share))

    def instant_at(self, share: float) -> int:
        """Return when a share of the day has arrived."""
        return int(self.arrivals(share, share, np.zeros(1))[0])


def pace_of(session: Span, seed: int, day: int) -> Pace:
    """Return when orders arrive in a session."""
    seconds = int((session.end_ns - session.start_ns) // SECOND_NS)
    at = np.arange(seconds) / seconds
    shape = 1.0 + 3.2 * np.exp(-at / 0.045) + 1.9 * np.exp((at - 1.0) / 0.07)
    shape *= 1.0 - 0.25 * np.exp(-np.square((at - 0.5) / 0.18))
    rng = stream(seed, day, "pace")
    shape *= np.exp(_CLUSTERED * rng.standard_normal(seconds))
    fine = np.repeat(shape / shape.sum(), _PER_SECOND) / _PER_SECOND
    since = np.arange(fine.size) / _PER_SECOND
    burst = np.exp(-since / _BURST_S)
    fine = (1.0 - _BURST) * fine + _BURST * burst / burst.sum()
    return Pace(session.start_ns, np.concatenate([[0.0], np.cumsum(fine)]))
