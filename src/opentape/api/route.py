"""What a route is: a path, a question about the market, and the type of its answer.

A route's function is pure. Its signature says what it takes (``market``, ``symbol``,
``query``, ``caller``, ``past``), its types what is asked and answered, its docstring what
the public documentation says; `app` serves it and `document` describes it.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final, NamedTuple, get_type_hints

import msgspec

ROUTES: Final[dict[str, "Route"]] = {}
"""Every route by its path, in the order of the modules that name them."""
_TAKES: Final = frozenset({"market", "symbol", "query", "caller", "past"})


class Route(NamedTuple):
    """One GET."""

    path: str
    """As OpenAPI writes it, ``/v1/exposure/gex/{symbol}``."""
    answer: Callable[..., object]
    tag: str
    query: type[msgspec.Struct] | None
    reply: Any
    """Type of the answer."""
    takes: frozenset[str]
    """Which arguments the function has."""
    slow: bool
    """Whether it takes long enough to be answered on a thread of its own."""

    @property
    def kept(self) -> bool:
        """Whether an answer may be kept until the market changes."""
        return "caller" not in self.takes

    @property
    def past(self) -> bool:
        """Whether it can be asked for an instant of the past."""
        return self.kept and "market" in self.takes


def route(
    path: str, *, tag: str, slow: bool = False
) -> Callable[[Callable[..., object]], Route]:
    """Make a function the answer to GET requests for a path."""

    def routed(answer: Callable[..., object]) -> Route:
        hints = get_type_hints(answer, include_extras=True)
        takes = frozenset(inspect.signature(answer).parameters)
        made = Route(path, answer, tag, hints.get("query"), hints["return"], takes, slow)
        if takes - _TAKES - in_path(path) or path in ROUTES:
            raise ValueError(f"{path} cannot be routed to {answer.__qualname__}")
        ROUTES[path] = made
        return made

    return routed


def in_path(path: str) -> frozenset[str]:
    """Return the names of the parts of a path that a request fills in."""
    return frozenset(part[1:-1] for part in path.split("/") if part.startswith("{"))
