"""The line that a print walks, stage by stage, compiled into one pass.

clean -> pair -> interest -> gather -> close what time has passed. The same line runs over
a day from disk, over one live print, and over one contract folded again.
"""

import numpy as np
from numpy.typing import NDArray

from opentape.flow import clean, gather, interest, pair
from opentape.flow.records import NO_ROW, Aggressor, Clock, Records, Side, Verdict
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.pricing.jit import kernel, prefetch, stage

_AHEAD = 16
"""Prints between asking for a contract's cache line and needing it."""
_FOLDED, _LATE = int(Verdict.FOLDED), int(Verdict.LATE)
_CANCELS, _DUPLICATE = int(Verdict.CANCEL), int(Verdict.DUPLICATE)
_CANCEL = int(Condition.CANCEL)
_NOW, _ROWS = int(Clock.NOW), int(Clock.ROWS)
_PASSED, _KEPT = int(Clock.PASSED), int(Clock.KEPT)
_PARENTS, _TRACKING = int(Clock.PARENTS), int(Clock.TRACKING)
_VERDICTS, _CLASSES = int(Clock.VERDICTS), int(Clock.CLASSES)
_SEQUENCES = int(Clock.SEQUENCES)
_MID, _AT_MID = int(Side.MID), int(Aggressor.MID)
_OFTEN = 64
"""Prints folded between two looks at what time has passed: one long loop predicts well."""
_SUSPECT = -1
"""Neither a contract's nor a venue's sequence has grown: the row may be a repeat."""


@kernel
def fold(
    batch: PrintBatch,
    start: int,
    verdicts: NDArray[np.uint8],
    ring: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    seen: NDArray[np.int64],
    clock: NDArray[np.int64],
    rule: Records,
) -> int:
    """Fold a batch of one trade date from `start`; return how far it came.

    It stops early before a row of another date, before one that may be a repeat while rows
    are not remembered, and where the ring of recent prints would overrun an open window.
    `verdicts` is written; everything but `batch` and `rule` is state.
    """
    rules = rule[0]
    now, rows, count = clock[_NOW], clock[_ROWS], clock[_PARENTS]
    passed, kept = clock[_PASSED], clock[_KEPT]
    length, mask = batch.ts_event.size, ring.size - 1
    i = start
    while i < length:
        prefetch(contracts, batch.contract[min(i + _AHEAD, length - 1)])
        contract = contracts[batch.contract[i]]
        nbbo = pair.nbbo_state(batch.bid[i], batch.ask[i], batch.marks[i])
        verdict = verdict_of(batch, i, nbbo, contract, seen, clock)
        if verdict == _SUSPECT or rows - kept > mask:
            break
        if not rules["date_from"] <= batch.ts_event[i] < rules["date_to"]:
            break
        verdicts[i] = verdict
        if verdict <= _CANCELS:
            now = max(now, batch.ts_event[i])
        if verdict == _FOLDED:
            if now - batch.ts_event[i] > rules["late_ns"]:
                verdict = verdicts[i] = _LATE
            mine = ring[rows & mask]
            enter(batch, i, nbbo, verdict, mine, rules)
            clock[_CLASSES + mine["condition"]] += 1
            count = settle(
                ring, rows, now, contract, series, parents, count, rules
            )
            rows += 1
        clock[_VERDICTS + verdict] += 1
        i += 1
        if i % _OFTEN == 0 or rows - kept > mask:
            passed, kept, count = close_passed(
                ring, passed, kept, rows, now, contracts, series, parents, count, rules
            )
    passed, kept, count = close_passed(
        ring, passed, kept, rows, now, contracts, series, parents, count, rules
    )
    clock[_NOW], clock[_ROWS], clock[_PARENTS] = now, rows, count
    clock[_PASSED], clock[_KEPT] = passed, kept
    return i


@stage
def verdict_of(
    batch: PrintBatch,
    i: int,
    nbbo: int,
    contract: np.void,
    seen: NDArray[np.int64],
    clock: NDArray[np.int64],
) -> int:
    """Return whether a row is folded, takes a print back, or is of no use."""
    condition, size = int(batch.condition[i]), int(batch.size[i])
    verdict = _CANCELS
    if condition != _CANCEL:
        verdict = clean.fitness(
            batch.price[i], size, batch.bid[i], batch.ask[i], condition, nbbo
        )
        if verdict == _FOLDED:
            verdict = clean.standing(contract, size)
        if verdict != _FOLDED:
            return verdict
    sequence = batch.sequence[i]
    if sequence > 0:
        venue = int(batch.venue[i])
        grown = sequence > contract["sequence"] or sequence > clock[_SEQUENCES + venue]
        if clock[_TRACKING]:
            key = clean.key_of(batch.contract[i], venue, condition)
            if clean.seen_before(seen, sequence, key):
                return _DUPLICATE
        elif not grown:
            return _SUSPECT
        contract["sequence"] = max(contract["sequence"], sequence)
        clock[_SEQUENCES + venue] = max(clock[_SEQUENCES + venue], sequence)
    return verdict


