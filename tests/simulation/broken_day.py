"""A small simulated day, the same day broken, and what the engine makes of either."""

import datetime as dt
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from opentape.desk.replay import Settled, replay
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.market.calendar import session_of
from opentape.market.columns import PrintBatch
from opentape.market.conditions import classify
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import OpenInterest
from opentape.market.venues import MICS
from opentape.simulation import day as market
from opentape.simulation import scene
from opentape.simulation.customers import book
from opentape.simulation.faults import FaultKind, Faults
from opentape.simulation.options import MarketOptions
from opentape.simulation.records import Delivered, Fault
from opentape.simulation.world import paths
from opentape.simulation.world.listing import list_series
from opentape.simulation.world.names import names_of

DATE = dt.date(2026, 5, 21)
PRINTS = 3_000
SEED = 7
NANOS = 1_000_000_000
MS = 1_000_000
QUOTES = {"stale_nbbo", "crossed_nbbo", "missing_nbbo"}
OF_MORNINGS = {FaultKind.WRONG_OI, FaultKind.REPEATED_OI}
ON_TAPE = [kind for kind in FaultKind if kind not in OF_MORNINGS]
mixes = st.dictionaries(
    st.sampled_from(ON_TAPE), st.sampled_from([0.002, 0.05, 0.4, 0.9]), min_size=1
)
seeds = st.integers(0, 1 << 40)


class Played(NamedTuple):
    """A day without a fault."""

    slices: list[Delivered]
    contracts: Contracts
    open_interest: np.ndarray

    @property
    def tape(self) -> Delivered:
        return Delivered.joined(self.slices)


@cache
def played() -> Played:
    """A small day on two names, so that contracts trade often."""
    names = names_of(MarketOptions(date=DATE, symbols=("SPY", "NVDA"), prints=PRINTS))
    session = session_of(DATE)
    assert session is not None
    opening = paths.Standing(np.array([one.spot for one in names]), np.ones(len(names)))
    listing = list_series(names, opening.spot, DATE)
    quiet = np.zeros(len(names), np.int64)
    made = scene.scene_of(names, listing, opening, session, quiet, (SEED, DATE.toordinal()))
    held = book.opening(scene.popularity(made), PRINTS * 8.0, np.random.default_rng(1))
    interest = held.open_interest.copy()
    parts = [
        part.delivered
        for part in market.play(made, PRINTS, held)
        if isinstance(part, market.Slice)
    ]
    tape = with_cancels(Delivered.joined(parts))
    edges = np.linspace(0, tape.rows, 12).astype(int).tolist()
    slices = [tape.take(slice(*ends)) for ends in pairwise(edges)]
    return Played(slices, listing.contracts, interest)


def with_cancels(tape: Delivered) -> Delivered:
    """The prints of a tape, one in 29 taken back half a second to half an hour later.

    A small day as it is played has hardly a cancel.
    """
    letters = np.array([ord(letter) for letter in "AC"])
    prints = tape.take(~np.isin(tape.letter, letters))
    taken = np.arange(0, prints.rows, 29)
    after = np.geomspace(0.5 * NANOS, 1_800 * NANOS, taken.size).astype(np.int64)
    after = np.random.default_rng(2).permutation(after)
    cancels = prints.take(taken)._replace(
        ts_event=prints.ts_event[taken] + after,
        cancels=taken,
        letter=letters[taken % 2].astype(np.uint8),
    )
    both = Delivered.joined([prints, cancels])
    order = np.argsort(both.ts_event, kind="stable")
    number = np.empty_like(order)
    number[order] = 1 + np.arange(order.size)
    named = np.where(np.arange(both.rows) < prints.rows, 0, number[both.cancels])
    return both._replace(sequence=number, cancels=named).take(order)


class Broken(NamedTuple):
    """The same day with faults."""

    tape: Delivered
    log: list[Fault]

    def hit(self, *kinds: str) -> list[int]:
        return [fault.sequence for fault in self.log if fault.kind in kinds]


def broken(rates: dict[FaultKind, float], seed: int = SEED) -> Broken:
    day = played()
    faults = Faults(rates, day.contracts, seed, DATE.toordinal())
    parts = [faults.apply(part) for part in day.slices]
    rest = faults.rest()
    return Broken(
        Delivered.joined(parts if rest is None else [*parts, rest]), faults.faults
    )


def write(path: Path, tape: Delivered) -> None:
    """Write a tape in the columns that the documentation lists."""
    contracts = played().contracts
    places, at = np.unique(tape.contract, return_inverse=True)
    symbols = [contracts[place].symbol for place in places.tolist()]

    def money(column: np.ndarray) -> pa.Array:
        return pa.array(column / NANOS, mask=column == UNKNOWN)

    columns = {
        "ts_event": pa.array(tape.ts_event),
        "symbol": pa.DictionaryArray.from_arrays(at.astype(np.int32), symbols),
        "price": money(tape.price),
        "size": pa.array(tape.size),
        "bid": money(tape.bid),
        "ask": money(tape.ask),
        "spot": money(tape.spot),
        "venue": pa.array([MICS[place] for place in tape.venue.tolist()]),
        "condition": pa.array([chr(letter) for letter in tape.letter.tolist()]),
        "sequence": pa.array(tape.sequence),
        "cancels": pa.array(tape.cancels),
        "bid_size": pa.array(tape.bid_size),
        "ask_size": pa.array(tape.ask_size),
    }
    pq.write_table(pa.table(columns), path)


