"""Cancels late in a day: from the cancel to what is told of it, raw minutes included.

The tape is thinned to a day of 400,000 prints, and then whole. It is folded a thousand
prints at a time, with a tick after each batch as on a live feed, up to its last stretch;
there a cancel follows every hundred prints. Half of them take back one of the last 3,000
prints, as most busts do, half one from anywhere in the day. Measured is one
``Live.push`` of the cancel and all the news of it, the minutes of `OptionTape` made anew.

Beside it: prints folded a second, alone and with the raw tape watching.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench_flow_fold import Tape, read
from harness import arguments, peak_mb, timed
from opentape.desk.live import Live
from opentape.desk.replay import Settled
from opentape.flow.fold import Fold
from opentape.flow.options import FlowOptions
from opentape.flow.raw.options import OptionTape
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition

SMALL_DAY = 400_000
CANCELS = 400
"""Measured; so many again go before, unmeasured, until every kernel is there."""
BETWEEN = 100
BATCH = 1_000
RECENT = 3_000
BATCHES = (1_000, 65_536)
MS = 1_000_000


def thinned(batch: PrintBatch, prints: int) -> PrintBatch:
    """Return a day of about so many prints, spread as all of them are."""
    prints_only = batch.take(batch.condition != Condition.CANCEL)
    step = max(1, round(prints_only.rows / prints))
    return PrintBatch(*(np.ascontiguousarray(column[::step]) for column in prints_only))


def cancel(batch: PrintBatch, row: int, now: int, number: int) -> PrintBatch:
    """Return the cancel that names a row."""
    return batch.take(slice(row, row + 1))._replace(
        ts_event=np.array([now]),
        sequence=np.array([1 << 40 | number]),
        row=np.array([batch.rows + number]),
        cancels=batch.sequence[row : row + 1],
        condition=np.array([Condition.CANCEL], np.uint8),
    )


def under_way(tape: Tape, batch: PrintBatch, until: int) -> Live:
    """Return the live path late in the day, everything told so far."""
    watch = OptionTape(tape.contracts)
    live = Live(tape.contracts, Settled(tape.open_interest), FlowOptions(), watch)
    for first in range(0, until, BATCH):
        some = batch.take(slice(first, min(first + BATCH, until)))
        live.push(some)
        live.tick(int(some.ts_event[-1]) + MS)
    list(live.news())
    return live


def told(live: Live, batch: PrintBatch) -> int:
    """Push rows; return how many news there were of them."""
    live.push(batch)
    return len(list(live.news()))


def latencies(tape: Tape, prints: int) -> dict[str, Any]:
    """Return how long cancels took, late in a day of about so many prints."""
    batch = thinned(tape.batch, prints)
    came = batch.rows - 2 * CANCELS * BETWEEN
    live = under_way(tape, batch, came)
    chance = np.random.default_rng(5)
    seconds: dict[str, list[float]] = {"recent": [], "any": []}
    heard = 0
    for number in range(2 * CANCELS):
        some = batch.take(slice(came, came + BETWEEN))
        told(live, some)
        came += BETWEEN
        now = int(some.ts_event[-1])
        live.tick(now + MS)
        kind = "recent" if number % 2 else "any"
        reach = RECENT if number % 2 else came
        row = came - 1 - int(chance.integers(reach))
        took, news = timed(partial(told, live, cancel(batch, row, now, number)))
        if number >= CANCELS:
            seconds[kind].append(took)
            heard += news
    every = [*seconds["recent"], *seconds["any"]]
    return {"prints": batch.rows, "cancels": len(every), "news": heard} | {
        name: percentiles(some) for name, some in (("all", every), *seconds.items())
    }


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return milliseconds."""
    found = np.array(seconds) * 1_000
    return {
        "p50_ms": float(np.median(found)),
        "p99_ms": float(np.quantile(found, 0.99)),
        "worst_ms": float(found.max()),
    }


def speeds(tape: Tape, runs: int) -> dict[str, dict[str, float]]:
    """Return prints a second of the fold by batch size, alone and with the raw tape."""
    found: dict[str, dict[str, float]] = {}
    made: dict[str, Callable[[], OptionTape | None]] = {
        "alone": lambda: None,
        "raw": lambda: OptionTape(tape.contracts),
    }
    for name, watch in made.items():
        found[name] = {}
        for size in BATCHES:
            best = min(_seconds(tape, size, watch()) for _ in range(runs))
            found[name][str(size)] = tape.batch.rows / best
    return found


def _seconds(tape: Tape, size: int, watch: OptionTape | None) -> float:
    rows = tape.batch.rows
    parts = [tape.batch.take(slice(at, at + size)) for at in range(1, rows, size)]
    fold = Fold(tape.contracts, tape.open_interest, watch=watch)
    fold.push(tape.batch.take(slice(0, 1)))
    began = time.perf_counter()
    for part in parts:
        fold.push(part)
    return time.perf_counter() - began


def main() -> None:
    asked = arguments(__doc__)
    tape = read(asked.tape, asked.oi)
    days = {"thinned": latencies(tape, SMALL_DAY), "whole": latencies(tape, 1 << 40)}
    line = {"days": days, "speeds": speeds(tape, asked.runs), "peak_mb": peak_mb()}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
