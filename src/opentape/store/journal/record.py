"""Signals as they were emitted, each linked to the one before by its hash."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from opentape.desk.journal.ports import Recorded
from opentape.market.errors import Damaged
from opentape.store.journal.database import book, reading
from opentape.store.journal.rows import about_of, flaw_of

INSERT: Final = "INSERT INTO recorded VALUES (?, ?, ?, ?, ?)"
_CHUNK: Final = 1024
_COLUMNS: Final = """number, entry, symbol, body, hash,
    (SELECT hash FROM recorded AS before WHERE before.number = signal.number - 1)"""
_ALL: Final = f"""SELECT {_COLUMNS} FROM recorded AS signal
    WHERE number >= ? AND ?2 IS NULL ORDER BY number LIMIT {_CHUNK}"""  # noqa: S608
_SOME: Final = f"""SELECT {_COLUMNS} FROM recorded AS signal
    WHERE number >= ? AND symbol IN (SELECT value FROM json_each(?2))
    ORDER BY number LIMIT {_CHUNK}"""  # noqa: S608
_COUNTED: Final = "SELECT recorded FROM entries ORDER BY number DESC LIMIT 1"


class Link(NamedTuple):
    """Where a chain ends: how many signals it has, and the hash of the last."""

    end: int
    hash: bytes

    def then(self, signals: Sequence[Recorded]) -> tuple["Link", list[tuple[Any, ...]]]:
        """Return where the chain ends with more signals, and the rows that they are."""
        number, head = self
        rows = list[tuple[Any, ...]]()
        for signal in signals:
            head = linked(head, signal)
            rows.append((number, *signal, head))
            number += 1
        return Link(number, head), rows


def genesis(run: str) -> Link:
    """Return the chain of a session before its first signal."""
    return Link(0, sha256(run.encode()).digest())


def linked(before: bytes, signal: Recorded) -> bytes:
    """Return the hash of a signal: of the one before, of its entry, symbol and body."""
    head = f"{signal.entry} {signal.symbol}\n".encode()
    return sha256(before + head + signal.body).digest()


def last_link(base: sqlite3.Connection, run: str) -> Link:
    """Return where the chain of a journal ends."""
    found = base.execute(
        "SELECT number + 1, hash FROM recorded ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return Link(*found) if found else genesis(run)


def read(folder: Path, run: str, symbols: Collection[str] | None) -> Iterator[Recorded]:
    """Yield the signals of a journal, of all underlyings or some.

    Raises
    ------
    Damaged
        At a link that does not follow from the one before, or where links are missing.
    """
    wanted = None if symbols is None else msgspec.json.encode(sorted(symbols)).decode()
    counted = about_of(folder).signals or _counted(folder)
    number, flaw, found = 0, None, True
    while found and flaw is None:
        found, broken = _chunk(folder, number, wanted)
        for at, *told, head, before in found:
            if wanted is None and at != number:
                flaw = "it is missing"
                break
            number, signal = at, Recorded._make(told)
            flaw = _flaw(signal, head, genesis(run).hash if at == 0 else before)
            if flaw is not None:
                break
            yield signal
            number += 1
        flaw = flaw or broken
    if flaw is None and wanted is None and number < counted:
        flaw = f"the signals from it to {counted - 1:,} are missing"
    if flaw is not None:
        raise Damaged(
            f"{book(folder)} is damaged at signal {number:,} of the record: {flaw}"
        )


def _flaw(signal: Recorded, told: bytes, before: bytes | None) -> str | None:
    try:
        follows = linked(before or b"", signal) == told
    except (TypeError, AttributeError):
        follows = False
    return None if follows else "its hash does not follow from the one before"


def _counted(folder: Path) -> int:
    """Return how many signals the last entry tells of, 0 where that cannot be read."""
    try:
        with reading(folder) as base:
            found = base.execute(_COUNTED).fetchone()
    except sqlite3.Error:
        return 0
    return found[0] if found else 0


def _chunk(
    folder: Path, first: int, wanted: str | None
) -> tuple[list[tuple[Any, ...]], str | None]:
    found = list[tuple[Any, ...]]()
    sql = _ALL if wanted is None else _SOME
    try:
        with reading(folder) as base:
            found.extend(base.execute(sql, (first, wanted)))
    except sqlite3.Error as error:
        return found, flaw_of(folder, error)
    return found, None
