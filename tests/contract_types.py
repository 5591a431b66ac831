"""Walk a decoded JSON body against the types that a client declares for it.

`problems(GexResponse, body)` lists every place where the body is not what the client was
promised: a key that is absent, null where a value was promised, a number that is no
integer, a word outside an enumeration. Extra keys are allowed, as they are on the wire.
"""

import math
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

ENVELOPE = frozenset({"endpoint_version", "data_as_of"})
"""What the server adds around every answer: pass as `absent` for a bare struct."""

_PLAIN = {str: str, bool: bool, type(None): type(None)}


def problems(
    declared: Any, body: Any, *, absent: frozenset[str] = frozenset(), at: str = "$"
) -> list[str]:
    """List what is wrong with a body; empty where it is as declared.

    Parameters
    ----------
    declared
        A TypedDict, or any annotation made of them, lists, dicts, unions, literals and
        plain types.
    body
        As `json.loads` gives it.
    absent
        Keys of the outermost object that need not be there.
    """
    return list(_walk(declared, body, absent, at))


def misordered(declared: Any, body: dict[str, Any]) -> list[str]:
    """List the declared keys of a body in its order, where that is not the declared one."""
    shared = [key for key in body if key in get_type_hints(declared)]
    wanted = [key for key in get_type_hints(declared) if key in body]
    return [] if shared == wanted else shared


def _walk(declared: Any, body: Any, absent: frozenset[str], at: str) -> Iterator[str]:
    if declared is Any:
        return
    if is_typeddict(declared):
        yield from _object(declared, body, absent, at)
        return
    origin = get_origin(declared)
    if origin is Union or origin is types.UnionType:
        yield from _union(declared, body, absent, at)
    elif origin is Literal:
        if body not in get_args(declared):
            yield f"{at}: {body!r} is none of {get_args(declared)}"
    elif origin is list or declared is list:
        yield from _list(declared, body, at)
    elif origin is dict or declared is dict:
        yield from _dict(declared, body, at)
    else:
        yield from _plain(declared, body, at)


def _object(declared: Any, body: Any, absent: frozenset[str], at: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{at}: {body!r} is no object"
        return
    for key, kind in get_type_hints(declared).items():
        if key in body:
            yield from _walk(kind, body[key], frozenset(), f"{at}.{key}")
        elif key not in absent:
            yield f"{at}.{key}: is absent"


def _union(declared: Any, body: Any, absent: frozenset[str], at: str) -> Iterator[str]:
    kinds = [kind for kind in get_args(declared) if kind is not type(None)]
    if body is None and len(kinds) < len(get_args(declared)):
        return
    found = [list(_walk(kind, body, absent, at)) for kind in kinds]
    if all(found):
        yield from min(found, key=len)


def _list(declared: Any, body: Any, at: str) -> Iterator[str]:
    if not isinstance(body, list):
        yield f"{at}: {body!r} is no list"
        return
    (kind,) = get_args(declared) or (Any,)
    for place, element in enumerate(body):
        yield from _walk(kind, element, frozenset(), f"{at}[{place}]")


def _dict(declared: Any, body: Any, at: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{at}: {body!r} is no object"
        return
    _, kind = get_args(declared) or (str, Any)
    for key, value in body.items():
        yield from _walk(kind, value, frozenset(), f"{at}.{key}")


def _plain(declared: Any, body: Any, at: str) -> Iterator[str]:
    number = isinstance(body, int | float) and not isinstance(body, bool)
    if declared is int:
        good = number and isinstance(body, int)
    elif declared is float:
        good = number and math.isfinite(body)
    else:
        good = isinstance(body, _PLAIN[declared])
    if not good:
        yield f"{at}: {body!r} is no {declared.__name__}"
