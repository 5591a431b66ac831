"""How webhooks are delivered."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Seconds: TypeAlias = Annotated[float, Meta(gt=0, le=31_536_000)]


class WebhookOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that deliveries can be told."""

    schedule_s: tuple[Seconds, ...] = (
        5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    )  # fmt: skip
    """From one attempt to the next; after the last of them a delivery has failed."""
    jitter: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """A wait is longer by up to this part of it, so that not all come back at once."""
    most_wait_s: Seconds = 86_400
    """A receiver's ``Retry-After`` counts up to here."""
    at_once: Annotated[int, Meta(ge=1, le=1_000)] = 8
    """Requests under way to one endpoint."""
    at_once_in_all: Annotated[int, Meta(ge=1, le=10_000)] = 512
    """Requests under way to all endpoints together."""
    breaker_failures: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    """So many failures in a row, and an endpoint is left alone for a while."""
    breaker_s: Seconds = 30
    """For how long at first; twice as long after each failure more."""
    breaker_most_s: Seconds = 600
    """Never for longer."""
    failing_days: Annotated[float, Meta(gt=0, le=365)] = 5
    """An endpoint that has only failed for so long is switched off."""
    rotation_hours: Annotated[float, Meta(gt=0, le=8_760)] = 24
    """How long the secret before still signs after there is a new one."""
    keep_days: Annotated[float, Meta(ge=7, le=3_650)] = 30
    """Events, deliveries and attempts are forgotten after so long."""
    most_endpoints: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
    """Of one key."""
