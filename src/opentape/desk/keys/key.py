"""A key: the text that its holder has, and what is kept of it.

The text is ``ot_<id>_<secret>`` and is shown once. Of it only the SHA-256 is kept: the
secret has 256 bits of chance, so there is nothing to guess and no salt is needed.
"""

import hashlib
import secrets
import string
from typing import Final, NamedTuple

import msgspec

from opentape.desk.keys.options import Plan

MARK: Final = "ot"
ID_LETTERS: Final = 10
SECRET_LETTERS: Final = 43
"""Of 62 each: 256 bits."""
LONGEST: Final = 128
"""A text of more characters is no key."""
_SMALL: Final = string.ascii_lowercase + string.digits
_ALL: Final = string.ascii_letters + string.digits


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key, without what would let anybody use it."""

    id: str
    """Tells keys apart; part of the text."""
    plan: Plan
    """What it may ask."""
    rate: int | None = None
    """Requests a minute, None as its plan says."""
    label: str = ""
    """Whose it is, or what for, in the owner's words."""
    created_ns: int
    """Nanoseconds since 1970 UTC, as all times here."""
    expires_ns: int | None = None
    """From when on it is refused, None never."""
    last_used_ns: int | None = None
    """The last request that it made, None if none; written down some seconds late."""
    revoked_ns: int | None = None
    """Since when it is refused, None if it is not."""

    @property
    def prefix(self) -> str:
        """Return the part of the text that may be shown."""
        return f"{MARK}_{self.id}"

    def state(self, now_ns: int) -> str:
        """Return ``valid``, ``expired`` or ``revoked``."""
        if self.revoked_ns is not None:
            return "revoked"
        expired = self.expires_ns is not None and now_ns >= self.expires_ns
        return "expired" if expired else "valid"


class Kept(NamedTuple):
    """A key and the digest that its text must have."""

    key: Key
    digest: bytes
    """SHA-256 of the whole text."""


OWNER: Final = Key(id="owner", plan=Plan.ALPHA, label="owner", created_ns=0)
"""Whoever asks from this machine while there are no keys."""


def new_text() -> str:
    """Return the text of a key that never was."""
    name = "".join(secrets.choice(_SMALL) for _ in range(ID_LETTERS))
    secret = "".join(secrets.choice(_ALL) for _ in range(SECRET_LETTERS))
    return f"{MARK}_{name}_{secret}"


def id_of(text: str) -> str | None:
    """Return the id in the text of a key, None if it is the text of none.

    Examples
    --------
    >>> id_of("ot_4f9k2m7q1z_secret"), id_of("sk-other"), id_of("ot__secret")
    ('4f9k2m7q1z', None, None)
    """
    mark, _, rest = text.partition("_")
    name, _, secret = rest.partition("_")
    known = mark == MARK and name and secret and len(text) <= LONGEST
    return name if known else None


def digest_of(text: str) -> bytes:
    """Return what is kept of the text of a key, 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
