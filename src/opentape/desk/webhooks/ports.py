"""What webhooks need from the outside."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from opentape.desk.webhooks.attempt import DeliveryState, Outcome, Verdict
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.event import Event, EventKind


class Wall(Protocol):
    """Decides which URLs may be sent to."""

    def check(self, text: str) -> str:
        """Return a URL as it will be asked for.

        Raises
        ------
        BadUrl
            If it leads where nothing may be sent.
        """
        ...


class Endpoints(Protocol):
    """Keeps endpoints; several processes may write at once."""

    def changes(self) -> int:
        """Return a number that moves whenever an endpoint changes; cheap."""
        ...

    def every(self) -> list[Endpoint]:
        """Return all of them, oldest first."""
        ...

    def of(self, key_id: str) -> list[Endpoint]:
        """Return those of a key, oldest first."""
        ...

    def put(self, endpoint: Endpoint) -> None:
        """Keep an endpoint, in place of the one with its id if there is one."""
        ...

    def remove(self, endpoint_id: str) -> None:
        """Forget an endpoint and all its deliveries."""
        ...


class Outbox(Protocol):
    """Takes events; what it has taken is delivered, whatever happens then."""

    def tell(self, events: Sequence[Event]) -> int:
        """Keep events and a delivery to everyone who wants one, all or nothing.

        An event that was told before is not told again.

        Returns
        -------
        int
            How many deliveries there are more.

        Raises
        ------
        StoreFailed
            If they could not be kept.
        """
        ...

    def tell_one(self, event: Event, endpoint_id: str) -> None:
        """Keep an event for one endpoint alone, whatever that one subscribed to."""
        ...


class Due(NamedTuple):
    """A delivery to be tried."""

    seq: int
    """Place of its event among all."""
    event_id: str
    body: bytes
    due_ns: int
    tries: int
    """Attempts of the present schedule so far."""
    attempts: int
    """Attempts in all so far."""


class Done(NamedTuple):
    """An attempt that ended."""

    endpoint_id: str
    seq: int
    number: int
    """Of the attempt among those of its delivery, from 1."""
    at_ns: int
    """When it began."""
    outcome: Outcome
    verdict: Verdict


class Tried(NamedTuple):
    """An attempt as it is kept."""

    number: int
    at_ns: int
    status: int | None
    why: str | None
    latency_us: int
    answer: str


class Delivery(NamedTuple):
    """A delivery as it is kept."""

    seq: int
    event_id: str
    kind: EventKind
    at_ns: int
    """Of the event."""
    state: DeliveryState
    due_ns: int
    """Of the next attempt; when it ended, if it did."""
    tried: Sequence[Tried]
    """Attempts, the first one first."""


class Wanted(NamedTuple):
    """Which deliveries of an endpoint."""

    endpoint_id: str
    event_id: str | None = None
    from_ns: int | None = None
    """Of events from then on."""
    until_ns: int | None = None
    """Of events before then."""
    state: DeliveryState | None = None


class Deliveries(Protocol):
    """Keeps deliveries and their attempts."""

    def due(self, endpoint: Endpoint, most: int, busy: Collection[int]) -> list[Due]:
        """Return what an endpoint is to be sent next, due yet or not, but for `busy`.

        In the order in which it is due; to one that is `ordered`, in the order in which
        it was told.
        """
        ...

    def record(self, done: Sequence[Done], changed: Sequence[Endpoint] = ()) -> None:
        """Keep attempts and what they mean, all or nothing.

        Parameters
        ----------
        changed
            Endpoints that fare otherwise since: of those that nobody has switched off,
            state, reason and the time of failing are kept too.
        """
        ...

    def page(self, wanted: Wanted, before: int | None, most: int) -> list[Delivery]:
        """Return deliveries with their attempts, newest first, of events before a place."""
        ...

    def again(self, wanted: Wanted, now_ns: int) -> int:
        """Make deliveries that ended due anew; return how many."""
        ...

    def forget(self, before_ns: int) -> int:
        """Drop older events and all of theirs, some at a time; return how many."""
        ...
