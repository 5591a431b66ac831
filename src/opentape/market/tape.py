"""What a feed could not use, counted by reason, and the first few of each kept to show."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

SHOWN: Final = 3
"""Examples kept of each reason."""
_LONGEST: Final = 120


class SkippedRow(msgspec.Struct, frozen=True, gc=False):
    """One row of a tape that was not folded."""

    reason: str
    row: int
    """Counted from 0 over all files of the tape, malformed rows included."""
    detail: str
    """What was found, as written: its first 120 characters, control characters escaped."""


class Skips:
    """Rows of a tape that were not folded: how many by reason, the first few of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[SkippedRow]] = {}

    def add(self, reason: str, count: int, rows: Iterable[tuple[int, str]] = ()) -> None:
        """Count `count` rows under `reason`; `rows` are some, with what was found."""
        if not count:
            return
        self.counts[reason] += count
        kept = self.examples.setdefault(reason, [])
        for row, detail in rows:
            if len(kept) >= SHOWN:
                break
            kept.append(SkippedRow(reason, int(row), _legible(detail)))

    @property
    def total(self) -> int:
        """How many rows were skipped."""
        return self.counts.total()


def _legible(detail: str) -> str:
    """Return what a line of a terminal can hold: a field may be a megabyte, or escapes."""
    cut = detail if len(detail) <= _LONGEST else f"{detail[: _LONGEST - 3]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
