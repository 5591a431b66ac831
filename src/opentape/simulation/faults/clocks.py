"""Clocks of venues that are off for some minutes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.market.venues import MICS
from opentape.simulation.chance import noise
from opentape.simulation.records import Delivered

STRETCH_NS: Final = 300 * SECOND_NS
"""For so long a clock is off by the same."""
_MOST_MS: Final = 1_500
_MS: Final = 1_000_000


def offsets_ms(rows: Delivered, rate: float, key: int) -> NDArray[np.int64]:
    """Return by how many milliseconds the clock of each row's venue is ahead.

    It depends on the venue and the stretch of minutes alone, so slices agree.
    """
    if not rows.rows:
        return np.empty(0, np.int64)
    stretch = rows.ts_event // STRETCH_NS
    first = int(stretch.min())
    count = int(stretch.max()) - first + 1
    venues = np.repeat(np.arange(len(MICS)), count)
    stretches = np.tile(first + np.arange(count), len(MICS))
    drawn = np.floor(2 * _MOST_MS * noise(key + 1, venues, stretches)).astype(np.int64)
    ahead = np.where(drawn < _MOST_MS, drawn - _MOST_MS, drawn - _MOST_MS + 1)
    ahead[noise(key, venues, stretches) >= rate] = 0
    return ahead[rows.venue.astype(np.int64) * count + stretch - first]


def skewed(rows: Delivered, ahead_ms: NDArray[np.int64]) -> Delivered:
    """Return rows as their venues' clocks stamped them."""
    return rows._replace(ts_event=rows.ts_event + ahead_ms * _MS)


def told(rows: Delivered, ahead_ms: NDArray[np.int64]) -> list[str]:
    """Return what is wrong with the time of each row."""
    pairs = zip(rows.venue.tolist(), ahead_ms.tolist(), strict=True)
    return [
        f"{MICS[venue]} {'ahead' if ms > 0 else 'behind'} by {abs(ms):,} ms"
        for venue, ms in pairs
    ]
