"""Which signals are looked at together: all, by score, by tag, by component."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.outcomes.columns import PARTS, TAGS, Told
from opentape.flow.options import ScoreOptions


class Group(NamedTuple):
    """Signals that have something in common."""

    by: str
    """``all``, ``score``, ``tag`` or ``component``."""
    name: str
    members: NDArray[np.bool_]


def groups(told: Told, options: ScoreOptions) -> Iterator[Group]:
    """Yield every group, empty ones too.

    A component's group are the signals that have half of its points or more.
    """
    yield Group("all", "all", np.ones(told.rows, np.bool_))
    cuts = [0, options.low, options.medium, options.high, 101]
    for low, high in pairwise(cuts):
        if low < high:
            among = (told.score >= low) & (told.score < high)
            yield Group("score", f"{low}-{high - 1}", among)
    for column, tag in enumerate(TAGS):
        yield Group("tag", tag, told.tags[:, column])
    for column, (part, most) in enumerate(zip(PARTS, options.points(), strict=True)):
        half = 0.5 * most
        members = (told.parts[:, column] >= half) & (half > 0)
        yield Group("component", part, members)


def joined(several: Sequence[Told]) -> Told:
    """Return the signals of several sessions as one."""
    return Told._make(np.concatenate(columns) for columns in zip(*several, strict=True))
