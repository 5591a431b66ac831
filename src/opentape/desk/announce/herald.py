"""The herald: has everything that the engine tells kept for delivery, each thing once.

How far the record of signals was announced is kept in the transaction that keeps the
events. What was recorded and not announced when a process died is announced by the next
one, and what was announced is skipped, however often the engine tells it again.
"""

import threading
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Final, Self

import structlog

from opentape.desk.announce.earlier import unannounced
from opentape.desk.announce.news import events_of, triggered
from opentape.desk.announce.ports import Ledger, News, Position
from opentape.desk.clock import Clock
from opentape.desk.engine.record import Link, read_told
from opentape.desk.journal.ports import Sessions
from opentape.desk.rules.watching import Watching
from opentape.desk.state.market import Market

_log = structlog.get_logger(__name__)
_AT_ONCE: Final = 256
"""Links that are announced in one transaction."""
_VIEWS: Final = 64
"""Views that wait at most: of more, the oldest are not looked at."""
_CHECK_NS: Final = 250_000_000
"""How often is looked for rules that were changed."""
_KEEP_NS: Final = 10**9
"""How often the position alone is kept, while nobody listens."""
_QUIET_S: Final = 0.05
"""... and for how long links may then wait for each other."""
_AFTER_FAILURE_S: Final = 1.0


class Herald:
    """Announces on a thread of its own; a context manager.

    Parameters
    ----------
    run
        Names the session that the engine begins with.
    sessions
        Where those before are kept, None where they are not.

    Raises
    ------
    StoreFailed
        If it cannot be read how far the record was announced.
    """

    def __init__(
        self,
        ledger: Ledger,
        watching: Watching,
        clock: Clock,
        run: str,
        sessions: Sessions | None = None,
    ) -> None:
        self._ledger, self._watching, self._clock = ledger, watching, clock
        self._news: News | None = None
        """What could not be kept yet."""
        self._refresh_ns = 0
        self._views = deque[Market](maxlen=_VIEWS)
        self._at = self._kept = ledger.position() or Position(run, -1)
        self._keep_ns, self._is_quiet = 0, False
        self._waiting = deque[Link]()
        if sessions is not None and self._at.run != run:
            self._waiting.extend(unannounced(sessions, self._at, run))
        self._woken, self._is_over = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="herald", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End when all that was told is announced, or cannot be."""
        self._is_over = True
        self._woken.set()
        self._thread.join()

    def hear(self, links: Iterable[Link]) -> None:
        """Take what the engine tells, in order; called on its thread."""
        self._waiting.extend(links)
        self._woken.set()

    def see(self, market: Market) -> None:
        """Take a view that the engine publishes; called on its thread."""
        if self._watching.looks_at_views:
            self._views.append(market)
            self._woken.set()

    def step(self) -> bool:
        """Announce what waits, some of it at a time; return whether anything did.

        Raises
        ------
        StoreFailed
            If it could not be kept: it waits on.
        """
        waited = bool(self._news or self._waiting or self._views)
        news = self._news = self._news or self._next()
        if news.events or not news.found.is_empty or self._is_due(news.position):
            self._ledger.announce(news)
            self._kept = news.position
            self._keep_ns = self._clock.now_ns() + _KEEP_NS
        self._at, self._news = news.position, None
        return waited

    def _is_due(self, position: Position) -> bool:
        """Return whether the position is to be kept though there is nothing else to keep.

        While nobody listens it may come a little later: what is then told again after a
        crash was told to nobody.
        """
        if position == self._kept:
            return False
        at_once = self._is_over or not self._is_quiet
        return at_once or self._clock.now_ns() >= self._keep_ns

    def _next(self) -> News:
        """Return what is to be announced next; rules see each thing once."""
        self._refresh()
        now_ns = self._clock.wall_ns()
        self._is_quiet = not (
            self._watching.looks_at_signals or self._ledger.is_listened_to()
        )
        links = [*islice(self._waiting, _AT_ONCE)]
        fresh = [one for one in links if not self._is_known(one)]
        told = [] if self._is_quiet else [read_told(one.body) for one in fresh]
        found = self._watching.told(told, now_ns)
        for _ in range(len(self._views)):
            found.add(self._watching.published(self._views.popleft(), now_ns))
        events = [event for one in told for event in events_of(one, now_ns)]
        events += [triggered(one) for one in found.firings]
        at = Position(fresh[-1].run, fresh[-1].number) if fresh else self._at
        for _ in links:
            self._waiting.popleft()
        return News(events, found, at)

    def _refresh(self) -> None:
        now_ns = self._clock.now_ns()
        if now_ns >= self._refresh_ns:
            self._watching.refresh()
            self._refresh_ns = now_ns + _CHECK_NS

    def _is_known(self, link: Link) -> bool:
        return link.run == self._at.run and link.number <= self._at.number

    def _run(self) -> None:
        while self._goes_on():
            self._woken.wait(_CHECK_NS / 1e9)

    def _goes_on(self) -> bool:
        """Announce all that waits; return whether more may come."""
        while True:
            self._woken.clear()
            is_over = self._is_over
            try:
                if not self.step():
                    return not is_over
                if self._is_quiet and not is_over:
                    self._clock.wait_s(_QUIET_S)
            except Exception:  # noqa: BLE001
                # the supervisor: what waits is announced later, if need be after a restart
                _log.exception("not announced yet")
                if is_over:
                    return False
                self._woken.wait(_AFTER_FAILURE_S)
