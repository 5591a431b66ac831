"""What keys need from the outside."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from opentape.desk.keys.key import Kept


class Use(NamedTuple):
    """Requests that a key made, since the last time this was told."""

    key_id: str
    day: dt.date
    """UTC."""
    requests: int
    last_ns: int
    """The last of them, nanoseconds since 1970 UTC."""


class KeyStore(Protocol):
    """Keeps keys; several processes may write at once."""

    def changes(self) -> int:
        """Return a number that moves whenever a key is added or revoked; cheap."""
        ...

    def kept(self) -> list[Kept]:
        """Return every key, revoked ones too, oldest first."""
        ...

    def add(self, kept: Kept) -> None:
        """Keep a new key."""
        ...

    def revoke(self, key_id: str, now_ns: int) -> bool:
        """Refuse a key from now on; return whether there was such a one, not revoked."""
        ...

    def note(self, uses: Sequence[Use]) -> None:
        """Add to the requests of a day, and move the last use of a key forward."""
        ...

    def requests_on(self, day: dt.date) -> Mapping[str, int]:
        """Return the requests of a day by key, of those that made any."""
        ...
