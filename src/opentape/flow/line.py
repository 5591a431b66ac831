"""The line that a print walks, stage by stage, compiled into one pass.

pair -> clean -> interest -> gather -> close what time has passed. The same line runs over
a day from disk, over one live print, and over one contract folded again.
"""

import numpy as np
from numpy.typing import NDArray

from opentape.flow import clean, gather, interest, pair
from opentape.flow.records import NO_ROW, Clock, Records, Side, Verdict
from opentape.market.columns import PrintBatch
from opentape.pricing.jit import kernel, prefetch, stage

_AHEAD = 16
"""Prints between asking for a contract's cache line and needing it."""
_FOLDED, _LATE = int(Verdict.FOLDED), int(Verdict.LATE)
_CANCELS, _DUPLICATE = int(Verdict.CANCEL), int(Verdict.DUPLICATE)
_CANCEL_DONE = int(Verdict.CANCEL_DONE)
_NOW, _ROWS = int(Clock.NOW), int(Clock.ROWS)
_PASSED, _KEPT = int(Clock.PASSED), int(Clock.KEPT)
_PARENTS, _TRACKING = int(Clock.PARENTS), int(Clock.TRACKING)
_VERDICTS, _CLASSES = int(Clock.VERDICTS), int(Clock.CLASSES)
_SEQUENCES, _ODD = int(Clock.SEQUENCES), int(Clock.ODD)
_MID = int(Side.MID)
_STOP = 99
"""In place of a verdict: the row is not for now."""


@kernel
def fold(
    batch: PrintBatch,
    start: int,
    verdicts: NDArray[np.uint8],
    readings: NDArray[np.uint16],
    recent: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    seen: NDArray[np.int64],
    clock: NDArray[np.int64],
    rule: Records,
) -> int:
    """Fold a batch of one trade date from `start`; return how far it came.

    It stops early before a row of another date, before one that may be a repeat while rows
    are not remembered, and where the recent prints would overrun an open window.
    `verdicts` is written, `readings` is scratch for a block of prints; everything but
    `batch` and `rule` is state.
    """
    rules = rule[0]
    length = batch.ts_event.size
    came = start
    while came < length:
        stop = min(came + readings.size, length)
        block = pair.cut(batch, came, stop)
        pair.read(block, rules, readings)
        folded = fold_block(
            block, verdicts[came:stop], readings, recent, contracts, series, parents, seen,
            clock, rules,
        )  # fmt: skip
        came += folded
        if came < stop:
            break
    return came


@kernel
def fold_block(
    block: PrintBatch,
    verdicts: NDArray[np.uint8],
    readings: NDArray[np.uint16],
    recent: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    seen: NDArray[np.int64],
    clock: NDArray[np.int64],
    rules: np.void,
) -> int:
    """Fold prints that have been read; return how many, fewer than all as `fold` says."""
    length, mask = block.ts_event.size, recent.size - 1
    now, rows, count = clock[_NOW], clock[_ROWS], clock[_PARENTS]
    passed, kept = clock[_PASSED], clock[_KEPT]
    for i in range(min(_AHEAD, length)):
        prefetch(contracts, block.contract[i])
    folded = length
    for i in range(length):
        prefetch(contracts, block.contract[min(i + _AHEAD, length - 1)])
        ts, place, size = block.ts_event[i], int(block.contract[i]), int(block.size[i])
        reading = int(readings[i])
        contract = contracts[place]
        volume = interest.volume_of(contract)
        verdict = reading >> pair.VERDICT_AT & pair.VERDICT_BITS
        if not rules["date_from"] <= ts < rules["date_to"] or rows - kept > mask:
            verdict = _STOP
        elif verdict == _FOLDED:
            verdict = clean.standing(int(contract["oi"]), volume, size)
        if verdict <= _CANCELS and block.sequence[i] > 0:
            verdict = unless_repeat(block, i, verdict, contract, seen, clock)
        if verdict == _STOP:
            folded = i
            break
        if verdict <= _CANCELS:
            now = max(now, ts)
        if verdict == _FOLDED:
            interest.count(contract, series, place, reading & pair.SIDE_BITS, size, volume)
            clock[_CLASSES + block.condition[i]] += 1
            if now - ts > rules["late_ns"]:
                verdict = _LATE
            else:
                enter(block, i, reading, recent[int(rows & mask)])
                count = settle(recent, rows, now, contract, series, parents, count, rules)
                rows += 1
        else:
            clock[_ODD] += 1
        verdicts[i] = verdict
        clock[_VERDICTS + verdict] += 1
    clock[_NOW], clock[_ROWS] = now, rows
    clock[_PASSED], clock[_KEPT], clock[_PARENTS] = close_passed(
        recent, passed, kept, rows, now, contracts, series, parents, count, rules
    )
    return folded


@stage
def unless_repeat(
    batch: PrintBatch,
    i: int,
    verdict: int,
    contract: np.void,
    seen: NDArray[np.int64],
    clock: NDArray[np.int64],
) -> int:
    """Return the verdict of a row, `DUPLICATE` if the row came before."""
    sequence, venue = batch.sequence[i], int(batch.venue[i])
    if clock[_TRACKING]:
        key = clean.key_of(batch.contract[i], venue, batch.condition[i])
        if clean.seen_before(seen, sequence, key):
            return _DUPLICATE
    elif sequence <= contract["sequence"] and sequence <= clock[_SEQUENCES + venue]:
        return _STOP
    contract["sequence"] = max(contract["sequence"], sequence)
    clock[_SEQUENCES + venue] = max(clock[_SEQUENCES + venue], sequence)
    return verdict


