"""From what a server sent to what it means."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, cast

import msgspec

from opentape.client.errors import BadReply, Refused, TooMany, kind_of, told
from opentape.client.retries import retry_after_s

_MOST_SHOWN: Final = 200
_MOST: Final = 400


def read(content: bytes, kind: Any, where: str) -> Any:
    """Return an answer as a type.

    What another server leaves out, or says as null, stays at its default.

    Raises
    ------
    BadReply
        If it is not JSON, or holds something else than the type says.
    """
    try:
        return _decode(kind)(content)
    except msgspec.ValidationError:
        pass
    except msgspec.DecodeError as error:
        raise BadReply(f"the answer to {where} is not JSON: {_shown(content)}") from error
    told = bare(msgspec.json.decode(content))
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError:
        pass
    try:
        return msgspec.convert(whole(told), kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadReply(f"the answer to {where} cannot be read: {error}") from error


@lru_cache(maxsize=256)
def _decode(kind: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(kind).decode


def bare(value: object) -> object:
    """Return JSON without the names whose value is null.

    Examples
    --------
    >>> bare({"size": 4200.0, "iv": None, "tags": [None, {"x": None}]})
    {'size': 4200.0, 'tags': [None, {}]}
    """
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return {name: bare(one) for name, one in pairs if one is not None}
    return [bare(one) for one in cast("list[object]", value)] if _is_list(value) else value


def whole(value: object) -> object:
    """Return JSON whose whole numbers are integers.

    Examples
    --------
    >>> whole({"size": 4200.0, "tags": [1.5, True]})
    {'size': 4200, 'tags': [1.5, True]}
    """
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return {name: whole(one) for name, one in pairs}
    if _is_list(value):
        return [whole(one) for one in cast("list[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def refusal(status: int, content: bytes, headers: Mapping[str, str], where: str) -> Refused:
    """Return the error that an answer is."""
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        body = None
    message = _sentence(body) or _shown(content) or "no reason was given"
    error = kind_of(status)(f"{where}: {status}, {message}", status=status, body=body)
    if isinstance(error, TooMany):
        error.retry_after_s = retry_after_s(headers)
    return error


def _sentence(body: object) -> str | None:
    """Return the first text among those that servers of this wire say it in."""
    found = (told(body, "message"), told(told(body, "error"), "message"),
             told(body, "detail"), told(body, "title"))  # fmt: skip
    texts = (one.strip() for one in found if isinstance(one, str))
    return next((one[:_MOST] for one in texts if one), None)


def _shown(content: bytes) -> str:
    return " ".join(content[:_MOST_SHOWN].decode("utf-8", "replace").split())
