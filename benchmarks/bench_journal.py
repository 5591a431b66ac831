"""A session on disk: kept before anything shows it, read again after a crash, compacted.

A live feed hands over prints in batches of some hundred, a feed that catches up in batches
of some thousand. Each has to be on disk before the next is taken, so a batch is one
transaction with a flush; that is what is measured, on the disk of `--work`. Rivals do the
same in the same run: a row a print in SQLite, and DuckDB. Prints are those of a tape, so
their columns have what a market has.

Parts: `append` is prints a second and the time that a batch waits, by its size; `recover`
is a whole day written, read and folded again; `lake` is that day compacted, its size, and
how fast it, or one underlying of it, is read; `past` is how long a question for an instant
of the day waits. `lake` takes the day that `recover` left in `--work`, `past` the lake.
"""

import argparse
import datetime as dt
import importlib
import importlib.util
import json
import os
import random
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from harness import peak_mb, timed
from opentape.desk.fold.again import fold_again
from opentape.desk.fold.market_fold import MarketFold, Source
from opentape.desk.journal.ports import Entry, Settled
from opentape.desk.journal.spelling import spell_beside, spell_method
from opentape.desk.options import EngineOptions, Method
from opentape.desk.past.past import Past
from opentape.desk.ports import Delivered
from opentape.desk.state.beside import Beside
from opentape.market.calendar import at_new_york, day_of
from opentape.market.columns import DTYPES, PrintBatch
from opentape.market.contract import Contracts
from opentape.store.sessions import SessionFolder
from opentape.wiring import build

DATE = dt.date(2026, 9, 16)
"""Of the generated day."""
SIZES = (100, 1_000, 10_000)
BATCH = 1_000
"""Rows of a batch of the whole day."""
BLOCK, BLOCKS = 100, 512
US = 1e6
US_NS, S_NS = 1_000, 1_000_000_000

Append = Callable[[PrintBatch], None]


class Rival(NamedTuple):
    """Something that keeps batches: what opens it, and what it is called."""

    name: str
    opened: Callable[[Path, Contracts], tuple[Append, Callable[[], None]]]


