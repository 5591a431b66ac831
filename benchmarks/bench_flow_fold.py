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
from opentape.flow.records import CONTRACT, PARENT, PRINT, aligned
from opentape.market.columns import PrintBatch
from opentape.market.conditions import FLAG_MASK, SIGNED, SWEEPS, Condition
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

SOURCE = Path(__file__).parent / "fold.c"
BATCHES = (1, 10, 100, 1_000, 10_000, 100_000)
WARM_UP = 1_000_000
RING = 1 << 17
C_COLUMNS = (
    "ts_event", "sequence", "price", "bid", "ask", "spot", "contract", "size", "venue",
    "condition", "marks",
)  # fmt: skip


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


def throughput(tape: Tape, runs: int) -> dict[str, object]:
    """Return seconds to fold the whole day in one call, and then to end and judge it."""
    found: dict[str, list[float]] = {"fold": [], "finish": [], "judge": [], "whole": []}
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
    return found | {
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
        self._library = ctypes.CDLL(str(library))
        self._library.fold.restype = ctypes.c_int64
        self._library.fold.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p]
        self._library.finish.argtypes = [ctypes.c_void_p]
        count = len(tape.contracts)
        self.contracts = aligned(CONTRACT, count)
        self.contracts["oi"] = tape.open_interest.of(tape.contracts)
        self.parents = np.empty(tape.batch.rows // 4 + 1_000, PARENT)
        self.clock = np.zeros(5 + 4 + 16 + 64, np.int64)
        tables = [np.asarray(table, np.uint16) for table in (FLAG_MASK, SIGNED, SWEEPS)]
        self._held = [
            self.contracts, np.zeros(count, np.int32), aligned(PRINT, RING), self.parents,
            *tables, self.clock, tape.batch,
        ]  # fmt: skip
        addresses = [part.ctypes.data for part in self._held[:-1]]
        addresses.insert(3, RING - 1)
        self.state = np.array(addresses, np.int64)
        columns = [getattr(tape.batch, name).ctypes.data for name in C_COLUMNS]
        self.batch = np.array([tape.batch.rows, *columns], np.int64)

    def fold(self) -> None:
        """Fold the whole tape."""
        came = self._library.fold(self.batch.ctypes.data, 0, self.state.ctypes.data)
        if came != self.batch[0]:
            raise RuntimeError(f"the ring of {RING} prints is too small at print {came}")

    def closed(self) -> np.ndarray:
        """Close what is open; return all parents."""
        self._library.finish(self.state.ctypes.data)
        return self.parents[: self.clock[4]]


def in_c(tape: Tape, work: Path, runs: int) -> dict[str, object] | None:
    """Return seconds of the fold in C, None where there is no gcc."""
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    library = work / "fold.so"
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(SOURCE), "-o", str(library)], check=True)
    seconds = []
    for _ in range(runs):
        fold = CFold(library, tape)
        seconds.append(timed(fold.fold)[0])
    version = subprocess.run([compiler, "--version"], check=True, capture_output=True)
    same = agree(library, tape)
    return {"seconds": seconds, "same_parents": same} | {
        "compiler": version.stdout.decode().splitlines()[0]
    }


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
        line |= throughput(tape, asked.runs)
        line["latency_us"] = latencies(tape)
        line["c"] = in_c(tape, asked.tape.parent, asked.runs)
    print(json.dumps(line | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
