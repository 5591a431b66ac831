"""An event: what somebody may want to be told of, and the bytes that tell it."""

import hashlib
from enum import StrEnum
from typing import Final

import msgspec

from opentape.market.calendar import iso

_encode: Final = msgspec.json.Encoder().encode
_ID_LETTERS: Final = 32


class EventKind(StrEnum):
    """What happened."""

    FLOW_EXTREME = "flow.extreme"
    """A flow row whose flag is ``EXTREME``; the row is the data."""
    FLOW_ELEVATED = "flow.elevated"
    """A flow row whose flag is ``ELEVATED``."""
    SIGNAL_NEW = "signal.new"
    """A signal; it is the data."""
    SIGNAL_AMENDED = "signal.amended"
    """A cancel took back a part of a signal; another one stands in its place."""
    SIGNAL_RETRACTED = "signal.retracted"
    """A cancel took a signal back."""
    ALERT_TRIGGERED = "alert.triggered"
    """A rule of the key fired."""
    ORDER_FILLED = "order.filled"
    """An order of the key was filled, whole or in part."""
    POSITION_CHANGED = "position.changed"
    """A position of the key changed."""
    WEBHOOK_DISABLED = "webhook.disabled"
    """Another endpoint of the key was switched off."""
    WEBHOOK_TEST = "webhook.test"
    """Somebody asked for it; nobody needs to subscribe."""


class Event(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One thing that happened, once and for all."""

    id: str
    """The same however often it is told."""
    kind: EventKind
    at_ns: int
    """Nanoseconds since 1970 UTC."""
    body: bytes
    """What is sent: ``event``, ``timestamp`` and ``data`` as JSON."""
    score: int | None = None
    """What `minScore` is held against, None where there is no score."""
    key_id: str | None = None
    """Whose it is; None where it is for everybody."""


def event(
    kind: EventKind,
    cause: str,
    at_ns: int,
    data: object,
    *,
    score: int | None = None,
    key_id: str | None = None,
) -> Event:
    """Return an event.

    Parameters
    ----------
    cause
        What it came of, as the id of a signal: the same cause gives the same id.
    data
        Anything that JSON can spell.
    """
    body = {"event": kind, "timestamp": iso(at_ns), "data": data}
    return Event(
        id=event_id(kind, cause),
        kind=kind,
        at_ns=at_ns,
        body=_encode(body),
        score=score,
        key_id=key_id,
    )


def event_id(kind: EventKind, cause: str) -> str:
    """Return the id of an event, always the same for one cause.

    Examples
    --------
    >>> event_id(EventKind.SIGNAL_NEW, "NVDA-1")
    'evt_0df9becd5848f38b0e97e419d8070593'
    """
    digest = hashlib.sha256(f"{kind}\n{cause}".encode()).hexdigest()
    return f"evt_{digest[:_ID_LETTERS]}"
