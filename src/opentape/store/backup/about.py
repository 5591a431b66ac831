"""What a backup says of itself, and where its parts stand."""

from typing import Final

import msgspec

FORMAT: Final = 1
ABOUT: Final = "backup.json"
APPLICATION: Final = "opentape.db"
SESSIONS: Final = "sessions"
SUMS: Final = "SHA256SUMS"
"""A line a file, as `sha256sum -c` reads it."""
LOCK: Final = "lock"
"""In a session's folder, held by whoever writes it."""


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is in a backup."""

    format: int
    version: str
    """Of the package that made it."""
    made: str
    """When it was begun, ISO 8601, UTC."""
    rows: int
    """Of application data."""
    sessions: tuple[str, ...]
    """Their dates, oldest first."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was made, checked or restored."""

    about: About
    files: int
    size: int
    """Of its files, bytes."""
    damaged: tuple[str, ...] = ()
    """Databases of sessions that SQLite cannot read, copied as they are."""
