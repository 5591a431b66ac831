"""What is kept of a session, in figures, and whether it is as it was written."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from opentape.desk.journal.ports import Finding, Holding, State
from opentape.market.columns import PrintBatch
from opentape.market.errors import BadFile, Damaged
from opentape.store.journal import record
from opentape.store.journal.database import FACTS, book, reading
from opentape.store.journal.facts import Kind
from opentape.store.journal.kept import Kept
from opentape.store.journal.lock import is_held
from opentape.store.journal.rows import about_of, flaw_of, tail
from opentape.store.lake.bodies import LakeBodies
from opentape.store.lake.manifest import NAME as MANIFEST
from opentape.store.lake.manifest import findings, session_hash

_COUNTS: Final = """SELECT kind, count(*), sum(rows), min(instant_ns), max(instant_ns)
    FROM entries GROUP BY kind"""


def holding(folder: Path) -> Holding:
    """Return what is kept in the folder of a session.

    Raises
    ------
    Damaged
        If that cannot be told.
    """
    about = about_of(folder)
    try:
        with reading(folder) as base:
            counts = {kind: row for kind, *row in base.execute(_COUNTS)}
            link = record.last_link(base, about.run)
    except sqlite3.Error as error:
        raise Damaged(f"{book(folder)} is damaged: {flaw_of(folder, error)}") from error
    prints, size = _sum(counts, Kind.PRINTS), _size(folder)
    return Holding(
        date=dt.date.fromisoformat(about.date),
        state=state_of(folder),
        feed=about.feed,
        run=about.run,
        entries=sum(row[0] for row in counts.values()),
        prints=prints,
        stock_prints=_sum(counts, Kind.STOCKS),
        chains=counts.get(Kind.CHAIN, [0])[0],
        signals=link.end,
        gaps=about.gaps,
        missing=about.missing,
        first_ns=min((row[2] for row in counts.values()), default=None),
        last_ns=max((row[3] for row in counts.values()), default=None),
        bytes=size,
        bytes_per_print=size / prints if prints else None,
        content=session_hash(folder),
        record=link.hash.hex() if link.end else None,
    )


def state_of(folder: Path) -> State:
    """Return how a session is kept."""
    if (folder / FACTS).exists():
        return State.LAKE
    return State.RUNNING if is_held(folder) else State.JOURNAL


def verify(folder: Path, on_rows: Callable[[int], None] | None = None) -> Iterator[Finding]:
    """Yield what is not as it was written.

    Parameters
    ----------
    on_rows
        Called with the prints of each entry that was read.
    """
    if (folder / FACTS).exists() or (folder / MANIFEST).exists():
        yield from findings(folder)
    name = book(folder).name
    try:
        kept = Kept(folder, LakeBodies)
        if torn := tail(folder).torn:
            yield Finding(name, "entries, the last", torn)
        yield from _entries(name, kept, on_rows)
        yield from _record(name, kept)
        yield from _pages(folder)
    except (BadFile, Damaged) as error:
        yield Finding(name, "the file", str(error))


def _entries(
    name: str, kept: Kept, on_rows: Callable[[int], None] | None
) -> Iterator[Finding]:
    count = 0
    try:
        for entry in kept.entries():
            count += 1
            if on_rows is not None and isinstance(entry.fact, PrintBatch):
                on_rows(entry.fact.rows)
    except Damaged as error:
        yield Finding(name, f"entries, number {count:,}", str(error))


def _record(name: str, kept: Kept) -> Iterator[Finding]:
    count = 0
    try:
        for _ in kept.recorded():
            count += 1
    except Damaged as error:
        place = f"record, number {count:,}, cursor {kept.run}.{count}"
        yield Finding(name, place, str(error))


def _pages(folder: Path) -> Iterator[Finding]:
    """Yield what SQLite finds wrong with its own pages."""
    try:
        with reading(folder) as base:
            told = [row[0] for row in base.execute("PRAGMA integrity_check(10)")]
    except sqlite3.Error as error:
        told = [flaw_of(folder, error)]
    for what in told:
        if what != "ok":
            yield Finding(book(folder).name, "its pages", what)


def _sum(counts: dict[int, list[int]], kind: Kind) -> int:
    return counts[kind][1] if kind in counts else 0


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
