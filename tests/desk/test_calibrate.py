"""Figures of a simulated day, each against slow code of its own."""

import datetime as dt
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from opentape.desk.calibrate import figures, gather, listed, truths
from opentape.desk.calibrate.anchors import ANCHORS
from opentape.desk.calibrate.gather import Day, Ticks
from opentape.desk.calibrate.measure import calibrate, calibrated
from opentape.desk.calibrate.reply import Row, row
from opentape.market.calendar import session_of
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import OpenInterest
from opentape.simulation.records import PACKAGES, STYLES, Truth

DATE = dt.date(2026, 5, 21)
SESSION = session_of(DATE)
CENT = 10_000_000
TODAY, LATER = "260521", "260619"
SYMBOLS = [
    *(f"SPXW  {TODAY}{right}0654{last}000" for right in "CP" for last in "05"),
    f"SPX   {LATER}C06600000",
    f"VIX   {LATER}C00020000",
    *(f"{root:<6}{LATER}P00{strike}00000" for root in ("SPY", "QQQ") for strike in (1, 2)),
]
STYLE = STYLES.index


class Print(NamedTuple):
    """One print, or a cancel, with what is true of it."""

    ts: int
    sequence: int
    contract: int
    price: int
    size: int
    bid: int
    ask: int
    venue: int
    condition: int
    parent: int
    style: int
    customer: int
    busted: bool


class FakeTape:
    """Batches of a few rows each."""

    def __init__(self, rows: list[Print], at_once: int) -> None:
        self.contracts = Contracts()
        self.contracts.intern(SYMBOLS)
        self._rows = rows
        self._at_once = at_once

    def batches(self) -> Iterator[PrintBatch]:
        for start in range(0, len(self._rows), self._at_once):
            rows = self._rows[start : start + self._at_once]
            batch = PrintBatch.empty(len(rows))
            for at, one in enumerate(rows):
                batch.ts_event[at], batch.sequence[at] = one.ts, one.sequence
                batch.contract[at], batch.price[at] = one.contract, one.price
                batch.size[at], batch.venue[at] = one.size, one.venue
                batch.bid[at], batch.ask[at] = one.bid, one.ask
                batch.condition[at] = one.condition
            yield batch


def truth_of(rows: list[Print]) -> Truth:
    zeros = np.zeros(len(rows), np.int8)

    def column(name: str, kind: type[np.generic]) -> np.ndarray:
        return np.array([getattr(one, name) for one in rows], kind)

    return Truth(
        sequence=column("sequence", np.int64),
        parent=column("parent", np.int64),
        package=zeros.astype(np.int64),
        structure=zeros.astype(np.uint8),
        intent=zeros.astype(np.uint8),
        style=column("style", np.uint8),
        aggressor=zeros,
        customer=column("customer", np.int8),
        opens=zeros,
        oi_change=zeros.astype(np.int32),
        roll=zeros.astype(np.bool_),
        hedge=zeros.astype(np.bool_),
        direction=zeros,
        busted=column("busted", np.bool_),
    )


def made(count: int = 3_000, seed: int = 1) -> list[Print]:
    assert SESSION is not None
    rng = Random(seed)
    stamps = sorted(rng.randrange(SESSION.start_ns, SESSION.end_ns) for _ in range(count))
    rows = []
    for number, ts in enumerate(stamps, start=1):
        bid = rng.randrange(20, 25)
        ask = bid + rng.choice([0, 1, 2, 3, 4])
        known = rng.random() > 0.02
        style = rng.randrange(len(STYLES))
        cancel = STYLES[style] == "cancel"
        rows.append(
            Print(
                ts=ts,
                sequence=number,
                contract=rng.randrange(len(SYMBOLS)),
                price=rng.randrange(bid - 1, ask + 2) * CENT,
                size=int(rng.paretovariate(0.9)),
                bid=bid * CENT if known else UNKNOWN,
                ask=ask * CENT if known else UNKNOWN,
                venue=rng.randrange(1, 19),
                condition=Condition.CANCEL if cancel else rng.randrange(15),
                parent=number // 3,
                style=style,
                customer=rng.choice([-1, 0, 1]),
                busted=rng.random() < 0.05,
            )
        )
    return rows


