"""The last views that were published: who asks again at once needs no fold."""

from bisect import bisect_left
from collections import deque
from typing import Final

from opentape.desk.state.market import Market

SPAN_NS: Final = 75 * 10**9


class Recent:
    """Keeps every view of the last minute or so."""

    def __init__(self) -> None:
        self._kept: deque[Market] = deque()

    def keep(self, market: Market) -> None:
        """Take a view that was published; called on the engine's thread."""
        kept = self._kept
        kept.append(market)
        while kept[0].as_of_ns < market.as_of_ns - SPAN_NS:
            kept.popleft()

    def at(self, at_ns: int) -> Market | None:
        """Return the view that was published as of an instant, None if none was."""
        kept = tuple(self._kept)
        place = bisect_left(kept, at_ns, key=lambda market: market.as_of_ns)
        found = kept[place] if place < len(kept) else None
        return found if found is not None and found.as_of_ns == at_ns else None
