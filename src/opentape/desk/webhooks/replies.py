"""What owners of webhooks are answered."""

import msgspec
from msgspec import structs

from opentape.desk.webhooks.attempt import DeliveryState
from opentape.desk.webhooks.endpoint import Endpoint, EndpointState, Reason
from opentape.desk.webhooks.event import EventKind
from opentape.desk.webhooks.ports import Delivery, Tried
from opentape.market.calendar import iso

_US_PER_MS = 1_000


class Webhook(msgspec.Struct, frozen=True, kw_only=True, rename={"min_score": "minScore"}):
    """One webhook, without its secret."""

    id: str
    """Names it in paths."""
    url: str
    """Where events are posted."""
    events: tuple[EventKind, ...]
    """What it is told of."""
    min_score: int | None
    """Events with a lower score are not told; null for none."""
    ordered: bool
    """Whether each delivery waits until the one before was taken or given up."""
    description: str
    """Your own words."""
    state: EndpointState
    """`enabled` or `disabled`."""
    reason: Reason | None
    """Why it is disabled; null while it is enabled."""
    state_since: str
    """Since when it is in this state, UTC."""
    failing_since: str | None
    """Its first failure since it last took anything; null if it took the last."""
    created_at: str
    """UTC."""


class MadeWebhook(Webhook, frozen=True, kw_only=True):
    """A new webhook, and the one sight of its secret."""

    secret: str
    """Verifies what is posted: ``whsec_`` and base64."""


class WebhooksReply(msgspec.Struct, frozen=True, kw_only=True):
    """The webhooks of a key."""

    data: list[Webhook]
    """Oldest first."""
    count: int
    """How many there are."""


class RemovedReply(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that is gone, and its deliveries with it."""

    id: str
    """The id that it had."""
    removed: bool = True
    """Always true."""


class RotatedReply(msgspec.Struct, frozen=True, kw_only=True):
    """A new secret, and for how long the one before signs as well."""

    id: str
    """Of the webhook."""
    secret: str
    """Signs from now on; shown this once."""
    previous_until: str
    """Until then the secret before signs too, UTC."""


class TestedReply(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is on its way; the deliveries tell what became of it."""

    id: str
    """Of the event `webhook.test`."""


class ReplayedReply(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent again, each under the id that it had."""

    count: int
    """How many deliveries."""


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was made."""

    number: int
    """From 1."""
    at: str
    """When it began, UTC."""
    status: int | None
    """Of the answer; null if there was none."""
    why: str | None
    """What happened instead of an answer: `timeout`, `connect`, `tls`, `hang_up`,
    `garbage`, `lookup`, or `refused` where the URL leads to what is not public."""
    latency_ms: float
    """From the first step to the answer, or to giving up."""
    answer: str
    """The beginning of the answer's body."""


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one webhook."""

    id: str
    """Of the event, as the header `webhook-id` has it."""
    event: EventKind
    """What happened."""
    timestamp: str
    """When it happened, UTC."""
    state: DeliveryState
    """How far it is."""
    next_attempt_at: str | None
    """UTC; null where it has ended."""
    attempts: list[AttemptRow]
    """The first one first."""


class DeliveriesReply(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries of a webhook, newest first."""

    data: list[DeliveryRow]
    """One row an event."""
    next_cursor: str | None
    """Of the page that follows; null if this is the last."""


def webhook(endpoint: Endpoint) -> Webhook:
    """Return an endpoint as its owner sees it."""
    failing_ns = endpoint.failing_since_ns
    return Webhook(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.kinds,
        min_score=endpoint.min_score,
        ordered=endpoint.ordered,
        description=endpoint.description,
        state=endpoint.state,
        reason=endpoint.reason,
        state_since=iso(endpoint.state_ns),
        failing_since=None if failing_ns is None else iso(failing_ns),
        created_at=iso(endpoint.created_ns),
    )


def made_webhook(endpoint: Endpoint) -> MadeWebhook:
    """Return a new endpoint as its owner sees it, once."""
    return MadeWebhook(**structs.asdict(webhook(endpoint)), secret=endpoint.secret)


def delivery_row(one: Delivery) -> DeliveryRow:
    """Return a delivery as the owner of its webhook sees it."""
    pending = one.state is DeliveryState.PENDING
    return DeliveryRow(
        id=one.event_id,
        event=one.kind,
        timestamp=iso(one.at_ns),
        state=one.state,
        next_attempt_at=iso(one.due_ns) if pending else None,
        attempts=[_attempt_row(tried) for tried in one.tried],
    )


def _attempt_row(one: Tried) -> AttemptRow:
    return AttemptRow(
        number=one.number,
        at=iso(one.at_ns),
        status=one.status,
        why=one.why,
        latency_ms=one.latency_us / _US_PER_MS,
        answer=one.answer,
    )
