"""What may be set about the stream."""

from typing import Annotated

import msgspec
from msgspec import Meta


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of the stream."""

    most_behind: Annotated[int, Meta(ge=1)] = 20_000
    """A client that does not take its rows is dropped when it is so many behind, of those
    that were pushed since it came."""
    most_stalled_s: Annotated[float, Meta(gt=0)] = 10.0
    """... or when its socket has taken nothing for so long."""
    most_clients: Annotated[int, Meta(ge=1)] = 5_000
    """One more is refused."""
    heartbeat_s: Annotated[float, Meta(gt=0)] = 15.0
    """WebSocket pings and comments of server-sent events are so far apart."""