@stage
def enter(batch: PrintBatch, i: int, reading: int, mine: np.void) -> None:
    """Write a print into the recent prints."""
    mine["ts_event"] = batch.ts_event[i]
    mine["sequence"] = batch.sequence[i]
    mine["price"] = batch.price[i]
    mine["spot"] = batch.spot[i]
    mine["row"] = batch.row[i]
    mine["contract"] = batch.contract[i]
    mine["size"] = batch.size[i]
    mine["link"] = NO_ROW
    mine["reading"] = reading
    mine["venue"] = batch.venue[i]
    mine["condition"] = batch.condition[i]


@stage
def settle(
    recent: Records,
    row: int,
    now: int,
    contract: np.void,
    series: Records,
    parents: Records,
    count: int,
    rules: np.void,
) -> int:
    """Gather a print. Return how many parents there are.

    One that is behind the tape joins an open window or stands alone, it never begins one.
    """
    mine = recent[row & (recent.size - 1)]
    side, ts = int(mine["reading"]) & pair.SIDE_BITS, int(mine["ts_event"])
    if mine["reading"] & pair.MAY_SWEEP and gather.large(mine, series, rules):
        if gather.joins(contract, side, ts, now, rules):
            gather.extend(contract, side, recent, row)
            return count
        if ts == now:
            if contract["held"][side] > 0:
                count = gather.close(contract, side, recent, series, parents, count, rules)
            gather.begin(contract, side, recent, row)
            return count
    return gather.stand_alone(mine, row, recent, series, parents, count, rules)


@stage
def close_passed(
    recent: Records,
    passed: int,
    kept: int,
    rows: int,
    now: int,
    contracts: Records,
    series: Records,
    parents: Records,
    count: int,
    rules: np.void,
) -> tuple[int, int, int]:
    """Close the windows that time has passed, looking at each recent print once.

    A print more than the gap behind `now` either is not the newest leg of its window, or
    the window is done. Its contract was touched moments ago and is still in cache. Prints
    older than any open window can be (`kept`) may be overwritten.
    """
    mask = recent.size - 1
    due = now - rules["gap_ns"]
    while passed < rows and recent[passed & mask]["ts_event"] < due:
        mine = recent[passed & mask]
        side = int(mine["reading"]) & pair.SIDE_BITS
        if mine["reading"] & pair.MAY_SWEEP:
            contract = contracts[int(mine["contract"])]
            if contract["held"][side] > 0 and contract["last"][side] < due:
                count = gather.close(contract, side, recent, series, parents, count, rules)
        passed += 1
    # a leg from behind may prolong a window without its row being met in time
    oldest = due - rules["gap_ns"] - rules["span_ns"]
    while kept < passed and recent[kept & mask]["ts_event"] < oldest:
        kept += 1
    return passed, kept, count


@kernel
def tick(
    now: int,
    recent: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    clock: NDArray[np.int64],
    rule: Records,
) -> None:
    """Move the clock of a silent tape and close what that passes."""
    clock[_NOW] = max(clock[_NOW], now)
    clock[_PASSED], clock[_KEPT], clock[_PARENTS] = close_passed(
        recent, clock[_PASSED], clock[_KEPT], clock[_ROWS], clock[_NOW], contracts, series,
        parents, clock[_PARENTS], rule[0],
    )  # fmt: skip


@kernel
def fold_again(
    batch: PrintBatch,
    start: int,
    verdicts: NDArray[np.uint8],
    clocks: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    readings: NDArray[np.uint16],
    recent: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    clock: NDArray[np.int64],
    rule: Records,
) -> int:
    """Fold rows of wanted contracts once more; return how far it came.

    What becomes of each row, and where the clock stood (`clocks`), is known from the first
    time, when all the rows between them came too.
    """
    rules = rule[0]
    length, mask = batch.ts_event.size, recent.size - 1
    now, rows, count = clock[_NOW], clock[_ROWS], clock[_PARENTS]
    passed, kept = clock[_PASSED], clock[_KEPT]
    i = read_from = stop = start
    while i < length and rows - kept <= mask:
        if i == stop:
            read_from, stop = i, min(i + readings.size, length)
            pair.read(pair.cut(batch, i, stop), rules, readings)
        if verdicts[i] <= _LATE and wanted[batch.contract[i]]:
            now = clocks[i]
            passed, kept, count = close_passed(
                recent, passed, kept, rows, now, contracts, series, parents, count, rules
            )
            reading = int(readings[i - read_from])
            place, size = int(batch.contract[i]), int(batch.size[i])
            contract = contracts[place]
            volume = interest.volume_of(contract)
            interest.count(contract, series, place, reading & pair.SIDE_BITS, size, volume)
            if verdicts[i] == _FOLDED:
                enter(batch, i, reading, recent[int(rows & mask)])
                count = settle(recent, rows, now, contract, series, parents, count, rules)
                rows += 1
        i += 1
    clock[_NOW], clock[_ROWS] = now, rows
    clock[_PASSED], clock[_KEPT], clock[_PARENTS] = passed, kept, count
    return i
