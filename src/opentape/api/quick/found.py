"""What the framework found, told to the shortcut."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from opentape.api.asgi import Scope, state
from opentape.api.route import Route

FOUND: Final = "found"


class Found(NamedTuple):
    """What a path leads to."""

    route: Route
    path: Mapping[str, str]
    """Its parts, decoded."""


def remember(scope: Scope, found: Found) -> None:
    """Note what a path leads to, once it was answered."""
    if not found.route.slow:
        state(scope)[FOUND] = found
