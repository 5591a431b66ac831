"""Alerts as rows of a table, one a signal, ready to be held against what came after."""

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_args

from opentape.client import tables
from opentape.client.wire.replies import FlowSignal, SignalsChain
from opentape.scanner.sinks.alert import Alert


class Kind(Enum):
    """What a column holds: its type in SQL, the same for DuckDB and PostgreSQL."""

    TEXT = "TEXT"
    WHOLE = "BIGINT"
    NUMBER = "DOUBLE PRECISION"
    INSTANT = "TIMESTAMPTZ"
    DAY = "DATE"
    TEXTS = "TEXT[]"


class Column(NamedTuple):
    """One column of the table."""

    name: str
    kind: Kind
    read: Callable[[Alert], Any]


KEY: Final = "key"
"""Tells a row from every other."""


@lru_cache(maxsize=1)
def columns() -> tuple[Column, ...]:
    """Return the columns: when and why it was alerted, the signal, its chain."""
    own = (
        Column(KEY, Kind.TEXT, attrgetter("key")),
        Column("alerted_at", Kind.INSTANT, attrgetter("at")),
        Column("rules", Kind.TEXTS, _rules),
        Column("symbol", Kind.TEXT, attrgetter("facts.symbol")),
        Column("spot", Kind.NUMBER, attrgetter("facts.spot")),
        Column("flow_direction", Kind.TEXT, _direction),
    )
    signal = [
        _column(one, "", attrgetter("facts.signal"))
        for one in tables.columns_of(FlowSignal)
        if one.title != "symbol"
    ]
    chain = [
        _column(one, "chain_", attrgetter("facts.chain"))
        for one in tables.columns_of(SignalsChain)
    ]
    return (*own, *signal, *chain)


def rows_of(alerts: Sequence[Alert]) -> list[list[Any]]:
    """Return the values of alerts, column by column."""
    return [[column.read(alert) for column in columns()] for alert in alerts]


def create_table(table: str) -> list[str]:
    """Return the SQL that makes the table, or adds columns that it has not."""
    quoted = quote(table)
    made = f"CREATE TABLE IF NOT EXISTS {quoted} ({KEY} TEXT PRIMARY KEY)"
    adds = [
        f"ALTER TABLE {quoted} ADD COLUMN IF NOT EXISTS "
        f"{quote(column.name)} {column.kind.value}"
        for column in columns()
        if column.name != KEY
    ]
    return [made, *adds]


def insert(table: str, place: str) -> str:
    """Return the SQL that adds a row, unless its signal has one.

    Parameters
    ----------
    place
        How the library spells where a value goes.
    """
    names = ", ".join(quote(column.name) for column in columns())
    places = ", ".join(place for _ in columns())
    return (
        f"INSERT INTO {quote(table)} ({names}) VALUES ({places}) "  # noqa: S608 - quoted
        f"ON CONFLICT ({KEY}) DO NOTHING"
    )


def quote(name: str) -> str:
    """Return a name as SQL takes any."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _rules(alert: Alert) -> list[str]:
    return list(alert.rules)


def _direction(alert: Alert) -> str | None:
    return None if alert.facts.flow is None else alert.facts.flow.flow_direction


def _column(one: tables.Column, above: str, outer: Callable[[Alert], Any]) -> Column:
    name = above + one.title.replace(".", "_")

    def read(alert: Alert) -> Any:
        return one.read(outer(alert))

    return Column(name, _kind(one.told), read)


_PLAIN: Final = {str: Kind.TEXT, int: Kind.WHOLE, float: Kind.NUMBER}


def _kind(told: Any) -> Kind:
    parts = {told, *get_args(told)}
    for part in tuple(parts):
        parts |= set(get_args(part))
    if tables.INSTANT in parts or tables.DAY in parts:
        return Kind.INSTANT if tables.INSTANT in parts else Kind.DAY
    if Ellipsis in parts:
        return Kind.TEXTS
    found = {kind for plain, kind in _PLAIN.items() if plain in parts}
    return Kind.NUMBER if Kind.NUMBER in found else next(iter(found), Kind.TEXT)
