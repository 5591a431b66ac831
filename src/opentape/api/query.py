"""Queries: a question's struct from the text behind the ``?``.

The struct says everything: names, types, defaults, bounds. A number outside its bounds is
taken as the bound, as this family of APIs does; what is not of the type at all, or not
among the words of a closed set, is refused with the code ``invalid_<name>``.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from msgspec import inspect

from opentape.market.errors import InputError

Query = TypeVar("Query", bound=msgspec.Struct)

_WORDS: Final = {"true": True, "1": True, "false": False, "0": False}
_MOST_FIELDS: Final = 64
_EXPIRIES: Final = ("expiry", "expiration")
_LONGEST_KEPT: Final = 512
"""Longer query strings are read anew each time, so that nobody fills memory with them."""
_MOST_KEPT: Final = 1 << 11


class BadParameter(InputError):
    """A parameter of a request that is missing or cannot be read."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class _Unreadable(Exception):
    """What a text should have been, in words."""


class _Field(NamedTuple):
    name: str
    spellings: tuple[str, ...]
    read: Callable[[str], object]
    missing: str | None
    """The code of its absence; None where there is a default."""


def texts(query: bytes) -> Mapping[str, str]:
    """Return the parameters of a query string; the first of a repeated one counts.

    Raises
    ------
    BadParameter
        If it is no UTF-8, or has too many parts.
    """
    return _texts_again(query) if len(query) <= _LONGEST_KEPT else _texts(query)


def asked(kind: type[Query], query: bytes) -> Query:
    """Return the question that a query string asks.

    Raises
    ------
    BadParameter
        As `texts` and `read`.
    """
    if len(query) > _LONGEST_KEPT:
        return read(kind, texts(query))
    return cast("Query", _asked_again(kind, query))


def _texts(query: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            query.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise BadParameter(
            "invalid_query", "query", "the query string must be percent-encoded UTF-8"
        ) from error
    return MappingProxyType(dict(reversed(pairs)))


_texts_again: Final = lru_cache(_MOST_KEPT)(_texts)


@lru_cache(_MOST_KEPT)
def _asked_again(kind: type[msgspec.Struct], query: bytes) -> msgspec.Struct:
    return read(kind, texts(query))


def read(kind: type[Query], given: Mapping[str, str]) -> Query:
    """Return the question that parameters ask.

    Raises
    ------
    BadParameter
        If one is missing or cannot be read.
    """
    found: dict[str, object] = {}
    for field in _fields(kind):
        text = next((given[one] for one in field.spellings if one in given), None)
        if text is not None:
            found[field.name] = _value(field, text)
        elif field.missing is not None:
            spelled = field.spellings[0]
            raise BadParameter(field.missing, spelled, f"{spelled} is required")
    return kind(**found)


def _value(field: _Field, text: str) -> object:
    try:
        return field.read(text.strip())
    except _Unreadable as error:
        name = "expiry" if field.name in _EXPIRIES else field.name
        message = f"{field.spellings[0]} must be {error}, was {text[:64]!r}"
        raise BadParameter(f"invalid_{name}", field.spellings[0], message) from error


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[_Field, ...]:
    told = cast("inspect.StructType", inspect.type_info(kind))
    return tuple(
        _Field(
            field.name,
            tuple(dict.fromkeys((field.encode_name, field.name))),
            _reader(field.type),
            _code(field) if field.required else None,
        )
        for field in told.fields
    )


def _code(field: inspect.Field) -> str:
    """Return how the absence of a field is told: a word of a set is invalid then."""
    is_word = isinstance(field.type, inspect.LiteralType | inspect.EnumType)
    return f"{'invalid' if is_word else 'missing'}_{field.name}"


def _reader(kind: inspect.Type) -> Callable[[str], object]:
    if isinstance(kind, inspect.Metadata):
        return _reader(kind.type)
    if isinstance(kind, inspect.UnionType):
        inner = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _reader(inner[0])
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _number(kind)
    if isinstance(kind, inspect.EnumType):
        return _word([str(one.value) for one in kind.cls], kind.cls)
    if isinstance(kind, inspect.LiteralType):
        return _word([str(one) for one in kind.values], str)
    return _PLAIN[type(kind)]


def _number(kind: inspect.IntType | inspect.FloatType) -> Callable[[str], object]:
    whole = isinstance(kind, inspect.IntType)
    least, most = kind.ge, kind.le

    def number(text: str) -> object:
        value = _finite(text)
        if whole and not value.is_integer():
            raise _Unreadable("a whole number")
        if least is not None:
            value = max(value, least)
        if most is not None:
            value = min(value, most)
        return int(value) if whole else value

    return number


def _finite(text: str) -> float:
    try:
        # float() takes underscores and non-ASCII digits, which no client means
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _Unreadable("a number")
    return value


def _word(words: list[str], kind: Callable[[str], object]) -> Callable[[str], object]:
    by_case = {word.casefold(): word for word in words}

    def word(text: str) -> object:
        found = by_case.get(text.casefold())
        if found is None:
            raise _Unreadable(" or ".join(words))
        return kind(found)

    return word


def _yes_or_no(text: str) -> bool:
    found = _WORDS.get(text.casefold())
    if found is None:
        raise _Unreadable("true or false")
    return found


def _date(text: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        found = None
    # fromisoformat takes weeks and dates without hyphens too
    if found is None or str(found) != text:
        raise _Unreadable("a date as YYYY-MM-DD")
    return found


def _several(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


_PLAIN: Final[Mapping[type[inspect.Type], Callable[[str], Any]]] = {
    inspect.StrType: str,
    inspect.BoolType: _yes_or_no,
    inspect.DateType: _date,
    inspect.VarTupleType: _several,
}
