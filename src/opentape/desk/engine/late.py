"""Views of a while ago, for plans whose data is late."""

from collections import deque
from typing import Final

from opentape.desk.state.market import Market
from opentape.market.calendar import session_of, trade_date
from opentape.market.errors import NotReady

STEP_NS: Final = 60 * 10**9
"""Between two views that are kept; views share what did not change between them."""


class Late:
    """Keeps a view a minute, as far back as plans are late, and that of the last close.

    Parameters
    ----------
    minutes
        How late the latest plan is.
    """

    def __init__(self, minutes: int) -> None:
        self._span_ns = (minutes + 2) * STEP_NS
        self._kept: deque[Market] = deque()
        self._closing: Market | None = None
        """The newest view that a session's close had; of the session under way so far."""
        self._closed: Market | None = None

    def keep(self, market: Market) -> None:
        """Take a view that was published; called on the engine's thread."""
        self._note_close(market)
        newest = self._kept[-1].as_of_ns if self._kept else None
        if newest is not None and market.as_of_ns - newest < STEP_NS:
            return
        self._kept.append(market)
        while self._kept[0].as_of_ns < market.as_of_ns - self._span_ns:
            self._kept.popleft()

    def until(self, instant_ns: int) -> Market:
        """Return the newest view of an instant or before.

        Raises
        ------
        NotReady
            If none goes back so far.
        """
        offered = (*tuple(self._kept), self._closed, self._closing)
        found = [one for one in offered if one is not None and one.as_of_ns <= instant_ns]
        if not found:
            raise NotReady(
                "the data of this plan is late, and this server has not run for so long"
            )
        return max(found, key=lambda one: one.as_of_ns)

    def _note_close(self, market: Market) -> None:
        session = session_of(trade_date(market.as_of_ns))
        if session is not None and market.as_of_ns <= session.end_ns:
            before = self._closing
            if before is not None and before.as_of_ns < session.start_ns:
                self._closed = before
            self._closing = market
