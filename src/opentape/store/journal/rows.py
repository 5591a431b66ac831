"""The rows of a journal in order, and what there is to say where they end or break."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from opentape.market.errors import BadFile, Damaged
from opentape.store.journal.database import book, is_damage, reading, words
from opentape.store.journal.lock import marked
from opentape.store.journal.tables import VERSION, About, Row

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


def rows(folder: Path, first: int) -> Iterator[Row]:
    """Yield the rows of a journal from a number on.

    A last row that is torn is left out. No connection is held between two rows.

    Raises
    ------
    Damaged
        At a row that is not as it was written, or where rows are missing.
    """
    acknowledged = marked(folder)
    sealed = about_of(folder).entries
    number, flaw, found = first, None, True
    while found and flaw is None:
        found, broken = _chunk(folder, number)
        for row in found:
            flaw = row.flaw if row.number == number else "it is missing"
            if flaw is not None:
                break
            yield row
            number += 1
        flaw = flaw or broken
    if sealed is not None and flaw is None and number < sealed:
        flaw = f"the entries from it to {sealed - 1:,} are missing"
    if flaw is not None and (sealed is not None or not _is_last(folder, number)):
        raise damage(folder, number, flaw)
    check_end(folder, number, acknowledged)


def tail(folder: Path) -> Tail:
    """Return where a journal ends.

    Raises
    ------
    Damaged
        If more than its last row is torn.
    """
    acknowledged = marked(folder)
    found, flaw = _fetched(folder, _LAST)
    if flaw is not None and not found:
        ends, broken = _highest(folder)
        if ends is None:
            raise damage(folder, 0, broken or flaw)
        found, broken = _fetched(folder, _BEFORE, ends)
        if broken is not None:
            raise damage(folder, ends - 1, broken)
    elif found and (flaw := found[0].flaw):
        found = found[1:]
    last = found[0] if found else None
    if last is not None and last.flaw:
        raise damage(folder, last.number, last.flaw)
    end = last.number + 1 if last else 0
    check_end(folder, end, acknowledged)
    if flaw is None and end < acknowledged:
        flaw = "it was acknowledged and is missing"
    return Tail(last, flaw and f"{book(folder)} lost its last entry, {end:,}: {flaw}")


def about_of(folder: Path) -> About:
    """Return whose journal a file is.

    Raises
    ------
    BadFile
        If it may not be read, or was written by a later version.
    Damaged
        If it cannot be told.
    """
    try:
        with reading(folder) as base:
            body, crc = base.execute("SELECT body, crc FROM about").fetchone()
        if crc32(body) != crc:
            raise damage(folder, 0, "it does not tell whose it is")
        about = msgspec.json.decode(body, type=About)
    except sqlite3.Error as error:
        raise damage(folder, 0, flaw_of(folder, error)) from error
    except (TypeError, msgspec.MsgspecError) as error:
        raise damage(folder, 0, str(error)) from error
    if about.version > VERSION:
        raise BadFile(f"{book(folder)} was written by a later version of opentape")
    return about


def damage(folder: Path, number: int, flaw: str) -> Damaged:
    """Return the error that names the entry from which on a journal is damaged."""
    before = f"the {number:,} before it are whole" if number else "it is the first"
    return Damaged(f"{book(folder)} is damaged at entry {number:,}: {flaw}; {before}")


def check_end(folder: Path, end: int, acknowledged: int) -> None:
    """Refuse a journal that lacks more than one entry that was acknowledged.

    Raises
    ------
    Damaged
        If so.
    """
    if acknowledged > end + 1:
        flaw = f"the entries from it to {acknowledged - 1:,} are missing"
        raise damage(folder, end, flaw)


def _chunk(folder: Path, first: int) -> tuple[list[Row], str | None]:
    """Return some rows from a number on, and what kept SQLite from reading the next."""
    return _fetched(folder, _FROM, first)


def _fetched(folder: Path, sql: str, *given: int) -> tuple[list[Row], str | None]:
    found: list[Row] = []
    size = 0
    try:
        with reading(folder) as base:
            for row in base.execute(sql, given):
                found.append(Row._make(row))
                size += len(found[-1].body or b"")
                if size > _CHUNK_BYTES or len(found) == _CHUNK_ROWS:
                    break
    except sqlite3.Error as error:
        return found, flaw_of(folder, error)
    return found, None


def _highest(folder: Path) -> tuple[int | None, str | None]:
    try:
        with reading(folder) as base:
            return base.execute("SELECT max(number) FROM entries").fetchone()[0], None
    except sqlite3.Error as error:
        return None, flaw_of(folder, error)


def _is_last(folder: Path, number: int) -> bool:
    return _highest(folder)[0] == number


def flaw_of(folder: Path, error: sqlite3.Error) -> str:
    """Return what kept SQLite from reading a file.

    Raises
    ------
    BadFile
        If it is not what the file holds.
    """
    if not is_damage(error):
        raise BadFile(f"{book(folder)} cannot be read: {words(error)}") from error
    return words(error)
