"""What may be set about the live path."""

from typing import Annotated

import msgspec
from msgspec import Meta

from opentape.flow.options import FlowOptions
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions


class EngineOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the engine publishes what it folds."""

    publish_ms: Annotated[int, Meta(ge=1, le=60_000)] = 50
    """Views are replaced so often at most; pushed rows never wait for it."""
    chain_age_s: Annotated[int, Meta(ge=1, le=86_400)] = 900
    """In session a chain older than this is as good as none."""
    stream_held: Annotated[int, Meta(ge=1_000, le=10_000_000)] = 1 << 18
    """Pushed rows kept for streams that resume."""
    late_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 15
    """How far back views are kept for plans whose data is late."""


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """Every number of the method, by room."""

    flow: FlowOptions = FlowOptions()
    chain: ChainOptions = ChainOptions()
    levels: LevelOptions = LevelOptions()
