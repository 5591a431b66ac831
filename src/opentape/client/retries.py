"""When a question is asked again."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

PASSING: Final = frozenset({429, 502, 503, 504})
"""Statuses of HTTP that may be better a moment later."""


class Retries(NamedTuple):
    """How often a question is asked again, and after how long."""

    delays_s: tuple[float, ...] = (2.0, 4.0, 8.0)
    """Before each further time; a server that asks for longer is given longer."""
    most_s: float = 60.0
    """Where a server asks for longer than this, the question is given up at once."""

    def delay_s(self, failures: int, asked_s: float | None = None) -> float | None:
        """Return how long to wait after so many failures; None to give up.

        Examples
        --------
        >>> delay_s = Retries().delay_s
        >>> [delay_s(1), delay_s(2, 9.0), delay_s(4), delay_s(1, 90.0)]
        [2.0, 9.0, None, None]
        """
        if failures > len(self.delays_s):
            return None
        delay = max(self.delays_s[failures - 1], asked_s or 0.0)
        return delay if (asked_s or 0.0) <= self.most_s else None


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return after how many seconds a server wants to be asked again; None if untold.

    A date is held against the server's own clock.

    Examples
    --------
    >>> retry_after_s({"retry-after": "3"})
    3.0
    >>> now, then = "Thu, 21 May 2026 14:30:00 GMT", "Thu, 21 May 2026 14:30:09 GMT"
    >>> retry_after_s({"retry-after": then, "date": now})
    9.0
    >>> retry_after_s({"retry-after": "soon"})
    """
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        later = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(later.total_seconds(), 0.0)


def _number(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
