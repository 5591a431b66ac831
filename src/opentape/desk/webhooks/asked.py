"""What owners of webhooks ask: the bodies and queries of their requests."""

import datetime as dt
from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from opentape.desk.webhooks.attempt import DeliveryState
from opentape.desk.webhooks.event import EventKind

UrlText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_048)]
Kinds: TypeAlias = Annotated[tuple[EventKind, ...], Meta(min_length=1, max_length=16)]
MinScore: TypeAlias = Annotated[int, Meta(ge=0, le=100)]
Description: TypeAlias = Annotated[str, Meta(max_length=200)]
Instant: TypeAlias = Annotated[dt.datetime, Meta(tz=True)]
_CAMEL = {"min_score": "minScore"}


class NewWebhook(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_CAMEL
):
    """A webhook to be made."""

    url: UrlText
    """Where events are posted: ``https``, a public address, port 443 or 80, no redirect."""
    events: Kinds
    """What it is told of."""
    min_score: MinScore | None = None
    """Events with a lower score are not told: the radar's score for `flow.*`, the
    six-part one for `signal.*`; others have none."""
    ordered: bool = False
    """Whether each delivery waits until the one before was taken or given up."""
    description: Description = ""
    """For yourself."""


class WebhookChange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_CAMEL
):
    """What is to be otherwise; what is left out stays as it is."""

    url: UrlText | UnsetType = UNSET
    """Where events are posted."""
    events: Kinds | UnsetType = UNSET
    """What it is told of."""
    min_score: MinScore | UnsetType | None = UNSET
    """Events with a lower score are not told; null for none."""
    ordered: bool | UnsetType = UNSET
    """Whether each delivery waits until the one before was taken or given up."""
    description: Description | UnsetType = UNSET
    """For yourself."""
    enabled: bool | UnsetType = UNSET
    """Whether anything is sent: false switches it off, true on again."""


class ReplayOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which deliveries are to be sent again: one event, or all of a time."""

    id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """Id of one event."""
    since: Instant | None = None
    """Events from then on, with a zone: ``2026-05-21T14:30:00Z``."""
    until: Instant | None = None
    """Events before then, with a zone."""
    state: DeliveryState | None = None
    """Only deliveries in this state; `pending` ones are under way anyhow."""


class DeliveriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries to list."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    """Most that are listed."""
    cursor: str | None = None
    """The `next_cursor` of the page before."""
    state: DeliveryState | None = None
    """Only those in this state."""