ROWS = made()
REAL = [one for one in ROWS if one.condition != Condition.CANCEL]
VOLUME = sum(one.size for one in REAL)


@pytest.fixture(scope="module")
def day() -> Day:
    return gather.gather(FakeTape(ROWS, 700), truth_of(ROWS))


def told(rows: Iterator[Row]) -> dict[str, Row]:
    names = {anchor.what: key for key, anchor in ANCHORS.items()}
    return {names[one.what]: one for one in rows}


def volume_share(chosen: list[Print], of: list[Print] = REAL) -> float:
    return sum(one.size for one in chosen) / sum(one.size for one in of)


def test_batches_of_any_size_gather_the_same(day: Day) -> None:
    other = gather.gather(FakeTape(ROWS, 13), truth_of(ROWS))
    assert all(
        np.array_equal(one, two) for one, two in zip(day.prints, other.prints, strict=True)
    )
    assert day.cancels == other.cancels == len(ROWS) - len(REAL)


def test_repeats_and_strangers_are_left_out(day: Day) -> None:
    stranger = ROWS[-1]._replace(sequence=len(ROWS) + 5, condition=0)
    repeats = [*ROWS, *REAL[:4], stranger]
    other = gather.gather(FakeTape(repeats, 700), truth_of(ROWS))
    assert other.unmatched == 5
    assert np.array_equal(other.prints.size, day.prints.size)


def test_truth_may_stand_in_any_order(day: Day) -> None:
    other = gather.gather(FakeTape(ROWS, 700), truth_of(ROWS[::-1]))
    assert np.array_equal(other.prints.parent, day.prints.parent)


def test_progress_is_told() -> None:
    seen: list[int] = []
    gather.gather(FakeTape(ROWS, 1_000), truth_of(ROWS), seen.append)
    assert seen == [1_000, 1_000, 1_000]


@pytest.mark.parametrize(
    ("price", "bid", "ask", "place", "rule"),
    [
        (12, 9, 11, gather.ABOVE, 1),
        (11, 9, 11, gather.AT_ASK, 1),
        (10, 9, 11, gather.MIDDLE, 0),
        (10, 10, 10, gather.MIDDLE, 0),
        (9, 9, 11, gather.AT_BID, -1),
        (8, 9, 11, gather.BELOW, -1),
        (10, 8, 14, gather.INSIDE, -1),
        (10, 12, 11, gather.NO_QUOTE, 0),
        (10, UNKNOWN, 11, gather.NO_QUOTE, 0),
    ],
)
def test_prices_are_placed(price: int, bid: int, ask: int, place: int, rule: int) -> None:
    columns = (np.array([one], np.int64) for one in (price, bid, ask))
    places, rules = gather.placed(*columns)
    assert (places[0], rules[0]) == (place, rule)


def slow_ticks(rows: list[tuple[int, int]]) -> list[int]:
    last: dict[int, int] = {}
    moved: dict[int, int] = {}
    found = []
    for contract, price in rows:
        if contract in last and price != last[contract]:
            moved[contract] = 1 if price > last[contract] else -1
        last[contract] = price
        found.append(moved.get(contract, 0))
    return found


def test_the_tick_test_looks_back_over_batches(day: Day) -> None:
    rows = [(one.contract, one.price) for one in REAL]
    assert day.prints.tick.tolist() == slow_ticks(rows)


def test_the_tick_test_takes_contracts_that_come_later() -> None:
    ticks = Ticks()
    many = np.array([0, 200_000, 0], np.int32)
    assert ticks.test(many, np.array([5, 5, 6])).tolist() == [0, 0, 1]
    assert ticks.test(many[:0], np.array([], np.int64)).tolist() == []
    assert ticks.test(many[1:2], np.array([4])).tolist() == [-1]


