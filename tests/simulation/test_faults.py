"""What a feed breaks: the log is exact, and the engine counts what is left exactly once."""

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
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.desk.replay import Settled, replay
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.market.calendar import day_of, session_of
from opentape.market.columns import PrintBatch
from opentape.market.conditions import classify
from opentape.market.contract import Contracts
from opentape.market.errors import BadSetting
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest
from opentape.market.venues import MICS
from opentape.simulation import day as market
from opentape.simulation import scene
from opentape.simulation.customers import book
from opentape.simulation.faults import FaultKind, Faults, parse_faults
from opentape.simulation.faults.busts import FIRST_SEQUENCE
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
ON_TAPE = [kind for kind in FaultKind if kind is not FaultKind.WRONG_OI]
FEW = settings(max_examples=25, deadline=None)
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
        if fault.kind == "clock_skew":
            tape.ts_event[at] = fault.ts_event
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


# ---------------------------------------------------------------- the log is exact


@FEW
@given(rates=mixes, seed=seeds)
def test_the_log_undoes_any_mix(rates: dict[FaultKind, float], seed: int) -> None:
    clean, given_ = played().tape, broken(rates, seed)
    left = clean.take(~np.isin(clean.sequence, given_.hit("gap")))
    assert same(undone(given_), left)


@FEW
@given(rates=mixes, seed=seeds)
def test_the_log_knows_when_prints_were_made(
    rates: dict[FaultKind, float], seed: int
) -> None:
    clean, given_ = played().tape, broken(rates, seed)
    made = clean.ts_event.tolist()
    for fault in given_.log:
        if fault.sequence < FIRST_SEQUENCE:
            assert made[fault.sequence - 1] == fault.ts_event
    kinds = {fault.kind for fault in given_.log}
    assert kinds <= set(rates)


@pytest.mark.parametrize("kind", ON_TAPE)
def test_a_kind_that_is_asked_for_happens_as_often(kind: FaultKind) -> None:
    hit = len(broken({kind: 0.2}).log) / played().tape.rows
    # not every print has an earlier one; a clock that is off hits what its venue reports
    least = 0.05 if kind in {FaultKind.STALE_NBBO, FaultKind.CLOCK_SKEW} else 0.15
    assert least < hit < 0.35


def test_a_gap_is_a_run_of_rows() -> None:
    lost = np.sort(broken({FaultKind.GAP: 0.1}).hit("gap"))
    runs = np.split(lost, np.flatnonzero(np.diff(lost) > 1) + 1)
    assert len(runs) > 1
    assert min(run.size for run in runs[:-1]) >= 5


def test_a_duplicate_is_as_far_away_as_its_log_says() -> None:
    given_ = broken({FaultKind.DUPLICATE: 0.05})
    sequence = given_.tape.sequence
    assert sorted(given_.hit("duplicate")) == sorted(
        one for one, times in Counter(sequence.tolist()).items() if times > 1
    )
    for fault in given_.log:
        first, again = np.flatnonzero(sequence == fault.sequence).tolist()
        assert fault.detail == f"again after {again - first:,} rows"


def test_disorder_moves_what_its_log_says_and_no_time() -> None:
    given_ = broken({FaultKind.DISORDER: 0.01})
    assert not (np.diff(given_.tape.ts_event) >= 0).all()
    stayed = given_.tape.sequence[~np.isin(given_.tape.sequence, given_.hit("disorder"))]
    assert (np.diff(stayed) > 0).all()
    for fault in given_.log:
        assert re.fullmatch(r"[\d,]+ rows (late|early)", fault.detail)


def test_a_stale_quote_is_an_earlier_one_of_its_contract() -> None:
    clean, given_ = played().tape, broken({FaultKind.STALE_NBBO: 0.3})
    assert len(given_.log) > 100
    for sequence in given_.hit("stale_nbbo"):
        at = sequence - 1
        earlier = (clean.contract == clean.contract[at]) & (
            clean.ts_event <= clean.ts_event[at] - NANOS
        )
        earlier &= (clean.bid == given_.tape.bid[at]) & (clean.ask == given_.tape.ask[at])
        earlier &= clean.ask_size == given_.tape.ask_size[at]
        assert earlier.any()


def test_a_crossed_quote_has_its_bid_above_its_ask() -> None:
    given_ = broken({FaultKind.CROSSED_NBBO: 0.1})
    crossed = given_.tape.sequence[given_.tape.bid > given_.tape.ask]
    assert crossed.tolist() == sorted(given_.hit("crossed_nbbo"))


