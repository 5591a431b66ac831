"""Who knows what comes, in a market that has an edge."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.simulation.records import INTENTS
from opentape.simulation.scene import Scene

Ints = NDArray[np.int64]

AHEAD_NS: Final = 1_800 * SECOND_NS
"""How far they see, at most to the close."""
_INFORMED: Final = np.isin(INTENTS, ("directional", "lottery", "zero_dte", "institution"))
"""Intents whose customers may know; the others have reasons of their own to trade."""


def foreseen(
    scene: Scene, intent: Ints, name: Ints, ts: Ints, rng: np.random.Generator
) -> Ints:
    """Return what each customer knows: 1 a rise, -1 a fall, 0 nothing."""
    knows = _INFORMED[intent] & (rng.random(intent.size) < scene.edge)
    now, then = (scene.paths.at(name, at)[0] for at in (ts, ts + AHEAD_NS))
    return np.where(knows, np.sign(then - now), 0.0).astype(np.int64)
