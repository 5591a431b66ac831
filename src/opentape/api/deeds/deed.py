"""What a deed is: a method and a path, what is given, and the type of the answer.

A deed's function takes what its signature names: ``key`` (whose request it is), ``body``,
``query``, parts of the path, and the services of the desk that it needs by their names.
Its docstring is the public documentation.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_type_hints

import msgspec

from opentape.api.route import in_path

Verb: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]
DEEDS: Final[dict[tuple[str, str], "Deed"]] = {}
"""Every deed by its path and method, in the order of the modules that name them."""
SERVICES: Final = frozenset({"webhooks", "alerts"})
"""Names of what the desk does for callers."""
_TAKES: Final = frozenset({"key", "body", "query"})


class Deed(NamedTuple):
    """One method of a path."""

    verb: Verb
    path: str
    """As OpenAPI writes it."""
    name: str
    """Of the operation."""
    answer: Callable[..., object]
    tag: str
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    reply: Any
    """Type of the answer."""
    takes: frozenset[str]
    """Which arguments the function has."""


def deed(verb: Verb, path: str, *, tag: str) -> Callable[[Callable[..., object]], Deed]:
    """Make a function what a request does; always on a thread of its own."""

    def done(answer: Callable[..., object]) -> Deed:
        hints = get_type_hints(answer, include_extras=True)
        takes = frozenset(inspect.signature(answer).parameters)
        made = Deed(
            verb=verb,
            path=path,
            name=answer.__name__,
            answer=answer,
            tag=tag,
            query=hints.get("query"),
            body=hints.get("body"),
            reply=hints["return"],
            takes=takes,
        )
        unknown = takes - _TAKES - SERVICES - in_path(path)
        if unknown or (path, verb) in DEEDS:
            raise ValueError(f"{verb} {path} cannot lead to {answer.__qualname__}")
        DEEDS[path, verb] = made
        return made

    return done