def test_activity(day: Day) -> None:
    assert SESSION is not None
    rows = told(figures.activity(day))
    assert rows["prints"].figure == len(REAL)
    assert rows["mean_size"].figure == pytest.approx(VOLUME / len(REAL))
    assert rows["contracts"].figure == pytest.approx(VOLUME / len(REAL) * 8e6)
    windows = Counter((one.ts - SESSION.start_ns) // 100_000_000 for one in REAL)
    mean = len(REAL) / (6.5 * 36_000)
    assert rows["peak"].figure == pytest.approx(max(windows.values()) / mean)
    half = 1_800 * 10**9
    first = [one for one in REAL if one.ts < SESSION.start_ns + half]
    last = [one for one in REAL if one.ts >= SESSION.end_ns - half]
    assert rows["first_half_hour"].figure == pytest.approx(volume_share(first))
    assert rows["last_half_hour"].figure == pytest.approx(volume_share(last))


def test_no_law_is_read_from_few_names(day: Day) -> None:
    zipf = told(figures.activity(day))["zipf"]
    assert zipf.figure is None
    assert zipf.inside is None
    assert "20 names" in zipf.note


def test_zipf_is_the_slope_over_ranks() -> None:
    counts = np.array([int(10_000 / rank**0.9) for rank in range(1, 101)])
    np.random.default_rng(0).shuffle(counts)
    assert figures._zipf(counts).figure == pytest.approx(0.9, abs=0.01)


def percentile(sizes: list[int], percent: int) -> int:
    return sorted(sizes)[max(0, math.ceil(percent / 100 * len(sizes)) - 1)]


def test_sizes(day: Day) -> None:
    rows = told(figures.sizes(day))
    for key, chosen in (("size", REAL), ("vix", [p for p in REAL if p.contract == 5])):
        sizes = [one.size for one in chosen]
        for percent in (50, 90, 99):
            assert rows[f"{key}_p{percent}"].figure == percentile(sizes, percent)


def slow_place(one: Print) -> str | None:
    if UNKNOWN in {one.bid, one.ask} or one.bid > one.ask:
        return None
    if not one.bid <= one.price <= one.ask:
        return "outside"
    if 2 * one.price == one.bid + one.ask:
        return "at_mid"
    return {one.ask: "at_ask", one.bid: "at_bid"}.get(one.price, "inside")


def test_places(day: Day) -> None:
    found = Counter(slow_place(one) for one in REAL)
    del found[None]
    rows = told(figures.places(day))
    assert {key: one.figure for key, one in rows.items()} == {
        key: pytest.approx(count / found.total()) for key, count in found.items()
    }


def test_kinds(day: Day) -> None:
    rows = told(figures.kinds(day))
    names = {
        "multi_leg": PACKAGES,
        "electronic": {"auto", "sweep", "worked"},
        "auction": {"auction", "complex_auction"},
        "complex": {"complex"},
        "floor": {"floor", "complex_floor"},
        "cross": {"cross", "complex_cross"},
        "stock_tied": {"stock_tied"},
    }
    for key, styles in names.items():
        chosen = [one for one in REAL if STYLES[one.style] in styles]
        assert rows[key].figure == pytest.approx(volume_share(chosen))
    legs = [one for one in REAL if one.condition in {Condition.LEG, Condition.STOCK_TIED}]
    assert rows["class_leg"].figure == pytest.approx(volume_share(legs))
    spx = [one for one in REAL if one.contract < 5]
    today = [one for one in spx if one.contract < 4]
    single = [one for one in today if STYLES[one.style] not in PACKAGES]
    assert rows["zero_dte"].figure == pytest.approx(volume_share(today, spx))
    assert rows["zero_dte_single"].figure == pytest.approx(volume_share(single, today))


def slow_rule(one: Print) -> int:
    if UNKNOWN in {one.bid, one.ask} or one.bid > one.ask:
        return 0
    twice = 2 * one.price - one.bid - one.ask
    return (twice > 0) - (twice < 0)


def test_signing(day: Day) -> None:
    ticks = slow_ticks([(one.contract, one.price) for one in REAL])
    credit, unsigned, mine = 0.0, 0, 0
    for one, tick in zip(REAL, ticks, strict=True):
        if one.customer:
            sign = slow_rule(one) or tick
            credit += 0.5 if not sign else sign == one.customer
            unsigned += not sign
            mine += 1
    rows = told(truths.signing(day))
    assert rows["lee_ready"].figure == pytest.approx(credit / mine)
    assert rows["unsigned"].figure == pytest.approx(unsigned / mine)
    signed = [one for one in REAL if one.customer and slow_rule(one)]
    auto = [one for one in signed if STYLES[one.style] == "auto"]
    for key, chosen in (("quote_rule", auto), ("quote_rule_all", signed)):
        right = sum(slow_rule(one) == one.customer for one in chosen)
        assert rows[key].figure == pytest.approx(right / len(chosen))


def test_execution(day: Day) -> None:
    sweeps: dict[int, list[Print]] = defaultdict(list)
    swept = [one for one in REAL if STYLES[one.style] == "sweep"]
    for one in swept:
        if one.condition != Condition.LATE:
            sweeps[one.parent].append(one)
    several = [some for some in sweeps.values() if len(some) > 1]
    spans = [(some[-1].ts - some[0].ts) / 1e6 for some in several]
    rows = told(truths.execution(day))
    assert several
    assert rows["sweep_median"].figure == pytest.approx(statistics.median(spans))
    assert rows["sweep_longest"].figure == pytest.approx(max(spans))
    most = max(len({one.venue for one in some}) for some in several)
    assert rows["sweep_venues"].figure == most
    assert rows["sweep_share"].figure == pytest.approx(volume_share(swept))
    assert rows["cancels"].figure == pytest.approx(len(REAL) / (len(ROWS) - len(REAL)))


def test_a_day_without_sweeps_or_cancels_says_so() -> None:
    plain = [one._replace(style=STYLE("auto")) for one in REAL]
    quiet = gather.gather(FakeTape(plain, 700), truth_of(plain))
    rows = told(truths.execution(quiet))
    assert {key for key, one in rows.items() if one.figure is None} == {
        *("sweep_median", "sweep_longest", "sweep_venues", "cancels")
    }


def interest_of(contracts: Contracts, held: dict[int, int]) -> OpenInterest:
    places = np.array(list(held), np.int64)
    return OpenInterest(contracts.keys[places], np.array(list(held.values())))


def test_interest(day: Day) -> None:
    volume: Counter[int] = Counter()
    for one in REAL:
        volume[one.contract] += 0 if one.busted else one.size
    before = interest_of(day.contracts, dict.fromkeys(range(9), 1000))
    moved = {at: volume[at] // (at - 1) for at in range(4, 9)} | {9: 7, 6: volume[6] + 1}
    after = {at: 1_000 + moved.get(at, 0) for at in range(9)} | {9: 7}
    rows = told(listed.interest(day, before, interest_of(day.contracts, after)))
    assert rows["oi_violations"].figure == 1
    assert rows["oi_violations"].inside is False
    traded = sum(volume[at] for at in range(4, 10))
    assert rows["oi_share"].figure == pytest.approx(sum(moved.values()) / traded)


def test_interest_that_nobody_told_is_missing(day: Day) -> None:
    rows = told(listed.interest(day, OpenInterest.none(), OpenInterest.none()))
    assert [one.figure for one in rows.values()] == [None, None]


def chain_of(quotes: dict[str, tuple[float, float]]) -> Chain:
    contracts = Contracts()
    contract = contracts.intern(list(quotes))
    bid, ask = np.array(list(quotes.values())).T
    nothing = np.full(bid.size, np.nan)
    counts = np.zeros(bid.size, np.int64)
    return Chain(
        "SPY", 0, 100.0, contracts, contract, bid, ask, nothing,
        counts, counts, counts, counts, counts, nothing, nothing, nothing,
    )  # fmt: skip


def test_widths_are_ticks_by_moneyness_and_price() -> None:
    chain = chain_of(
        {
            f"SPY   {LATER}C00100000": (5.00, 5.20),
            f"SPY   {LATER}P00100000": (4.00, 4.05),
            f"SPY   {LATER}C00110000": (1.00, 1.03),
            f"SPY   {LATER}P00090000": (0.50, 0.51),
            f"SPY   {LATER}C00090000": (11.0, 11.5),
            f"SPY   {LATER}P00091000": (0.0, 0.51),
        }
    )
    rows = told(listed.widths([chain]))
    assert rows["width_near_high"].figure == 2.5
    assert rows["width_out_low"].figure == 2
    assert rows["width_in_high"].figure == 10
    assert rows["width_near_low"].figure is None
    assert rows["width_near_low"].inside is None


def test_no_chain_has_no_widths() -> None:
    assert list(listed.widths([])) == []


@pytest.mark.parametrize(
    ("key", "figure", "inside"),
    [
        ("mean_size", 7.0, True),
        ("mean_size", 5.0, False),
        ("mean_size", math.nan, None),
        ("sweep_share", 0.1, None),
        ("oi_violations", 0.0, True),
    ],
)
def test_a_figure_is_held_to_its_anchor(
    key: str, figure: float, *, inside: bool | None
) -> None:
    assert row(key, figure).inside is inside


def test_what_cannot_agree_says_why() -> None:
    assert row("size_p90", 9.0).excuse
    assert not row("size_p90", 120.0).excuse


def test_every_anchor_is_reported_once(day: Day) -> None:
    nothing = OpenInterest.none()
    chain = chain_of({f"SPY   {LATER}C00100000": (5.00, 5.20)})
    found = calibrate(day, nothing, nothing, [chain])
    assert [one.what for one in found.rows] == [one.what for one in ANCHORS.values()]
    assert found.date == "2026-05-21"
    assert found.symbols == 4
    assert calibrated([found]).assumptions


def test_every_anchor_with_a_range_has_a_source() -> None:
    for anchor in ANCHORS.values():
        assert anchor.source or anchor.agrees is None
        assert anchor.agrees is None or anchor.agrees[0] <= anchor.agrees[1]


def test_a_market_without_indices_says_so() -> None:
    tape = FakeTape([one._replace(contract=0) for one in REAL], 700)
    tape.contracts = Contracts()
    tape.contracts.intern([f"SPY   {LATER}C00100000"])
    bare = gather.gather(tape, truth_of(REAL))
    rows = told(figures.kinds(bare)) | told(figures.sizes(bare))
    assert {key for key, one in rows.items() if one.figure is None} == {
        *("zero_dte", "zero_dte_single", "vix_p50", "vix_p90", "vix_p99")
    }


def test_a_day_without_a_session_has_no_half_hours() -> None:
    sunday = [one._replace(ts=one.ts + 3 * 86_400 * 10**9) for one in REAL]
    rows = told(figures.activity(gather.gather(FakeTape(sunday, 700), truth_of(sunday))))
    assert rows.keys() == {"prints", "mean_size", "contracts", "zipf"}


def test_no_tape_is_no_print() -> None:
    nothing = gather.gather(FakeTape([], 1), truth_of(REAL))
    assert nothing.prints.rows == nothing.cancels == 0


def test_a_tape_without_truth_is_refused() -> None:
    empty = gather.gather(FakeTape(ROWS, 700), truth_of([]))
    assert empty.unmatched == len(REAL)
    with pytest.raises(BadFile, match="share prints"):
        calibrate(empty, OpenInterest.none(), OpenInterest.none(), [])
