"""Signals and prices as columns, a session at a time."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.flow.signal import INTENTS, ScoreBreakdown
from opentape.market.calendar import Span

PARTS: Final = ScoreBreakdown.__struct_fields__
"""Components of the score."""
TAGS: Final = ("sweep", "block", "opening", "closing", "0dte", "whale", "golden")
_DIRECTION: Final[dict[str, int]] = dict(zip(INTENTS, (0, 1, -1), strict=True))


class Emitted(Protocol):
    """What is read of a signal."""

    @property
    def symbol(self) -> str:
        """Its underlying."""
        ...

    @property
    def intent(self) -> str:
        """``bullish``, ``bearish`` or ``neutral``."""
        ...

    @property
    def size(self) -> int:
        """Contracts."""
        ...

    @property
    def score(self) -> int:
        """The sum of its parts."""
        ...

    @property
    def tags(self) -> Sequence[str]:
        """Some of `TAGS`."""
        ...

    @property
    def score_breakdown(self) -> ScoreBreakdown:
        """Its parts."""
        ...


class Recalled(msgspec.Struct, frozen=True, gc=False):
    """A signal that was written down, as far as it matters here; fills `Emitted`."""

    symbol: str
    intent: str
    size: int
    score: int
    tags: tuple[str, ...]
    score_breakdown: ScoreBreakdown


class Told(NamedTuple):
    """Signals, one a row; those without a direction can only be controls."""

    ts_ns: NDArray[np.int64]
    """When it was told: nobody could act before."""
    symbol: NDArray[np.str_]
    direction: NDArray[np.int8]
    """1 for a rise, -1 for a fall, 0 for neither."""
    size: NDArray[np.int64]
    """Contracts."""
    score: NDArray[np.int64]
    parts: NDArray[np.int64]
    """A column each of `PARTS`."""
    tags: NDArray[np.bool_]
    """A column each of `TAGS`."""

    @property
    def rows(self) -> int:
        """How many signals there are."""
        return self.ts_ns.size


class Path(NamedTuple):
    """Prices of one underlying in one session."""

    ts_ns: NDArray[np.int64]
    """Ascending."""
    price: NDArray[np.float64]
    """Dollars."""


class Watched(NamedTuple):
    """One session: what was told in it, and where underlyings stood."""

    date: dt.date
    hours: Span
    told: Told
    paths: Mapping[str, Path]


def told(signals: Sequence[Emitted], ts_ns: Sequence[int]) -> Told:
    """Return signals as columns, each with the instant at which it was told."""
    rows = len(signals)
    parts = [[getattr(one.score_breakdown, name) for name in PARTS] for one in signals]
    tags = [[tag in one.tags for tag in TAGS] for one in signals]
    return Told(
        ts_ns=np.array(ts_ns, np.int64),
        symbol=np.array([one.symbol for one in signals], np.str_),
        direction=np.array([_DIRECTION[one.intent] for one in signals], np.int8),
        size=np.array([one.size for one in signals], np.int64),
        score=np.array([one.score for one in signals], np.int64),
        parts=np.array(parts, np.int64).reshape(rows, len(PARTS)),
        tags=np.array(tags, np.bool_).reshape(rows, len(TAGS)),
    )
