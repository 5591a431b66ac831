"""What a feed breaks: as often as asked, and the log of it is exact."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from opentape.market.calendar import day_of, session_of
from opentape.market.errors import BadSetting
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import UNKNOWN_OI
from opentape.market.venues import MICS
from opentape.simulation.faults import FaultKind, Faults, parse_faults
from opentape.simulation.faults.busts import FIRST_SEQUENCE
from simulation.broken_day import (
    DATE,
    MS,
    NANOS,
    ON_TAPE,
    SEED,
    broken,
    mixes,
    played,
    same,
    seeds,
    undone,
)


@given(rates=mixes, seed=seeds)
def test_the_log_undoes_any_mix(rates: dict[FaultKind, float], seed: int) -> None:
    clean, given_ = played().tape, broken(rates, seed)
    left = clean.take(~np.isin(clean.sequence, given_.hit("gap")))
    assert same(undone(given_), left)


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
    # gaps and minutes are few in a small day, and not every print has an earlier one
    few = {FaultKind.GAP, FaultKind.STALE_NBBO, FaultKind.CLOCK_SKEW}
    assert (0.05 if kind in few else 0.15) < hit < 0.4


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


def test_a_price_that_cannot_be_is_a_hundred_times_the_ask() -> None:
    clean, given_ = played().tape, broken({FaultKind.IMPOSSIBLE_PRICE: 0.2})
    hit = np.isin(clean.sequence, given_.hit("impossible_price"))
    assert (given_.tape.price[~hit] == clean.price[~hit]).all()
    assert hit.sum() > 100
    assert (given_.tape.price[hit] == 100 * clean.ask[hit]).all()


def test_a_wrong_time_is_far_ahead_or_before_the_session() -> None:
    clean, given_ = played().tape, broken({FaultKind.WRONG_TIME: 0.2})
    assert (given_.tape.sequence == clean.sequence).all()
    off = (given_.tape.ts_event - clean.ts_event) // NANOS
    session, span = session_of(DATE), day_of(DATE)
    assert session is not None
    hit = off != 0
    assert sorted(clean.sequence[hit].tolist()) == sorted(given_.hit("wrong_time"))
    ahead, behind = off > 0, off < 0
    assert (off[ahead] >= 600).all()
    assert (given_.tape.ts_event[behind] < session.start_ns).all()
    assert (given_.tape.ts_event >= span.start_ns).all()
    assert (given_.tape.ts_event < span.end_ns).all()
    assert min(ahead.sum(), behind.sum()) > 100
    told = {fault.sequence: fault.detail for fault in given_.log}
    first = int(np.flatnonzero(ahead)[0])
    assert told[int(clean.sequence[first])] == f"stamped {off[first]:,} s ahead"


def test_a_morning_may_be_told_again() -> None:
    day = played()
    told, after = day.open_interest, day.open_interest + 1
    whole = Faults({FaultKind.REPEATED_OI: 1.0}, day.contracts, SEED, DATE.toordinal())
    assert whole.next_oi(after, told) is told
    (fault,) = whole.faults
    assert fault.kind == "repeated_oi"
    assert fault.detail == f"{told.size:,} contracts as this morning"
    none = Faults({}, day.contracts, SEED, DATE.toordinal())
    assert none.next_oi(after, told) is after


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
