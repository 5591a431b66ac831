"""How high the wall is."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Port: TypeAlias = Annotated[int, Meta(ge=1, le=65_535)]


class WallOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a URL may be, and how long a request may take."""

    ports: Annotated[tuple[Port, ...], Meta(min_length=1)] = (80, 443)
    """Ports that may be dialled."""
    plain_http: bool = False
    """Whether ``http`` is taken as well as ``https``."""
    loopback: bool = False
    """For development: this machine's own loopback, on any port, plainly too."""
    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 15.0
    """A request, from looking up the name to the last byte of the answer."""
    lookup_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """Looking up a name."""
    connect_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """Reaching one address of it."""
    most_body_bytes: Annotated[int, Meta(ge=1, le=1 << 24)] = 65_536
    """Of an answer's body; the rest is not read."""
