"""Rows of answers as columns, for pandas and polars where these are installed."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple, cast, get_args

import msgspec

from opentape.client.errors import BadReply, Missing

INSTANT: Final = "instant"
"""Marks texts that are instants."""
DAY: Final = "day"
"""Marks texts that are dates."""


class Column(NamedTuple):
    """One column, read from a row."""

    title: str
    """As the wire spells it, nested names joined by a dot."""
    read: Callable[[Any], object]
    told: Any
    """Its type, as the answer's has it."""


def to_pandas(rows: Sequence[Any], kind: type[msgspec.Struct] | None = None) -> Any:
    """Return rows as a `pandas.DataFrame`; instants and dates are such.

    Parameters
    ----------
    rows
        Records of one type.
    kind
        That type, where there may be no rows.
    """
    pandas = _library("pandas")
    columns = _columns_for(rows, kind)
    told = {column.title: [column.read(row) for row in rows] for column in columns}
    return pandas.DataFrame(told)


def to_polars(rows: Sequence[Any], kind: type[msgspec.Struct] | None = None) -> Any:
    """Return rows as a `polars.DataFrame`; takes what `to_pandas` takes."""
    polars = _library("polars")
    columns = _columns_for(rows, kind)
    told = {column.title: [column.read(row) for row in rows] for column in columns}
    return polars.DataFrame(told, strict=False)


def rows_of(
    record: msgspec.Struct, field: str | None = None
) -> tuple[Sequence[Any], type[msgspec.Struct]]:
    """Return the rows in a reply, and of what type they are; itself where it has none.

    Raises
    ------
    ValueError
        If there are several lists of them and none was named, or one that is not there.
    """
    lists = {
        one.name: kind
        for one in msgspec.structs.fields(record)
        if (kind := _listed(one.type)) is not None
    }
    if field is None and len(lists) != 1:
        if not lists:
            return [record], type(record)
        raise ValueError(f"name the rows that you want: one of {', '.join(lists)}")
    name = next(iter(lists)) if field is None else field
    if name not in lists:
        raise ValueError(f"rows are under {', '.join(lists) or 'no name'}, was {name!r}")
    return getattr(record, name), lists[name]


def _columns_for(rows: Sequence[Any], kind: type[msgspec.Struct] | None) -> list[Column]:
    if kind is None and rows:
        kind = cast("type[msgspec.Struct]", type(rows[0]))
    return [] if kind is None else columns_of(kind)


def columns_of(kind: type[msgspec.Struct], above: str = "") -> list[Column]:
    """Return the columns of a type, those of nested ones after a dot."""
    return list(_columns(kind, above, lambda row: row))


def _columns(
    kind: type[msgspec.Struct], above: str, outer: Callable[[Any], Any]
) -> Iterator[Column]:
    for field in msgspec.structs.fields(kind):
        title = above + field.encode_name
        read = _reader(outer, field.name)
        inner = _nested(field.type)
        if inner is not None:
            yield from _columns(inner, f"{title}.", read)
            continue
        yield Column(title, _as_value(read, _mark(field.type)), field.type)


def _reader(outer: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(outer(row), name, None)


def _as_value(read: Callable[[Any], Any], mark: str | None) -> Callable[[Any], object]:
    if mark is None:
        return lambda row: _plain(read(row))
    parse = dt.datetime.fromisoformat if mark == INSTANT else dt.date.fromisoformat

    def value(row: Any) -> object:
        text = read(row)
        try:
            return None if text is None else parse(text)
        except ValueError as error:
            raise BadReply(f"a server told {text!r} where a time belongs") from error

    return value


def _plain(value: object) -> object:
    """Return a value as data frames take it: lists, not tuples, of what is no struct."""
    if isinstance(value, tuple):
        return [msgspec.to_builtins(one) for one in cast("Iterable[object]", value)]
    return value


def _mark(kind: Any) -> str | None:
    for part in get_args(kind):
        found = part if part in {INSTANT, DAY} else _mark(part)
        if found is not None:
            return found
    return None


def _nested(kind: Any) -> type[msgspec.Struct] | None:
    choices = (kind, *get_args(kind))
    return next((one for one in choices if _is_struct(one)), None)


def _listed(kind: Any) -> type[msgspec.Struct] | None:
    choices = (kind, *get_args(kind))
    items = (get_args(one)[:1] for one in choices if get_args(one)[1:] == (...,))
    return next((one for item in items for one in item if _is_struct(one)), None)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise Missing(f"{name} is needed and not installed: pip install {name}") from error
