"""Telling: which endpoints an event goes to, and from when on it may."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.event import Event

_MINUTE_NS: Final = 60 * 10**9


class Subscriber(NamedTuple):
    """An endpoint, and what the key that made it may know."""

    endpoint: Endpoint
    plan: Plan
    expires_ns: int | None
    """Since when the key is not valid any more, None never."""


class Copy(NamedTuple):
    """An event for one endpoint."""

    event: Event
    endpoint_id: str
    due_ns: int
    """Not sent before."""


def copies(
    events: Sequence[Event], subscribers: Sequence[Subscriber], plans: PlanOptions
) -> Iterator[Copy]:
    """Yield events for the endpoints that want them, in order.

    What is for everybody comes as late as data of the key's plan does, and not at all to a
    plan that has sessions only when they are over.
    """
    for event in events:
        for one in subscribers:
            late_ns = _late_ns(event, one, plans)
            if late_ns is not None and one.endpoint.wants(event):
                yield Copy(event, one.endpoint.id, event.at_ns + late_ns)


def _late_ns(event: Event, one: Subscriber, plans: PlanOptions) -> int | None:
    if one.expires_ns is not None and event.at_ns >= one.expires_ns:
        return None
    if event.key_id is not None or not plans.gated:
        return 0
    if one.plan in plans.end_of_day:
        return None
    return plans.delay_minutes.get(one.plan, 0) * _MINUTE_NS
