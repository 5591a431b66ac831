"""The way to one endpoint: what waits there, what is under way, when to look again."""

from collections import deque
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from msgspec import structs

from opentape.desk.webhooks.attempt import SECOND_NS, Outcome
from opentape.desk.webhooks.endpoint import Endpoint, EndpointState, Reason
from opentape.desk.webhooks.lane import Lane
from opentape.desk.webhooks.options import WebhookOptions
from opentape.desk.webhooks.ports import Due

FETCHED: Final = 128
"""Deliveries of one endpoint that are held at once."""
NEVER: Final = 1 << 62
_DAY_NS: Final = 86_400 * SECOND_NS


class Way:
    """One endpoint as the courier sees it."""

    def __init__(self, endpoint: Endpoint, options: WebhookOptions) -> None:
        self._options = options
        self.endpoint = endpoint
        self.lane = Lane(options, ordered=endpoint.ordered)
        self.waiting = deque[Due]()
        self.busy = set[int]()
        """Deliveries that wait here, are under way, or whose end is not kept yet."""
        self.look_ns = 0
        """When there may be more than what waits here."""

    def is_hungry(self, now_ns: int) -> bool:
        """Return whether to look for more."""
        few = not self.busy if self.endpoint.ordered else len(self.waiting) < FETCHED // 2
        return few and self.look_ns <= now_ns and self.lane.opens_ns <= now_ns

    def take(self, found: Sequence[Due], now_ns: int) -> None:
        """Take what is due of what is next; look again when the rest of it is."""
        due = [*takewhile(lambda one: one.due_ns <= now_ns, found)]
        self.waiting.extend(due)
        self.busy.update(one.seq for one in due)
        if len(due) < len(found):
            self.look_ns = min(self.look_ns, found[len(due)].due_ns)
        elif len(found) == FETCHED:
            self.look_ns = 0

    def give_back(self) -> None:
        """Let go of what waits here."""
        self.busy.difference_update(one.seq for one in self.waiting)
        self.waiting.clear()

    def next(self, now_ns: int) -> Due | None:
        """Return what may be sent now, None if nothing may."""
        if not (self.waiting and self.endpoint.enabled and self.lane.room(now_ns)):
            return None
        self.lane.begin()
        return self.waiting.popleft()

    def ended(self, outcome: Outcome, now_ns: int) -> bool:
        """Note what came of an attempt; return whether the endpoint fares otherwise."""
        self.lane.end(outcome, now_ns)
        if self.endpoint.ordered and not outcome.taken:
            # those that wait behind come after it
            self.give_back()
            self.look_ns = 0
        before, self.endpoint = self.endpoint, self._faring(outcome, now_ns)
        return self.endpoint is not before

    def kept(self, seq: int, due_ns: int) -> None:
        """Note that what came of an attempt is written down, and so can be found again.

        Parameters
        ----------
        due_ns
            When the delivery is due again; `NEVER` if it is over.
        """
        self.busy.discard(seq)
        self.look_ns = min(self.look_ns, due_ns)

    def wakes_ns(self) -> int:
        """Return when there is something to do; an attempt that ends may come before."""
        if self.lane.is_full or (self.endpoint.ordered and self.busy):
            return NEVER
        return max(0 if self.waiting else self.look_ns, self.lane.opens_ns)

    def _faring(self, outcome: Outcome, now_ns: int) -> Endpoint:
        endpoint = self.endpoint
        since_ns = endpoint.failing_since_ns
        if outcome.gone:
            return _off(endpoint, Reason.GONE, now_ns)
        if outcome.taken:
            return endpoint if since_ns is None else _since(endpoint, None)
        if since_ns is None:
            return _since(endpoint, now_ns)
        if now_ns - since_ns >= self._options.failing_days * _DAY_NS:
            return _off(endpoint, Reason.FAILING, now_ns)
        return endpoint


def _since(endpoint: Endpoint, failing_ns: int | None) -> Endpoint:
    return structs.replace(endpoint, failing_since_ns=failing_ns)


def _off(endpoint: Endpoint, reason: Reason, now_ns: int) -> Endpoint:
    if not endpoint.enabled:
        return endpoint
    return structs.replace(
        endpoint, state=EndpointState.DISABLED, reason=reason, state_ns=now_ns
    )