def test_a_missing_quote_lacks_a_side_and_its_size() -> None:
    tape = broken({FaultKind.MISSING_NBBO: 0.1}).tape
    no_bid, no_ask = tape.bid == UNKNOWN, tape.ask == UNKNOWN
    for lacks in (no_bid & ~no_ask, no_ask & ~no_bid, no_bid & no_ask):
        assert lacks.any()
    assert not tape.bid_size[no_bid].any()
    assert not tape.ask_size[no_ask].any()


def test_a_busted_print_is_taken_back_by_a_number_of_its_own() -> None:
    given_ = broken({FaultKind.BUSTED_PRINT: 0.1})
    tape = given_.tape
    assert (np.diff(tape.ts_event) >= 0).all()
    for fault in given_.log:
        (bad,) = np.flatnonzero(tape.sequence == fault.sequence).tolist()
        (cancel,) = np.flatnonzero(tape.cancels == fault.sequence).tolist()
        assert tape.sequence[cancel] == fault.sequence + 1
        assert chr(tape.letter[cancel]) == "A"
        assert 5 * NANOS <= tape.ts_event[cancel] - tape.ts_event[bad] <= 600 * NANOS
        for column in ("contract", "venue", "price", "size"):
            assert getattr(tape, column)[bad] == getattr(tape, column)[cancel]
    told = Counter(fault.detail.split(maxsplit=1)[0] for fault in given_.log)
    assert set(told) == {"price", "size"}


