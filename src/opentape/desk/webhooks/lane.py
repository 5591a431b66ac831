"""A lane: how many requests may be under way to one endpoint, and when none may.

It narrows when the endpoint says that it has too much, opens again one by one as it takes
what it is sent, and shuts after failures in a row; then one attempt looks whether the
endpoint is back. A dead endpoint so holds up nobody but itself.
"""

from opentape.desk.webhooks.attempt import SECOND_NS, Outcome, asked_s
from opentape.desk.webhooks.options import WebhookOptions


class Lane:
    """The way to one endpoint."""

    def __init__(self, options: WebhookOptions, *, ordered: bool = False) -> None:
        self._options = options
        self._widest = 1 if ordered else options.at_once
        self._width = float(self._widest)
        self._failures = 0
        self._shut_until_ns = 0
        self.under_way = 0
        """Attempts that have begun and not ended."""

    @property
    def opens_ns(self) -> int:
        """The instant from which on anything may be sent."""
        return self._shut_until_ns

    @property
    def is_probing(self) -> bool:
        """Whether one attempt decides on all others."""
        return self._failures >= self._options.breaker_failures

    @property
    def is_full(self) -> bool:
        """Whether one attempt must end before another may begin."""
        return self.under_way >= self._open

    @property
    def _open(self) -> int:
        return 1 if self.is_probing else int(self._width)

    def room(self, now_ns: int) -> int:
        """Return how many attempts may begin at an instant."""
        if now_ns < self._shut_until_ns:
            return 0
        return max(0, self._open - self.under_way)

    def begin(self) -> None:
        """Note that an attempt has begun."""
        self.under_way += 1

    def end(self, outcome: Outcome, now_ns: int) -> None:
        """Note what came of an attempt."""
        self.under_way -= 1
        if outcome.taken:
            self._failures = 0
            self._width = min(self._widest, self._width + 1 / self._width)
            return
        self._failures += 1
        if outcome.slow_down:
            self._width = max(1.0, self._width / 2)
        shut_s = max(asked_s(outcome, self._options), self._left_alone_s())
        self._shut_until_ns = max(self._shut_until_ns, now_ns + round(shut_s * SECOND_NS))

    def _left_alone_s(self) -> float:
        more = self._failures - self._options.breaker_failures
        if more < 0:
            return 0.0
        # beyond, doubling would leave what floats hold
        doubled = self._options.breaker_s * 2.0 ** min(more, 64)
        return min(doubled, self._options.breaker_most_s)
