"""A session's journal to the lake: written beside it, compared, then put in its place."""

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import msgspec
import numpy as np

from opentape.desk.past.quality import gaps_of
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import Damaged, StoreFailed
from opentape.store.journal import record
from opentape.store.journal.database import FACTS, JOURNAL, reading, sync
from opentape.store.journal.facts import Kind, pack
from opentape.store.journal.kept import Kept
from opentape.store.journal.lock import Lock
from opentape.store.journal.rows import about_of, damage, rows
from opentape.store.journal.tables import About
from opentape.store.lake.bodies import LakeBodies
from opentape.store.lake.columns import Columns
from opentape.store.lake.facts import FactsWriter, maps_of
from opentape.store.lake.manifest import seal
from opentape.store.lake.sheets import PRINTS, SHEETS, Sheet
from opentape.store.lake.writing import SheetWriter, Symbols

ASIDE: Final = ".lake"
"""Folder that a lake is written to before it is put in place."""


def compact(folder: Path) -> bool:
    """Put a session that is over into the lake; return whether it was not there yet.

    Whatever ends it early leaves the journal as it was.

    Raises
    ------
    BadFile
        If the session is under way.
    Damaged
        If its journal is damaged, or the lake does not give back what was put in.
    StoreFailed
        If there is no place for it.
    """
    with closing(Lock(folder)), ExitStack() as leaving:
        done = (folder / FACTS).exists()
        if not done:
            aside = folder / ASIDE
            leaving.callback(shutil.rmtree, aside, ignore_errors=True)
            try:
                _compact(folder, aside)
            except OSError as error:
                raise StoreFailed(f"{folder} cannot be compacted: {error}") from error
        for name in (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm"):
            (folder / name).unlink(missing_ok=True)
        sync(folder)
        return not done


def _compact(folder: Path, aside: Path) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    about = _write(folder, aside)
    _compare(aside, about)
    seal(aside)
    names = [path.name for path in aside.iterdir() if path.name != FACTS]
    for name in [*names, FACTS]:
        _flush(aside / name)
    # last of all the one that says that the lake is whole
    for name in [*names, FACTS]:
        (aside / name).replace(folder / name)
    sync(folder)


def _write(folder: Path, aside: Path) -> About:
    """Write a journal as files of the lake; return what was in it."""
    kept = Kept(folder, LakeBodies, live=True)
    with ExitStack() as leaving:
        facts = leaving.enter_context(closing(FactsWriter(aside / FACTS)))
        writers = {
            sheet.kind: leaving.enter_context(
                SheetWriter(aside, sheet, _symbols(kept, sheet))
            )
            for sheet in SHEETS
        }
        count = 0
        for row in rows(folder, 0):
            if row.named > kept.names.rows:
                raise damage(folder, row.number, "what it names cannot be read")
            writer = writers.get(Kind(row.kind))
            fact = row.fact(kept.contracts)
            if writer is not None and isinstance(fact, PrintBatch | StockBatch):
                writer.add(row.number, fact)
            facts.add(row if writer is None else row._replace(body=None))
            count += 1
        signals = sum(1 for _ in kept.recorded())
        about = _ended(folder, count, signals)
        maps = [writer.finish() for writer in writers.values()]
        facts.finish(folder / JOURNAL, about, [one for one in maps if one is not None])
    return about


def _ended(folder: Path, entries: int, signals: int) -> About:
    about = about_of(folder)
    with reading(folder) as base:
        link = record.last_link(base, about.run)
    if link.end != signals:
        raise Damaged(f"{folder} is damaged: its record has more signals than it says")
    gaps = gaps_of(Kept(folder, LakeBodies))
    return msgspec.structs.replace(
        about,
        entries=entries,
        signals=signals,
        record=link.hash.hex(),
        gaps=gaps and gaps.runs,
        missing=gaps and gaps.numbers,
    )


def _symbols(kept: Kept, sheet: Sheet) -> Callable[[Any], Symbols]:
    """Return what tells by what the rows of a sheet are sorted."""
    contracts = kept.contracts

    def of_prints(batch: PrintBatch) -> Symbols:
        return Symbols(contracts.underlyings(batch.contract), contracts.underlying_names())

    def of_stocks(batch: StockBatch) -> Symbols:
        return Symbols(batch.symbol.astype(np.int64), kept.stocks)

    return of_prints if sheet is PRINTS else of_stocks


def _compare(aside: Path, about: About) -> None:
    """Read a lake back and compare every entry, every column and every signal.

    Raises
    ------
    Damaged
        If anything is not as it was in the journal.
    """
    maps = {one.name: one for one in maps_of(aside)}
    kept = Kept(aside, LakeBodies, live=True)
    columns = {sheet.kind: Columns(sheet) for sheet in SHEETS}
    with closing(LakeBodies(aside)) as bodies:
        for row in rows(aside, 0):
            if row.named > kept.names.rows:
                raise damage(aside, row.number, "what it names did not come back")
            if row.body is None:
                batch = bodies.of(row)
                if crc32(pack(batch).body, crc32(row.about)) != row.body_crc:
                    raise damage(aside, row.number, "its columns came back as others")
                columns[Kind(row.kind)].add(batch)
    for sheet in SHEETS:
        if sheet.file in maps and columns[sheet.kind].told() != maps[sheet.file].columns:
            raise Damaged(f"{aside / sheet.file} gives other columns than it was given")
    if sum(1 for _ in kept.recorded()) != about.signals:
        raise Damaged(f"{aside / FACTS} lacks signals of the record")


def _flush(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