def test_a_clock_is_off_for_a_venue_and_some_minutes() -> None:
    clean, given_ = played().tape, broken({FaultKind.CLOCK_SKEW: 0.2})
    assert (given_.tape.sequence == clean.sequence).all()
    off = (given_.tape.ts_event - clean.ts_event) // MS
    assert 1_000 < np.abs(off).max() <= 1_500
    cells: dict[tuple[int, int], set[int]] = {}
    for venue, ts, ms in zip(clean.venue, clean.ts_event, off, strict=True):
        cells.setdefault((int(venue), int(ts) // (300 * NANOS)), set()).add(int(ms))
    assert all(len(each) == 1 for each in cells.values())
    fault = given_.log[0]
    ms = int(off[fault.sequence - 1])
    way = "ahead" if ms > 0 else "behind"
    assert (
        fault.detail == f"{MICS[clean.venue[fault.sequence - 1]]} {way} by {abs(ms):,} ms"
    )


def test_wrong_open_interest_is_in_the_log() -> None:
    day = played()
    faults = Faults({FaultKind.WRONG_OI: 0.2}, day.contracts, SEED, DATE.toordinal())
    contract = np.arange(day.open_interest.size, dtype=np.int32)
    before = day.open_interest.copy()
    written = faults.wrong_oi(day.open_interest, contract)
    assert (day.open_interest == before).all()
    symbols = {day.contracts[place].symbol: place for place in contract.tolist()}
    mended = written.copy()
    for fault in faults.faults:
        assert fault.ts_event == day_of(DATE).start_ns
        symbol, said, true = fault.detail[:21], *fault.detail[22:].split(", not ")
        place = symbols[symbol]
        assert written[place] == (UNKNOWN_OI if said == "left out" else int(said))
        mended[place] = int(true)
    assert (mended == before).all()
    wrong = written[written != before]
    assert (wrong == 0).any()
    assert (wrong == UNKNOWN_OI).any()
    assert (wrong > 0).any()


def test_the_same_seed_breaks_the_same() -> None:
    every = dict.fromkeys(FaultKind, 0.05)
    one, again, other = broken(every), broken(every), broken(every, SEED + 1)
    assert same(one.tape, again.tape)
    assert one.log == again.log
    assert one.log != other.log


def test_nothing_asked_is_nothing_broken() -> None:
    given_ = broken({})
    assert same(given_.tape, played().tape)
    assert given_.log == []


def test_a_gap_may_swallow_everything() -> None:
    day = played()
    faults = Faults({FaultKind.GAP: 1.0}, day.contracts, SEED, DATE.toordinal())
    assert not any(faults.apply(part).rows for part in day.slices)
    assert faults.rest() is None


def test_a_slice_may_be_empty() -> None:
    nothing = played().tape.take(slice(0, 0))
    faults = Faults(
        dict.fromkeys(FaultKind, 0.5), played().contracts, SEED, DATE.toordinal()
    )
    assert faults.apply(nothing).rows == 0
    assert faults.rest() is None
    assert faults.faults == []


# ---------------------------------------------------------- the engine stands them


@FEW
@given(rates=mixes, seed=seeds)
def test_the_engine_counts_what_is_left_once(
    rates: dict[FaultKind, float], seed: int
) -> None:
    tape = broken(rates, seed).tape
    assert counted(tape).volume == volume(in_order(tape))


@settings(max_examples=10, deadline=None)
@given(rates=mixes, seed=seeds)
def test_a_live_tape_is_counted_once_too(rates: dict[FaultKind, float], seed: int) -> None:
    """Rows come as they are in the file: hours late, again, cancels before their prints."""
    tape = broken(rates, seed).tape
    assert counted_live(tape).volume == volume(tape)


def test_every_kind_at_once_folds() -> None:
    given_ = broken(dict.fromkeys(FaultKind, 0.05))
    assert {fault.kind for fault in given_.log} == {kind.value for kind in ON_TAPE}
    assert counted(given_.tape).volume == volume(in_order(given_.tape))
    assert answer(given_.tape)


@settings(max_examples=6, deadline=None)
@given(rate=st.sampled_from([0.002, 0.1, 1.0]), seed=seeds)
@pytest.mark.parametrize(
    "kinds",
    [
        [FaultKind.DISORDER],
        [FaultKind.DUPLICATE],
        [FaultKind.DISORDER, FaultKind.DUPLICATE],
        [FaultKind.BUSTED_PRINT],
    ],
    ids=["disorder", "duplicate", "both", "busted"],
)
def test_what_adds_no_fact_changes_no_answer(
    kinds: list[FaultKind], rate: float, seed: int
) -> None:
    """Not a byte of a signal: neither order, nor a repeat, nor what is taken back."""
    assert answer(broken(dict.fromkeys(kinds, rate), seed).tape) == clean_answer()


@cache
def clean_answer() -> bytes:
    found = answer(played().tape)
    assert len(msgspec.json.decode(found)) > 20
    return found


def test_repeats_are_counted() -> None:
    given_ = broken({FaultKind.DUPLICATE: 0.3})
    cancels = played().tape.cancels[np.array(given_.hit("duplicate")) - 1]
    assert (cancels > 0).sum() > 5
    skips = counted(given_.tape).fold.skips
    assert skips.counts["duplicate"] == len(given_.log)


def test_a_cancel_whose_print_a_gap_swallowed_takes_nothing_back() -> None:
    given_ = broken({FaultKind.GAP: 0.3})
    tape = given_.tape
    orphans = int(np.isin(tape.cancels, given_.hit("gap")).sum())
    assert orphans > 5
    found = counted(tape)
    assert found.fold.cancels_unmatched == orphans
    assert found.volume == volume(tape)


@pytest.mark.parametrize("kind", [FaultKind.CROSSED_NBBO, FaultKind.MISSING_NBBO])
def test_a_print_without_a_market_has_no_side(kind: FaultKind) -> None:
    given_ = broken({kind: 0.5})
    hit = np.isin(given_.tape.sequence, given_.hit(kind))
    assert counted(given_.tape.take(~hit)).signed > 0
    found = counted(given_.tape.take(hit))
    assert sum(found.volume.values()) > 0
    assert found.signed == 0


# ------------------------------------------------------------------ what is asked


def test_rates_are_read() -> None:
    assert parse_faults("gap=0.001,duplicate=1") == {
        FaultKind.GAP: 0.001,
        FaultKind.DUPLICATE: 1.0,
    }
    assert parse_faults(" Wrong-OI = 1e-3 ") == {FaultKind.WRONG_OI: 0.001}
    assert parse_faults("gap=0.5,all=0.01") == dict.fromkeys(FaultKind, 0.01) | {
        FaultKind.GAP: 0.5
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be KIND=RATE with a kind of gap, duplicate, .*, all, was ''"),
        ("gaps=0.1", "must be KIND=RATE .* was 'gaps=0.1'"),
        ("gap=0.1,", "must be KIND=RATE .* was ''"),
        ("gap", "the rate of gap must be above 0 and at most 1, was ''"),
        ("gap=0", "the rate of gap must be above 0 and at most 1, was '0'"),
        ("gap=1.5", "the rate of gap must be above 0 and at most 1, was '1.5'"),
        ("stale-nbbo=nan", "the rate of stale_nbbo must be above 0 .*, was 'nan'"),
        ("gap=1%", "the rate of gap must be above 0 and at most 1, was '1%'"),
        ("gap=0.1,gap=0.2", "must be given once, was gap twice in 'gap=0.1,gap=0.2'"),
    ],
)
def test_what_is_no_rate_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        parse_faults(text)