class Counted(NamedTuple):
    """What the engine made of a tape."""

    volume: dict[str, int]
    signed: int
    fold: Fold


def counted(tape: Delivered) -> Counted:
    """Fold a file of the tape, which the feed brings into order."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tape.parquet"
        write(path, tape)
        read = open_tape([path])
        fold = Fold(read.contracts)
        for batch in read.batches():
            fold.push(batch)
    return came_to(fold, read.contracts)


def counted_live(tape: Delivered) -> Counted:
    """Fold the tape as it comes, 64 rows at a time, with a question after each."""
    contracts = played().contracts
    rows = PrintBatch(
        ts_event=tape.ts_event,
        sequence=tape.sequence,
        row=np.arange(tape.rows),
        contract=tape.contract,
        price=tape.price,
        size=tape.size,
        bid=tape.bid,
        ask=tape.ask,
        spot=tape.spot,
        venue=tape.venue,
        condition=np.array([classify(chr(one)) for one in tape.letter.tolist()], np.uint8),
        marks=np.zeros(tape.rows, np.uint8),
        cancels=tape.cancels,
    )
    fold = Fold(contracts)
    for start in range(0, tape.rows, 64):
        fold.push(rows.take(slice(start, start + 64)))
        fold.settle_cancels()
    return came_to(fold, contracts)


def came_to(fold: Fold, contracts: Contracts) -> Counted:
    fold.finish()
    states = fold.day.states[: len(contracts)]["volume"]
    totals = enumerate(states.sum(axis=1).tolist())
    traded = {contracts[place].symbol: total for place, total in totals if total}
    return Counted(traded, int(states[:, :2].sum()), fold)


def answer(tape: Delivered) -> bytes:
    """Every signal of a tape, as it is spelled."""
    day = played()
    interest = OpenInterest(day.contracts.keys.copy(), day.open_interest)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tape.parquet"
        write(path, tape)
        told = replay(open_tape([path]), settled=Settled(interest))
        return msgspec.json.encode(list(told.rows()))


def in_order(tape: Delivered) -> Delivered:
    return tape.take(np.lexsort((tape.sequence, tape.ts_event)))


def volume(tape: Delivered) -> dict[str, int]:
    """Sizes of the rows of a tape, each number once, without what a cancel takes back.

    A print beyond ten times its quote does not count, and a cancel that comes before its
    print takes nothing back: both are rules of the engine.
    """
    standing: dict[int, tuple[int, int]] = {}
    came: set[int] = set()
    for row in range(tape.rows):
        sequence, cancels = int(tape.sequence[row]), int(tape.cancels[row])
        if sequence in came:
            continue
        came.add(sequence)
        if cancels:
            standing.pop(cancels, None)
        elif not is_absurd(*(int(each[row]) for each in (tape.price, tape.bid, tape.ask))):
            standing[sequence] = int(tape.contract[row]), int(tape.size[row])
    total: Counter[int] = Counter()
    for contract, size in standing.values():
        total[contract] += size
    return {played().contracts[place].symbol: size for place, size in total.items()}


def is_absurd(price: int, bid: int, ask: int) -> bool:
    if UNKNOWN not in (bid, ask) and bid > ask > 0:
        return False
    return (ask > 0 and price > 10 * ask) or (bid > 0 and 10 * price < bid)


def same(one: Delivered, other: Delivered) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def undone(given: Broken) -> Delivered:
    """A broken tape mended by its log alone; what a gap swallowed is not in it."""
    tape, log = given.tape, given.log
    _, first = np.unique(tape.sequence, return_index=True)
    tape = tape.take(first)
    added = np.array(given.hit("busted_print"), np.int64)
    tape = tape.take(~np.isin(tape.sequence, np.concatenate([added, added + 1])))
    place = {sequence: at for at, sequence in enumerate(tape.sequence.tolist())}
    tape = Delivered(*(column.copy() for column in tape))
    for fault in log:
        if fault.sequence not in place:
            continue
        at = place[fault.sequence]
        if fault.kind in {"clock_skew", "wrong_time"}:
            tape.ts_event[at] = fault.ts_event
        if fault.kind == "impossible_price":
            tape.price[at] = round(float(fault.detail.split(" for ")[1]) * NANOS)
        if fault.kind in QUOTES:
            bid, ask, bid_size, ask_size = re.findall(
                r"[\d.]+", fault.detail.split("not ")[1]
            )
            tape.bid[at], tape.ask[at] = (
                round(float(bid) * NANOS),
                round(float(ask) * NANOS),
            )
            tape.bid_size[at], tape.ask_size[at] = int(bid_size), int(ask_size)
    return tape
