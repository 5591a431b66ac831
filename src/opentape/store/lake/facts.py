"""What a journal becomes: the same tables without columns, and where those stand."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from opentape.market.errors import Damaged
from opentape.store.journal import tables
from opentape.store.journal.database import book, reading
from opentape.store.journal.rows import flaw_of
from opentape.store.journal.tables import TABLES, About, Row
from opentape.store.lake.maps import Map

_SHEETS: Final = """
CREATE TABLE sheets (name TEXT PRIMARY KEY, body BLOB NOT NULL, crc INTEGER NOT NULL);
"""
_COPIED: Final = """
INSERT INTO named SELECT * FROM journal.named ORDER BY number;
INSERT INTO recorded SELECT * FROM journal.recorded ORDER BY number;
"""
_decoder: Final = msgspec.msgpack.Decoder(Map)


class FactsWriter:
    """A book that grows row by row, all in one transaction."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, isolation_level=None)
        # it is flushed as a whole, before it has a name
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.executescript(f"BEGIN; {TABLES} {_SHEETS}")

    def add(self, row: Row) -> None:
        """Append a row."""
        self._base.execute(tables.INSERT, row)

    def finish(self, journal: Path, about: About, maps: Iterable[Map]) -> None:
        """Copy from a journal what has no columns, and say where the columns are."""
        base = self._base
        for one in maps:
            body = msgspec.msgpack.encode(one)
            row = (one.name, body, crc32(body))
            base.execute("INSERT INTO sheets VALUES (?, ?, ?)", row)
        told = msgspec.json.encode(about)
        base.execute("INSERT INTO about VALUES (0, ?, ?)", (told, crc32(told)))
        base.execute("COMMIT")
        base.execute("ATTACH ? AS journal", (str(journal),))
        base.executescript(f"BEGIN; {_COPIED} COMMIT;")
        base.execute("DETACH journal")

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()


def maps_of(folder: Path) -> Sequence[Map]:
    """Return where the columns of a session are; nothing for one that has a journal.

    Raises
    ------
    Damaged
        If it is not as it was written.
    """
    try:
        with reading(folder) as base, closing(base.cursor()) as cursor:
            if not cursor.execute(
                "SELECT 1 FROM sqlite_schema WHERE name = 'sheets'"
            ).fetchone():
                return []
            found = cursor.execute("SELECT name, body, crc FROM sheets").fetchall()
    except sqlite3.Error as error:
        raise Damaged(f"{book(folder)} is damaged: {flaw_of(folder, error)}") from error
    return [_map(folder, *row) for row in found]


def _map(folder: Path, name: str, body: bytes, crc: int) -> Map:
    try:
        if crc32(body) == crc:
            return _decoder.decode(body)
    except (TypeError, msgspec.MsgspecError):
        pass
    raise Damaged(f"{book(folder)} is damaged: it does not tell where {name} has what")
