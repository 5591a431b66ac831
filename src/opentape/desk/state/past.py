"""What is known from before a feed begins."""

from collections.abc import Mapping

import msgspec

from opentape.desk.state.history import History


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Past sessions and other facts, by underlying; all of it optional."""

    histories: Mapping[str, History] = {}
    sectors: Mapping[str, str] = {}
    macro_ns: int | None = None
    """The oldest of the macro series, nanoseconds since 1970 UTC."""
