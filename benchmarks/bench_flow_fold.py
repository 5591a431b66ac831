"""The hot path of the product: prints in memory to parents and contract state, one core.

The tape has the sizes, clustering and contract popularity of a real day, so contracts are
touched in the order that makes their state miss the cache. Measured: prints a second of the
whole tape in one call and in batches; the latency of one call on a day that is well under
way, from one print (live) to 100,000; the same fold in C on the same columns, and that both
give the same parents; how long the kernels take to compile and to load from the cache.
"""

# ruff: noqa: S603 - the compiler is found on the path of who runs this

import ctypes
import json
import shutil
import statistics
import subprocess
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from harness import arguments, peak_mb, timed
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.options import FlowOptions
from opentape.flow.records import CONTRACT, PARENT, aligned
from opentape.market.columns import PrintBatch
from opentape.market.conditions import FLAG_MASK, SIGNED, SWEEPS, Condition
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

SOURCE = Path(__file__).parent / "fold.c"
BATCHES = (1, 10, 100, 1_000, 10_000, 100_000)
WARM_UP = 1_000_000
C_COLUMNS = (
    "ts_event", "sequence", "price", "bid", "ask", "spot", "contract", "size", "venue",
    "condition", "marks",
)  # fmt: skip

C_CONTRACT = "last@0 sequence@16 span@24 tail@32 held@40 volume@48 oi@60 64"
C_PARENT = (
    "first_ts@0 last_ts@8 sequence@16 spot@24 notional_high@32 notional_low@40 "
    "price_min@48 price_max@56 venues@64 size@72 row@80 contract@84 tail@88 legs@92 "
    "iso_legs@96 flags@100 venue@102 side@103 aggressor@104 nbbo@105 sweep@106 "
    "dropped@107 112"
)


class Tape(NamedTuple):
    """A day in memory, as the feeds decode it."""

    batch: PrintBatch
    contracts: Contracts
    open_interest: OpenInterest


def read(path: Path, oi: Path) -> Tape:
    """Return the prints of a tape file as the columns that the fold takes."""
    tape = open_tape([path])
    batch = PrintBatch.joined(list(tape.batches()))
    batch = PrintBatch(*(np.ascontiguousarray(column) for column in batch))
    return Tape(batch, tape.contracts, read_open_interest(oi, tape.contracts)[0])


def begun(tape: Tape) -> Fold:
    """Return a fold whose date is under way: contracts admitted, one print folded."""
    fold = Fold(tape.contracts, tape.open_interest)
    fold.push(tape.batch.take(slice(0, 1)))
    return fold


def throughput(tape: Tape, runs: int, library: Path | None) -> dict[str, object]:
    """Return seconds to fold the whole day in one call, and then to end and judge it.

    The fold in C takes turns with ours, so that both see the same phases of the machine.
    """
    found: dict[str, list[float]] = {"fold": [], "finish": [], "judge": [], "whole": []}
    in_c = []
    for _ in range(runs):
        fold = begun(tape)
        rest = tape.batch.take(slice(1, None))
        pushed = timed(partial(fold.push, rest))[0]
        finished, books = timed(fold.finish)
        judging = partial(judge, books, tape.contracts, FlowOptions())
        judged, signals = timed(judging)
        took = (pushed, finished, judged, pushed + finished + judged)
        for name, seconds in zip(found, took, strict=True):
            found[name].append(seconds)
        if library:
            in_c.append(timed(CFold(library, tape).fold)[0])
    return found | {
        "c": in_c,
        "parents": signals.rows,
        "size": int(signals.parents["size"].sum()),
        "score": int(signals.score.sum()),
    }