def ours(folder: Path, contracts: Contracts) -> tuple[Append, Callable[[], None]]:
    """Open a journal; the contracts are named with its first entry."""
    journal = SessionFolder(folder).journal(DATE, "tape")
    adopt(journal.contracts, contracts)

    instant_ns = day_of(DATE).start_ns
    settled = Settled(spell_method(Method()), spell_beside(Beside()))
    journal.append(Entry(0, instant_ns, 0, Delivered(), settled))

    def append(batch: PrintBatch) -> None:
        nonlocal instant_ns
        instant_ns = max(instant_ns, int(batch.ts_event.max()) // US_NS * US_NS) + US_NS
        journal.append(Entry(journal.end, instant_ns, 0, Delivered(), batch))

    return append, journal.close


def plain_file(folder: Path, _: Contracts) -> tuple[Append, Callable[[], None]]:
    """Open a file that Arrow batches are appended to and flushed: what the disk allows."""
    file = os.open(folder / "batches", os.O_CREAT | os.O_WRONLY)

    def append(batch: PrintBatch) -> None:
        arrays = [pa.array(column) for column in batch]
        os.write(file, pa.RecordBatch.from_arrays(arrays, names=list(DTYPES)).serialize())
        os.fdatasync(file)

    return append, lambda: os.close(file)


def rows_in_sqlite(folder: Path, _: Contracts) -> tuple[Append, Callable[[], None]]:
    """Open a table with a row a print, as durable as ours."""
    base = sqlite3.connect(folder / "rows.db", isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute(f"CREATE TABLE prints ({', '.join(f'{name} INTEGER' for name in DTYPES)})")
    insert = f"INSERT INTO prints VALUES ({', '.join('?' * len(DTYPES))})"  # noqa: S608

    def append(batch: PrintBatch) -> None:
        base.execute("BEGIN IMMEDIATE")
        base.executemany(insert, zip(*(column.tolist() for column in batch), strict=True))
        base.execute("COMMIT")

    return append, base.close


def duckdb_inserts(folder: Path, _: Contracts) -> tuple[Append, Callable[[], None]]:
    """Open a table of DuckDB; a batch is inserted from Arrow and committed."""
    duckdb = importlib.import_module("duckdb")
    base = duckdb.connect(str(folder / "prints.duckdb"))
    kinds = {"int64": "BIGINT", "int32": "INTEGER", "uint8": "UTINYINT"}
    columns = [f'"{name}" {kinds[np.dtype(kind).name]}' for name, kind in DTYPES.items()]
    base.execute(f"CREATE TABLE prints ({', '.join(columns)})")

    def append(batch: PrintBatch) -> None:
        table = pa.table([pa.array(column) for column in batch], names=list(DTYPES))
        base.register("batch", table)
        base.execute("INSERT INTO prints SELECT * FROM batch")

    return append, base.close


def rivals() -> Iterator[Rival]:
    """Yield all that can be measured here."""
    yield Rival("opentape", ours)
    yield Rival("Arrow to a file, flushed", plain_file)
    yield Rival("SQLite, a row a print", rows_in_sqlite)
    if importlib.util.find_spec("duckdb"):
        yield Rival("DuckDB, inserts", duckdb_inserts)


def adopt(ours: Contracts, theirs: Contracts) -> None:
    """Name contracts in a table that has none, place by place."""
    roots = np.array(theirs.roots)[theirs.root_codes].tolist()
    ours.intern_columns(roots, theirs.expiry_days, theirs.strike_mills, theirs.puts)


def prints_of(tape: Path, limit: int) -> tuple[PrintBatch, Contracts]:
    """Return the first prints of a tape."""
    opened = build.open_tape([tape])
    held, rows = [], 0
    for batch in opened.batches():
        held.append(batch)
        rows += batch.rows
        if rows >= limit:
            break
    return PrintBatch.joined(held).take(slice(0, limit)), opened.contracts


def cut(prints: PrintBatch, size: int) -> Iterator[PrintBatch]:
    """Yield prints in batches of one size."""
    for first in range(0, prints.rows - size + 1, size):
        yield prints.take(slice(first, first + size))


def measure_append(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what each rival takes a batch, by size, and prints a second."""
    prints, contracts = prints_of(asked.tape, 2_000_000)
    found: dict[str, Any] = {}
    for size in SIZES:
        for name, opened in rivals():
            folder = emptied(asked.work / "append")
            append, close = opened(folder, contracts)
            batches = list(cut(prints, size))
            append(batches[0])
            took = waits(append, batches[1:], asked.seconds)
            close()
            found.setdefault(name, {})[size] = {
                "prints_s": size * len(took) / sum(took),
                "p50_us": statistics.median(took) * US,
                "p99_us": float(np.percentile(took, 99)) * US,
                "max_us": max(took) * US,
            }
    shutil.rmtree(asked.work / "append")
    missing = {} if importlib.util.find_spec("duckdb") else {"skipped": "no duckdb here"}
    named = {} if missing else {"duckdb": version("duckdb")}
    return {"append": found, "sqlite": sqlite3.sqlite_version, **named, **missing}


def waits(append: Append, batches: list[PrintBatch], seconds: float) -> list[float]:
    """Return how long each batch waited until it was on disk."""
    took: list[float] = []
    ends = time.perf_counter() + seconds
    for batch in batches:
        began = time.perf_counter()
        append(batch)
        ended = time.perf_counter()
        took.append(ended - began)
        if ended > ends:
            break
    return took


def measure_recover(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the seconds that a day takes to be written, read, and folded again."""
    prints, contracts = prints_of(asked.tape, asked.prints)
    folder = emptied(asked.work / "day")
    append, close = ours(folder, contracts)
    began = time.perf_counter()
    for batch in cut(prints, BATCH):
        append(batch)
    written = time.perf_counter() - began
    close()
    del prints, batch
    read, rows = timed(lambda: walked(folder))
    fold_some(folder, 2 * BATCH)
    recovered, _ = timed(lambda: fold_some(folder, rows))
    return {
        "prints": rows,
        "batch": BATCH,
        "written_s": written,
        "read_s": read,
        "recovered_s": recovered,
    }


def fold_some(folder: Path, prints: int) -> None:
    """Fold the first prints of a day again and cut its views, as a restart does."""
    session = SessionFolder(folder).stored(DATE)
    source = Source(session.contracts, session.stocks, "tape", DATE)
    fold = MarketFold(source, Method(), EngineOptions(), Beside())
    fold_again(fold, islice(session.entries(), 1 + prints // BATCH))
    fold.caught_up(frozenset())
    fold.cut(day_of(DATE).end_ns - 1)


def measure_lake(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the seconds that a day takes to be compacted and read, and its size."""
    folder = asked.work / "day"
    sessions = SessionFolder(folder)
    before = sessions.holding(DATE)
    compacted, _ = timed(lambda: sessions.compact(DATE))
    after = sessions.holding(DATE)
    read, rows = timed(lambda: walked(folder))
    names = sessions.stored(DATE)
    names.name_all()
    alone = {
        symbol: last_blocks(folder, symbol)
        for symbol in names.contracts.underlying_names()[:12]
    }
    return {
        "prints": rows,
        "compacted_s": compacted,
        "journal_bytes_a_print": before.bytes_per_print,
        "lake_bytes_a_print": after.bytes_per_print,
        "read_s": read,
        "last_blocks_ms": alone,
    }


def measure_past(asked: argparse.Namespace) -> dict[str, Any]:
    """Return the milliseconds that markets of instants of the day take, hour by hour."""
    sessions = SessionFolder(asked.work / "day")
    opens_ns = at_new_york(DATE, dt.time(9, 30))
    chance = random.Random(5)
    cold: list[float] = []
    later: list[float] = []
    for hour in range(1, 7):
        past = Past(sessions, EngineOptions(), "tape")
        at_ns = opens_ns + hour * 3_600 * S_NS
        cold.append(timed(partial(past.until, at_ns))[0] * 1e3)
        for _ in range(5):
            at_ns += chance.randrange(1, 60) * S_NS
            later.append(timed(partial(past.until, at_ns))[0] * 1e3)
    return {"cold_ms": cold, "later_ms": later}


def walked(folder: Path) -> int:
    """Read every entry of the day; return how many prints they have."""
    entries = SessionFolder(folder).stored(DATE).entries()
    return sum(entry.fact.rows for entry in entries if isinstance(entry.fact, PrintBatch))


def last_blocks(folder: Path, symbol: str) -> dict[str, float]:
    """Return the milliseconds until the last blocks of an underlying are there."""

    def read() -> int:
        found = 0
        walk = SessionFolder(folder).stored(DATE).prints(symbol, newest_first=True)
        with closing(walk):
            for batch in walk:
                found += int((batch.size >= BLOCK).sum())
                if found >= BLOCKS:
                    break
        return found

    took, found = timed(read)
    again = min(timed(read)[0] for _ in range(3))
    return {"blocks": found, "first_ms": took * 1e3, "best_ms": again * 1e3}


def emptied(folder: Path) -> Path:
    """Return a folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


PARTS = {
    "append": measure_append,
    "recover": measure_recover,
    "lake": measure_lake,
    "past": measure_past,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tape", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--prints", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each rival and size")
    asked = parser.parse_args()
    print(json.dumps(PARTS[asked.part](asked) | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
