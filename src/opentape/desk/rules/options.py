"""What may be set about alerts."""

from typing import Annotated

import msgspec
from msgspec import Meta


class AlertOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rules are watched, and how closely."""

    most_rules: Annotated[int, Meta(ge=1, le=1_000_000)] = 1_000
    """Rules of one key."""
    flow_every_s: Annotated[float, Meta(ge=0.0, le=3_600.0)] = 5.0
    """The live book of an underlying is looked at so often at most."""
