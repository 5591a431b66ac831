"""Where the server listens."""

from typing import Annotated

import msgspec
from msgspec import Meta


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the server can be told."""

    host: str = "127.0.0.1"
    """Address to listen on; ``0.0.0.0`` for all of this machine's."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8_321
    """Port to listen on, 0 for any that is free."""
    cors_origin: str = "*"
    """Whose pages may read answers: an origin, ``*`` for all, nothing for none."""
