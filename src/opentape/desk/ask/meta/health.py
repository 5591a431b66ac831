"""Whether the server answers."""

from typing import Literal

import msgspec


class HealthReply(msgspec.Struct, frozen=True, kw_only=True):
    """That the server answers; whether it has data yet is for `/ready` to say."""

    status: Literal["Healthy"] = "Healthy"
    """Always this word."""


def health() -> HealthReply:
    """Return that the server answers."""
    return HealthReply()