@stage
def enter(
    batch: PrintBatch, i: int, nbbo: int, verdict: int, mine: np.void, rules: np.void
) -> None:
    """Write a print into the ring, with its side unless the session has just opened."""
    ts, price, condition = batch.ts_event[i], int(batch.price[i]), int(batch.condition[i])
    bid, ask = int(batch.bid[i]), int(batch.ask[i])
    mine["ts_event"] = ts
    mine["sequence"] = batch.sequence[i]
    mine["price"] = price
    mine["spot"] = batch.spot[i]
    mine["row"] = batch.row[i]
    mine["contract"] = batch.contract[i]
    mine["size"] = batch.size[i]
    mine["link"] = NO_ROW
    mine["venue"] = batch.venue[i]
    mine["condition"] = condition
    mine["nbbo"] = nbbo
    mine["verdict"] = verdict
    if rules["unsigned_from"] <= ts < rules["unsigned_to"]:
        mine["side"], mine["aggressor"] = _MID, _AT_MID
        return
    signed = pair.may_sign(condition, nbbo)
    mine["side"] = pair.side_of(price, bid, ask, condition, signed)
    mine["aggressor"] = pair.aggressor_of(price, bid, ask, signed)


@stage
def settle(
    ring: Records,
    row: int,
    now: int,
    contract: np.void,
    series: Records,
    parents: Records,
    count: int,
    rules: np.void,
) -> int:
    """Count a print in its contract and gather it. Return how many parents there are.

    One that is behind the tape joins an open window or stands alone, it never begins one;
    one that is far behind is counted only.
    """
    mine = ring[row & (ring.size - 1)]
    side, ts = int(mine["side"]), int(mine["ts_event"])
    interest.count(contract, series, mine)
    if mine["verdict"] == _LATE:
        return count
    if gather.may_join(mine, series, rules):
        if gather.joins(contract, side, ts, now, rules):
            gather.extend(contract, side, ring, row)
            return count
        if ts == now:
            if contract["held"][side] > 0:
                count = gather.close(contract, side, ring, series, parents, count, rules)
            gather.begin(contract, side, ring, row)
            return count
    return gather.stand_alone(mine, row, ring, series, parents, count, rules)


@stage
def close_passed(
    ring: Records,
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
    mask = ring.size - 1
    due = now - rules["gap_ns"]
    while passed < rows and ring[passed & mask]["ts_event"] < due:
        mine = ring[passed & mask]
        side = int(mine["side"])
        if side != _MID:
            contract = contracts[mine["contract"]]
            if contract["held"][side] > 0 and contract["last"][side] < due:
                count = gather.close(contract, side, ring, series, parents, count, rules)
        passed += 1
    oldest = due - rules["span_ns"]
    while kept < passed and ring[kept & mask]["ts_event"] < oldest:
        kept += 1
    return passed, kept, count


@kernel
def tick(
    now: int,
    ring: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    clock: NDArray[np.int64],
    rule: Records,
) -> None:
    """Move the clock of a silent tape and close what that passes."""
    clock[_NOW] = max(clock[_NOW], now)
    clock[_PASSED], clock[_KEPT], clock[_PARENTS] = close_passed(
        ring, clock[_PASSED], clock[_KEPT], clock[_ROWS], clock[_NOW], contracts, series,
        parents, clock[_PARENTS], rule[0],
    )  # fmt: skip


@kernel
def fold_again(
    batch: PrintBatch,
    nows: NDArray[np.int64],
    verdicts: NDArray[np.uint8],
    ring: Records,
    contracts: Records,
    series: Records,
    parents: Records,
    clock: NDArray[np.int64],
    rule: Records,
) -> None:
    """Fold the prints of one emptied contract once more, into a ring that holds them all.

    `nows` is the clock each was met at; prints whose verdict is not to be folded are left
    out. Windows that the tape's clock has passed are closed.
    """
    rules = rule[0]
    count = clock[_PARENTS]
    contract = contracts[batch.contract[0]]
    for i in range(nows.size):
        if verdicts[i] > _LATE:
            continue
        nbbo = pair.nbbo_state(batch.bid[i], batch.ask[i], batch.marks[i])
        enter(batch, i, nbbo, verdicts[i], ring[i], rules)
        count = settle(ring, i, nows[i], contract, series, parents, count, rules)
    due = clock[_NOW] - rules["gap_ns"]
    for side in range(_MID):
        if contract["held"][side] > 0 and contract["last"][side] < due:
            count = gather.close(contract, side, ring, series, parents, count, rules)
    clock[_PARENTS] = count
