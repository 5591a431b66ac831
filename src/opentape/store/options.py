"""Where an installation keeps what it knows."""

import msgspec


class StoreOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Folders and databases."""

    folder: str = "~/.local/share/opentape"
    """Where files are kept; made when it is needed."""
    database: str = ""
    """URL of the application's database; without it, a file in the folder."""
