"""Tables of alerts: a folder of Parquet, a DuckDB file, a PostgreSQL database."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from opentape.scanner.day import Digest
from opentape.scanner.library import needed
from opentape.scanner.sinks.alert import Alert, SinkFailed
from opentape.scanner.sinks.columns import KEY, Kind, columns, create_table, insert, rows_of

_MOST: Final = 500
_NEW_YORK: Final = ZoneInfo("America/New_York")


class Parquet:
    """A file a day, named by the date in New York; fills `Sink`.

    A file is written aside and then renamed, so it is whole whenever it is read.
    """

    most: ClassVar[int] = _MOST

    def __init__(self, folder: Path) -> None:
        needed("pyarrow", "parquet", "a destination of the kind parquet")
        self._folder = folder

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts."""
        await asyncio.to_thread(self._keep, alerts)

    async def send_digest(self, digest: Digest) -> None:
        """Do nothing: what it sums is kept."""

    def _keep(self, alerts: Sequence[Alert]) -> None:
        by_day = dict[str, list[Alert]]()
        for alert in alerts:
            by_day.setdefault(f"{alert.at.astimezone(_NEW_YORK):%Y-%m-%d}", []).append(
                alert
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for day, some in by_day.items():
                self._add(self._folder / f"{day}.parquet", some)
        except OSError as error:
            raise SinkFailed(
                f"{self._folder} cannot be written: {error.strerror}"
            ) from error

    def _add(self, path: Path, alerts: Sequence[Alert]) -> None:
        pyarrow = needed("pyarrow", "parquet", "Parquet")
        parquet = needed("pyarrow.parquet", "parquet", "Parquet")
        there = parquet.read_table(path) if path.exists() else None
        known = set[str]() if there is None else set(there[KEY].to_pylist())
        fresh = [alert for alert in alerts if alert.key not in known]
        if not fresh:
            return
        values = zip(*rows_of(fresh), strict=True)
        schema = pyarrow.schema(
            [(column.name, _arrow(pyarrow, column.kind)) for column in columns()]
        )
        arrays = [
            pyarrow.array(list(told), type=field.type)
            for told, field in zip(values, schema, strict=True)
        ]
        table = pyarrow.Table.from_arrays(arrays, schema=schema)
        if there is not None:
            table = pyarrow.concat_tables([there, table], promote_options="default")
        aside = path.with_suffix(".part")
        parquet.write_table(table, aside)
        aside.replace(path)


class DuckDB:
    """A table in a DuckDB file, open only while it is written; fills `Sink`."""

    most: ClassVar[int] = _MOST

    def __init__(self, path: Path, table: str) -> None:
        self._duckdb = needed("duckdb", "duckdb", "a destination of the kind duckdb")
        self._path, self._table = path, table

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts."""
        await asyncio.to_thread(self._keep, alerts)

    async def send_digest(self, digest: Digest) -> None:
        """Do nothing: what it sums is kept."""

    def _keep(self, alerts: Sequence[Alert]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._duckdb.connect(str(self._path)) as database:
                database.execute("BEGIN")
                for statement in create_table(self._table):
                    database.execute(statement)
                database.executemany(insert(self._table, "?"), rows_of(alerts))
                database.execute("COMMIT")
        except (self._duckdb.Error, OSError) as error:
            raise SinkFailed(f"{self._path} cannot be written: {_first(error)}") from error


class Postgres:
    """A table in a PostgreSQL database; fills `Sink`."""

    most: ClassVar[int] = _MOST

    def __init__(self, url: str, table: str) -> None:
        self._psycopg = needed("psycopg", "postgres", "a destination of the kind postgres")
        self._url, self._table = url, table
        self._made = False

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts."""
        await asyncio.to_thread(self._keep, alerts)

    async def send_digest(self, digest: Digest) -> None:
        """Do nothing: what it sums is kept."""

    def _keep(self, alerts: Sequence[Alert]) -> None:
        try:
            with (
                self._psycopg.connect(self._url, connect_timeout=10) as database,
                database.cursor() as cursor,
            ):
                for statement in [] if self._made else create_table(self._table):
                    cursor.execute(statement)
                cursor.executemany(insert(self._table, "%s"), rows_of(alerts))
        except self._psycopg.Error as error:
            # what it says may hold the address, and that the password
            raise SinkFailed(f"PostgreSQL took nothing: {type(error).__name__}") from None
        self._made = True


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _arrow(pyarrow: Any, kind: Kind) -> Any:
    return {
        Kind.TEXT: pyarrow.string(),
        Kind.WHOLE: pyarrow.int64(),
        Kind.NUMBER: pyarrow.float64(),
        Kind.INSTANT: pyarrow.timestamp("us", tz="UTC"),
        Kind.DAY: pyarrow.date32(),
        Kind.TEXTS: pyarrow.list_(pyarrow.string()),
    }[kind]
