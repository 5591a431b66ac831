"""The rows of a journal in order, and what there is to say where they end or break."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from opentape.market.errors import BadFile, Damaged
from opentape.store.journal.database import is_damage, reading, words
from opentape.store.journal.lock import marked
from opentape.store.journal.tables import Row

_CHUNK_BYTES: Final = 8 << 20
_CHUNK_ROWS: Final = 256
_FROM: Final = "SELECT * FROM entries WHERE number >= ? ORDER BY number"
_LAST: Final = "SELECT * FROM entries ORDER BY number DESC LIMIT 2"
_BEFORE: Final = "SELECT * FROM entries WHERE number < ? ORDER BY number DESC LIMIT 1"


class Tail(NamedTuple):
    """Where a journal ends."""

    last: Row | None
    """The last row that is whole, None if there is none."""
    torn: str | None
    """What is wrong with a row behind it, in a sentence."""


def rows(path: Path, first: int) -> Iterator[Row]:
    """Yield the rows of a journal from a number on.

    A last row that is torn is left out. No connection is held between two rows.

    Raises
    ------
    Damaged
        At a row that is not as it was written, or where rows are missing.
    """
    acknowledged = marked(path.parent)
    number, flaw, found = first, None, True
    while found and flaw is None:
        found, broken = _chunk(path, number)
        for row in found:
            flaw = row.flaw if row.number == number else "it is missing"
            if flaw is not None:
                break
            yield row
            number += 1
        flaw = flaw or broken
    if flaw is not None and not _is_last(path, number):
        raise damage(path, number, flaw)
    check_end(path, number, acknowledged)


def tail(path: Path) -> Tail:
    """Return where a journal ends.

    Raises
    ------
    Damaged
        If more than its last row is torn.
    """
    acknowledged = marked(path.parent)
    found, flaw = _fetched(path, _LAST)
    if flaw is not None and not found:
        ends, broken = _highest(path)
        if ends is None:
            raise damage(path, 0, broken or flaw)
        found, broken = _fetched(path, _BEFORE, ends)
        if broken is not None:
            raise damage(path, ends - 1, broken)
    elif found and (flaw := found[0].flaw):
        found = found[1:]
    last = found[0] if found else None
    if last is not None and last.flaw:
        raise damage(path, last.number, last.flaw)
    end = last.number + 1 if last else 0
    check_end(path, end, acknowledged)
    if flaw is None and end < acknowledged:
        flaw = "it was acknowledged and is missing"
    return Tail(last, flaw and f"{path} lost its last entry, {end:,}: {flaw}")


def damage(path: Path, number: int, flaw: str) -> Damaged:
    """Return the error that names the entry from which on a journal is damaged."""
    before = f"the {number:,} before it are whole" if number else "it is the first"
    return Damaged(f"{path} is damaged at entry {number:,}: {flaw}; {before}")


def check_end(path: Path, end: int, acknowledged: int) -> None:
    """Refuse a journal that lacks more than one entry that was acknowledged.

    Raises
    ------
    Damaged
        If so.
    """
    if acknowledged > end + 1:
        flaw = f"the entries from it to {acknowledged - 1:,} are missing"
        raise damage(path, end, flaw)


def _chunk(path: Path, first: int) -> tuple[list[Row], str | None]:
    """Return some rows from a number on, and what kept SQLite from reading the next."""
    return _fetched(path, _FROM, first)


def _fetched(path: Path, sql: str, *given: int) -> tuple[list[Row], str | None]:
    found: list[Row] = []
    size = 0
    try:
        with reading(path) as base:
            for row in base.execute(sql, given):
                found.append(Row._make(row))
                size += len(found[-1].body or b"")
                if size > _CHUNK_BYTES or len(found) == _CHUNK_ROWS:
                    break
    except sqlite3.Error as error:
        return found, flaw_of(path, error)
    return found, None


def _highest(path: Path) -> tuple[int | None, str | None]:
    try:
        with reading(path) as base:
            return base.execute("SELECT max(number) FROM entries").fetchone()[0], None
    except sqlite3.Error as error:
        return None, flaw_of(path, error)


def _is_last(path: Path, number: int) -> bool:
    return _highest(path)[0] == number


def flaw_of(path: Path, error: sqlite3.Error) -> str:
    """Return what kept SQLite from reading a file.

    Raises
    ------
    BadFile
        If it is not what the file holds.
    """
    if not is_damage(error):
        raise BadFile(f"{path} cannot be read: {words(error)}") from error
    return words(error)
