"""Where an installation keeps what it knows."""

from typing import Annotated

import msgspec


class StoreOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Folders and databases."""

    folder: str = "~/.local/share/opentape"
    """Where files are kept; made when it is needed."""
    database: str = ""
    """URL of the application's database; without it, a file in the folder."""
    keep_sessions: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many sessions are kept, the one under way counted; 0 keeps all."""