def latencies(tape: Tape) -> dict[str, float]:
    """Return the median microseconds of one call by batch size, on a day under way."""
    found = {}
    for size in BATCHES:
        fold = begun(tape)
        start = min(WARM_UP, tape.batch.rows // 2)
        fold.push(tape.batch.take(slice(1, start)))
        calls = min(2_000, (tape.batch.rows - start) // size)
        parts = [
            tape.batch.take(slice(start + n * size, start + (n + 1) * size))
            for n in range(calls)
        ]
        took = [timed(partial(fold.push, part))[0] for part in parts]
        if took:
            found[str(size)] = statistics.median(took) * 1e6
    return found


class CFold:
    """The same fold in C, over the same columns and records."""

    def __init__(self, library: Path, tape: Tape) -> None:
        if (_layout(CONTRACT), _layout(PARENT)) != (C_CONTRACT, C_PARENT):
            raise RuntimeError("fold.c was written for other records than flow.records has")
        self._library = ctypes.CDLL(str(library))
        rows, count = tape.batch.rows, len(tape.contracts)
        contracts = aligned(CONTRACT, count)
        contracts["oi"] = tape.open_interest.of(tape.contracts)
        self.parents = np.zeros(rows // 8 + 1_000, PARENT)
        self.clock = np.zeros(7 + 16 + 64, np.int64)
        scratch = [np.zeros(rows, np.int32), np.zeros(rows, np.uint16)]
        self._held = [
            contracts,
            np.zeros(count, np.int32),
            *scratch,
            self.parents,
            FLAG_MASK,
        ]
        for part in (*scratch, self.parents):
            part.fill(part[0])
        masks = [int(sum(1 << at for at in np.flatnonzero(t))) for t in (SIGNED, SWEEPS)]
        addresses = [part.ctypes.data for part in self._held]
        self.state = np.array([*addresses, *masks, self.clock.ctypes.data], np.int64)
        columns = [getattr(tape.batch, name).ctypes.data for name in C_COLUMNS]
        self.batch = np.array([rows, *columns], np.int64)
        self._given = [ctypes.c_void_p(a.ctypes.data) for a in (self.batch, self.state)]

    def fold(self) -> None:
        """Fold the whole tape."""
        self._library.fold(*self._given)

    def closed(self) -> np.ndarray:
        """Close what is open; return all parents."""
        self._library.finish(*self._given)
        return self.parents[: self.clock[2]]


def _layout(dtype: np.dtype) -> str:
    """Return names and places of the fields of a record, in one line."""
    places = (f"{name}@{dtype.fields[name][1]}" for name in dtype.names)
    return f"{' '.join(places)} {dtype.itemsize}"


def compiled(work: Path) -> tuple[Path, str] | None:
    """Return the fold in C as a library and its compiler, None where there is no gcc."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    library = work / "fold.so"
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(SOURCE), "-o", str(library)], check=True)
    told = subprocess.run([compiler, "--version"], check=True, capture_output=True)
    return library, told.stdout.decode().splitlines()[0]


def agree(library: Path, tape: Tape) -> bool:
    """Return whether both give the same parents of the tape without its cancels."""
    prints = tape.batch.condition != Condition.CANCEL
    clean = Tape(tape.batch.take(prints), tape.contracts, tape.open_interest)
    theirs = CFold(library, clean)
    theirs.fold()
    fold = Fold(clean.contracts, clean.open_interest)
    fold.push(clean.batch)
    ours = fold.finish()[0].parents
    names = [name for name in PARENT.names if name not in ("row", "tail")]
    return _in_order(ours, names) == _in_order(theirs.closed(), names)


def _in_order(parents: np.ndarray, names: list[str]) -> bytes:
    order = np.lexsort((parents["sequence"], parents["contract"], parents["first_ts"]))
    return b"".join(parents[name][order].tobytes() for name in names)


def first_call(tape: Tape) -> dict[str, float]:
    """Return seconds of the first small fold of a process: compiling, or loading."""

    def work() -> None:
        fold = Fold(tape.contracts, tape.open_interest)
        fold.push(tape.batch.take(slice(0, 1_000)))
        judge(fold.finish(), tape.contracts, FlowOptions())

    first, again = timed(work)[0], timed(work)[0]
    return {"first": first, "again": again}


def main() -> None:
    asked = arguments(__doc__)
    tape = read(asked.tape, asked.oi)
    line: dict[str, object] = {"prints": tape.batch.rows, "first_call": first_call(tape)}
    if asked.runs:
        library, compiler = compiled(asked.tape.parent) or (None, "no gcc")
        line |= throughput(tape, asked.runs, library)
        line["latency_us"] = latencies(tape)
        line["compiler"] = compiler
        line["c_agrees"] = agree(library, tape) if library else None
    print(json.dumps(line | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
