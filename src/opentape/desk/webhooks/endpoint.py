"""An endpoint: where somebody wants to be told, of what, and how it has fared."""

import base64
import secrets
import string
from enum import StrEnum
from typing import Final

import msgspec

from opentape.desk.webhooks.event import Event, EventKind

SECRET_MARK: Final = "whsec_"  # noqa: S105
_SECRET_BYTES: Final = 32
_ID_LETTERS: Final = 16
_SMALL: Final = string.ascii_lowercase + string.digits


class EndpointState(StrEnum):
    """Whether an endpoint is told anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    """Nothing is sent, and nothing new is kept for it."""


class Reason(StrEnum):
    """Why an endpoint was switched off."""

    OWNER = "owner"
    """Its owner asked for it."""
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """It has only failed for days."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint."""

    id: str
    key_id: str
    """Whose it is."""
    url: str
    kinds: tuple[EventKind, ...]
    """What it is told of."""
    min_score: int | None = None
    """Events with a lower score are not told."""
    ordered: bool = False
    """Whether each delivery waits until the one before was taken or given up."""
    description: str = ""
    """In the owner's words."""
    secret: str
    """Signs what is sent."""
    old_secret: str | None = None
    """Signs as well, until `old_until_ns`."""
    old_until_ns: int | None = None
    state: EndpointState = EndpointState.ENABLED
    reason: Reason | None = None
    """Why it is disabled, None if it is not."""
    state_ns: int
    """Since when it is in its state, nanoseconds since 1970 UTC."""
    failing_since_ns: int | None = None
    """The first failure since it last took anything, None if it took the last."""
    created_ns: int

    @property
    def enabled(self) -> bool:
        """Whether anything is sent to it."""
        return self.state is EndpointState.ENABLED

    def secrets(self, now_ns: int) -> tuple[str, ...]:
        """Return the secrets that sign at an instant, the newest first."""
        old_ns = self.old_until_ns or 0
        if self.old_secret is not None and now_ns < old_ns:
            return self.secret, self.old_secret
        return (self.secret,)

    def wants(self, event: Event) -> bool:
        """Return whether it is to be told of an event."""
        scored = self.min_score is None or event.score is None
        return (
            self.enabled
            and event.kind in self.kinds
            and event.at_ns >= self.created_ns
            and (event.key_id is None or event.key_id == self.key_id)
            and (scored or (event.score or 0) >= (self.min_score or 0))
        )


def new_endpoint_id() -> str:
    """Return an id that no endpoint has."""
    return "wh_" + "".join(secrets.choice(_SMALL) for _ in range(_ID_LETTERS))


def new_secret() -> str:
    """Return a secret that never was: ``whsec_`` and 32 bytes of chance in base64."""
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
