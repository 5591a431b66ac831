"""The audit says what slow loops over the same files say."""

import datetime as dt
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import market_folders
import naive
import tapes
from opentape.desk.audit.audit import Audited, audit_day, audited
from opentape.desk.audit.measures import MEASURES
from opentape.desk.audit.members import gather_all
from opentape.desk.audit.tally import Tally, added, correlation
from opentape.desk.replay import Settled
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.wiring import build

SIGN = {"buy": 1, "sell": -1, None: 0, "mid": 0}
BET = {"bullish": 1, "bearish": -1, "neutral": 0}
SEEDS = [1, 2, 3, 4]


def audit_of(*folders: Path, options: FlowOptions | None = None) -> Audited:
    days = []
    for folder in folders:
        files = build.market_days(folder)[0]
        tape = build.open_tape([files.tape])
        interest, _ = build.read_open_interest(files.open_interest, tape.contracts)
        truth = build.open_truth(folder)
        days.append(audit_day(tape, truth, settled=Settled(interest), options=options))
    return audited(days)


def figures(answer: Audited) -> dict[tuple[str, str], tuple]:
    return {
        (row.measure, row.of): (row.n, row.figure, row.baseline)
        for row in answer.together.rows
    }


# ------------------------------------------------------------- the same by slow loops


def listed(path: Path) -> list[dict]:
    """A Parquet file as rows, instants as nanoseconds."""
    table = pq.read_table(path)
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, table[field.name].cast(pa.int64()))
    return table.to_pylist()


def naive_print(row: dict, at: int) -> naive.NaivePrint:
    symbol = row["symbol"]
    return naive.NaivePrint(
        ts_event=row["ts_event"],
        root=symbol[:6].strip(),
        expiry=dt.datetime.strptime(symbol[6:12], "%y%m%d").date(),  # noqa: DTZ007
        strike_mills=int(symbol[13:]),
        right=symbol[12],
        price=round(row["price"] * 10**9),
        size=row["size"],
        bid=round(row["bid"] * 10**9),
        ask=round(row["ask"] * 10**9),
        venue=row["venue"],
        cls=naive.classify_letter(row["condition"]),
        sequence=row["sequence"],
        row=at,
        cancels=row["cancels"],
    )


def slow_day(folder: Path) -> SimpleNamespace:
    """What an audit is made of: prints that stand, truth, orders, parents, bets."""
    rows = listed(folder / "tape.parquet")
    prints = [naive_print(row, at) for at, row in enumerate(rows)]
    by_symbol = {
        row["symbol"]: naive.contract_of(p) for row, p in zip(rows, prints, strict=True)
    }
    kept, _ = naive.standing(prints)
    truth = {row["sequence"]: row for row in listed(folder / "truth" / "prints.parquet")}
    book = listed(folder / "truth" / "book.parquet")
    interest = {
        row["symbol"]: row["open_interest"] for row in listed(folder / "oi.parquet")
    }
    oi = {by_symbol[s]: held for s, held in interest.items() if s in by_symbol}
    orders = defaultdict(list)
    for p in kept:
        if not truth[p.sequence]["busted"]:
            orders[truth[p.sequence]["parent"]].append(p)
    volumes = naive.day_volumes(kept, oi)
    parents = naive.gather(kept)
    bias = {}
    for key, v in volumes.items():
        state = naive.oi_state(v["buy"], v["sell"], v["mid"], v["proven"], oi.get(key))
        bias[key] = state
    bets = {
        id(parent): BET[
            naive.intent(
                parent.first.right, parent.side, bias[naive.contract_of(parent.first)][1]
            )
        ]
        for parent in parents
    }
    shown = {p.sequence: bets[id(parent)] for parent in parents for p in parent.legs}
    return SimpleNamespace(
        kept=kept, truth=truth, book=book, oi=oi, orders=orders, volumes=volumes,
        parents=parents, bias=bias, bets=bets, shown=shown, by_symbol=by_symbol,
    )  # fmt: skip


def fact(day: SimpleNamespace, number: int, name: str) -> object:
    return day.truth[day.orders[number][0].sequence][name]


def size_of(prints: list) -> int:
    return sum(p.size for p in prints)


def mostly(day: SimpleNamespace, parent: naive.NaiveParent) -> int:
    """The order that more than half of a parent is of, 0 if none."""
    contracts = Counter()
    for p in parent.legs:
        if not day.truth[p.sequence]["busted"]:
            contracts[day.truth[p.sequence]["parent"]] += p.size
    return next((n for n, size in contracts.items() if 2 * size > parent.size), 0)


def holder(day: SimpleNamespace, number: int, parents: list) -> naive.NaiveParent | None:
    """The parent that holds more than half of an order."""
    whole = size_of(day.orders[number])
    mine = {p.sequence for p in day.orders[number]}
    for parent in parents:
        if 2 * sum(p.size for p in parent.legs if p.sequence in mine) > whole:
            return parent
    return None


def said(hits: list, beside: list | None = None) -> tuple:
    n = len(hits)
    baseline = None if beside is None or not n else sum(beside) / n
    return n, (sum(hits) / n if n else None), baseline


def slow_sweeps(day: SimpleNamespace) -> dict:
    answer = {}
    true = {
        number
        for number, prints in day.orders.items()
        if fact(day, number, "style") == "sweep" and len(prints) >= 2
    }
    large = [number for number in true if size_of(day.orders[number]) >= 100]
    for rule in ("window", "window, codes hidden", "strict", "strict, codes hidden"):
        plain = [hidden(p) for p in day.kept] if rule.endswith("hidden") else day.kept
        parents = naive.gather(plain, sweep_strict=rule.startswith("strict"))
        sweeps = [parent for parent in parents if parent.structure == "sweep"]
        answer["sweep_precision", rule] = said([mostly(day, s) in true for s in sweeps])
        found = [holder(day, number, sweeps) is not None for number in large]
        answer["sweep_recall", rule] = said(found)
    return answer


def hidden(p: naive.NaivePrint) -> naive.NaivePrint:
    cls = "regular" if p.cls in {"iso", "auction_iso"} else p.cls
    return naive.NaivePrint(**(vars(p) | {"cls": cls}))


def place_of(p: naive.NaivePrint) -> str:
    if naive.nbbo_state(p) != "ok":
        return "no usable quote"
    if p.price > p.ask:
        return "above ask"
    if p.price < p.bid:
        return "below bid"
    if p.price in {p.bid, p.ask}:
        return "at bid" if p.price == p.bid else "at ask"
    if 2 * p.price == p.bid + p.ask:
        return "at mid"
    upper = 2 * p.price > p.bid + p.ask
    return "inside, upper half" if upper else "inside, lower half"


def slow_sides(day: SimpleNamespace) -> dict:
    pairs = defaultdict(list)
    for p in day.kept:
        true = day.truth[p.sequence]
        for who in ("aggressor", "customer"):
            if true[who] is not None and not true["busted"]:
                pair = SIGN[naive.signed(p)[0]], SIGN[true[who]]
                for of in ("all", f"class {p.cls}", place_of(p)):
                    pairs[who, of].append(pair)
    answer = {}
    for (who, of), some in pairs.items():
        signed = [(mine, true) for mine, true in some if mine]
        if signed:
            right = [mine == true for mine, true in signed]
            bought = [true == 1 for _, true in signed]
            answer[f"side_of_{who}", of] = said(right, bought)
        answer[f"unsigned_{who}", of] = said([mine == 0 for mine, _ in some])
    return answer


def slow_openings(day: SimpleNamespace) -> dict:
    tenors = {
        "0 days": (0, 0),
        "1 to 7 days": (1, 7),
        "8 to 30 days": (8, 30),
        "31 to 90 days": (31, 90),
        "over 90 days": (91, 10_000),
    }
    answer = {}
    for of, (first, last) in {"all": (0, 10_000), **tenors}.items():
        mine, plain = [], []
        for p in day.kept:
            true = day.truth[p.sequence]
            dte = (p.expiry - naive.trade_date(p)).days
            if true["opens"] is None or true["busted"] or not first <= dte <= last:
                continue
            if naive.signed(p)[0] == "mid":
                continue
            _, bias, confidence = day.bias[naive.contract_of(p)]
            told = {
                "opening_bias": (1 + confidence) / 2,
                "closing_bias": (1 - confidence) / 2,
            }
            mine.append((told.get(bias, 0.43) - true["opens"]) ** 2)
            plain.append((0.43 - true["opens"]) ** 2)
        answer["opening_brier", of] = said(mine, plain)
    return answer


def slow_interest(day: SimpleNamespace) -> dict:
    answer = {}
    for of in ("engine", "flat rule"):
        errors, still, hits, ups, changes, moves = [], [], [], [], [], []
        for row in day.book:
            key = day.by_symbol.get(row["symbol"])
            if key not in day.oi or not row["volume"] or key[1] <= market_folders.DATE:
                continue
            v = day.volumes[key]
            change = day.bias[key][0]
            if of == "flat rule":
                exact = naive.Fraction(43 * (v["buy"] - v["sell"]), 100)
                change = naive.round_half_away(exact)
            told, morning = day.oi[key], row["next_open_interest"]
            moved = morning - row["open_interest"]
            errors.append(abs(told + change - morning))
            still.append(abs(told - morning))
            changes.append(change)
            moves.append(moved)
            if moved:
                hits.append((change > 0) - (change < 0) == (moved > 0) - (moved < 0))
                ups.append(moved > 0)
        answer["oi_error", of] = said(errors, still)
        answer["oi_sign", of] = said(hits, ups)
        answer["oi_correlation", of] = (len(moves), pearson(changes, moves), None)
        size = sum(map(abs, moves))
        missed = sum(abs(c - m) for c, m in zip(changes, moves, strict=True))
        answer["oi_missed", of] = (size, missed / size, 1.0) if size else (0, None, None)
    return answer


def pearson(xs: list[int], ys: list[int]) -> float | None:
    if len(set(xs)) < 2 or len(set(ys)) < 2:
        return None
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    up = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    x_spread = sum((x - x_mean) ** 2 for x in xs)
    return up / (x_spread * sum((y - y_mean) ** 2 for y in ys)) ** 0.5


def slow_orders(day: SimpleNamespace) -> dict:
    def directional(number: int) -> bool:
        return any(day.shown.get(p.sequence, 0) for p in day.orders[number])

    def against(number: int) -> bool:
        bet = BET[fact(day, number, "direction")]
        return any(day.shown.get(p.sequence, 0) not in {0, bet} for p in day.orders[number])

    def letters(number: int) -> list[bool]:
        return [p.cls in {"leg", "stock_tied"} for p in day.orders[number]]

    legs = [n for n in day.orders if fact(day, n, "package") is not None]
    bare = [n for n in legs if not any(letters(n))]
    answer = {
        ("legs_directional", "all"): said([directional(n) for n in legs]),
        ("legs_against_package", "all"): said([against(n) for n in legs]),
        ("legs_flagged", "all"): said([all(letters(n)) for n in legs]),
        ("legs_without_letters", "all"): said([n in bare for n in legs]),
        ("legs_directional", "without letters"): said([directional(n) for n in bare]),
    }
    for name, column in (("rolls_directional", "roll"), ("hedges_directional", "hedge")):
        mine = [n for n in day.orders if fact(day, n, column)]
        large = [n for n in mine if size_of(day.orders[n]) >= 100]
        answer[name, "all"] = said([directional(n) for n in mine])
        answer[name, "block-sized"] = said([directional(n) for n in large])
    return answer


def slow_directions(day: SimpleNamespace) -> dict:
    bets = [parent for parent in day.parents if day.bets[id(parent)]]
    right, up, false, mixed = [], [], [], []
    for parent in bets:
        number = mostly(day, parent)
        mixed.append(number == 0)
        bet = BET[fact(day, number, "direction")] if number else None
        false.append(bet == 0)
        if bet and fact(day, number, "package") is None:
            right.append(day.bets[id(parent)] == bet)
            up.append(bet == 1)
    shown, reverse = [], []
    for number, prints in day.orders.items():
        bet = BET[fact(day, number, "direction")]
        if bet and fact(day, number, "package") is None and size_of(prints) >= 100:
            parent = holder(day, number, bets)
            told = 0 if parent is None else day.bets[id(parent)]
            shown.append(told == bet)
            reverse.append(told == -bet)
    return {
        ("direction_right", "of single orders"): said(right, up),
        ("direction_false", "all"): said(false),
        ("direction_mixed", "all"): said(mixed),
        ("bets_shown", "single orders"): said(shown),
        ("bets_reversed", "single orders"): said(reverse),
    }


def slow_upkeep(day: SimpleNamespace) -> dict:
    busted = [p for p in day.kept if day.truth[p.sequence]["busted"]]
    all_busted = sum(row["busted"] for row in day.truth.values())
    in_signals = [p for p in busted if p.sequence in day.shown]
    traded = Counter()
    for p in day.kept:
        traded[naive.contract_of(p)] += p.size
    true = {day.by_symbol[row["symbol"]]: row["volume"] for row in day.book}
    some = [key for key in true if traded[key] or true[key]]
    off, whole = sum(abs(traded[key] - true[key]) for key in true), sum(true.values())
    return {
        ("cancelled_in_signals", "all"): (all_busted, len(in_signals), None),
        ("cancelled_in_volume", "all"): (all_busted, len(busted), None),
        ("volume_equal", "all"): said([traded[key] == true[key] for key in some]),
        ("volume_off", "all"): (whole, off / whole, None),
        ("signals_retold", "all"): (len(day.parents), 1.0, None),
    }


SLOW = (
    slow_sweeps, slow_sides, slow_openings, slow_interest, slow_orders, slow_directions,
    slow_upkeep,
)  # fmt: skip


def slow_figures(folder: Path) -> dict:
    day = slow_day(folder)
    return {key: told for stage in SLOW for key, told in stage(day).items()}


# ----------------------------------------------------------------------------- the tests


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("faults", [False, True])
def test_every_row_is_what_slow_loops_say(tmp_path, seed, faults):
    market_folders.make(tmp_path, seed, faults=faults)
    answer = figures(audit_of(tmp_path))
    expected = slow_figures(tmp_path)
    assert answer.keys() == expected.keys()
    assert {measure for measure, _ in answer} == set(MEASURES)
    for key, (n, figure, baseline) in expected.items():
        assert answer[key][0] == n, key
        assert answer[key][1] == pytest.approx(figure), key
        assert answer[key][2] == pytest.approx(baseline), key


def test_the_folders_try_all_that_can_happen(tmp_path):
    """A figure that were the same in each would prove little."""
    found = defaultdict(set)
    for seed in SEEDS:
        market_folders.make(tmp_path / str(seed), seed, faults=True)
        for (measure, _), row in figures(audit_of(tmp_path / str(seed))).items():
            found[measure] |= {row[1]} - {None}
    dull = {measure for measure, seen in found.items() if len(seen) < 2}
    assert dull <= {"signals_retold", "cancelled_in_signals"}


def test_nothing_that_was_cancelled_shows(tmp_path):
    market_folders.make(tmp_path, 4)
    answer = figures(audit_of(tmp_path))
    assert answer["cancelled_in_signals", "all"][1] == 0
    assert answer["cancelled_in_volume", "all"][1] == 0
    assert answer["volume_equal", "all"][1] == 1
    assert answer["signals_retold", "all"][1] == 1


@given(tapes.tapes(), st.sampled_from([1 << 4, 1 << 6, 1 << 14]), st.booleans())
def test_members_are_those_of_the_slow_twin(tape, recent, strict):
    kept, _ = naive.standing(tape)
    by_date = [p for p in kept if naive.trade_date(p) == market_folders.DATE]
    contracts = Contracts()
    prints = tapes.batch_of(by_date, contracts)
    options = GatherOptions(sweep_strict=strict)
    gathered = gather_all(prints, contracts, options, recent=recent)
    found = defaultdict(list)
    for at, owner in enumerate(gathered.owner.tolist()):
        if owner >= 0:
            found[owner].append(by_date[at].row)
    parents = naive.gather(by_date, sweep_strict=strict)
    expected = sorted([p.row for p in parent.legs] for parent in parents)
    assert sorted(found.values()) == expected
    sweeps = {tuple(found[at]) for at in np.flatnonzero(gathered.parents["sweep"]).tolist()}
    assert sweeps == {
        tuple(p.row for p in parent.legs)
        for parent in parents
        if parent.structure == "sweep"
    }


def test_a_long_day_is_told_in_steps(monkeypatch):
    """Steps so short that windows stay open over many of them."""
    monkeypatch.setattr("opentape.desk.audit.members._STEP", 3)
    test_members_are_those_of_the_slow_twin()


def test_days_add_up():
    one = Tally("oi_error", "engine", 2, 10.0, 4.0)
    other = Tally("oi_error", "engine", 3, 5.0, 1.0)
    assert added([[one], [other, one._replace(of="flat rule")]]) == [
        Tally("oi_error", "engine", 5, 15.0, 5.0),
        one._replace(of="flat rule"),
    ]


@given(st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), max_size=20))
def test_correlation_over_days_is_that_of_all_rows(pairs):
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    parts = [
        [correlation("oi_correlation", "engine", *some.T)]
        for some in (columns[::2], columns[1::2])
    ]
    (both,) = added(parts)
    told = both.moments.correlation(both.n)
    if pairs and len(set(columns[:, 0])) > 1 and len(set(columns[:, 1])) > 1:
        assert told == pytest.approx(np.corrcoef(columns.T)[0, 1], abs=1e-9)
    else:
        assert told is None


def test_a_tape_of_two_dates_is_refused(tmp_path):
    made = market_folders.make(tmp_path, 1, orders=10)
    later = [row | {"ts_event": row["ts_event"] + 86_400 * 10**9} for row in made.tape[-1:]]
    made.tape.extend(row | {"sequence": 10_000} for row in later)
    market_folders.write(made, {market_folders.SYMBOLS[0]: 10})
    with pytest.raises(BadFile, match="one trade date, was 2026-05-21 and 2026-05-22"):
        audit_of(tmp_path)


def test_a_day_without_signals_has_figures_that_are_unknown(tmp_path):
    made = market_folders.make(tmp_path, 1, orders=10)
    options = FlowOptions(gather=GatherOptions(block_min_contracts=1 << 24))
    answer = figures(audit_of(made.path, options=options))
    assert answer["sweep_precision", "window"][:2] == (0, None)
    assert answer["direction_right", "of single orders"][:2] == (0, None)
    assert answer["signals_retold", "all"][:2] == (0, None)


def test_a_tape_of_which_nothing_stands_has_figures_that_are_unknown(tmp_path):
    made = market_folders.make(tmp_path, 1, orders=10)
    absurd = {"price": 999.0, "ask": 1.1, "condition": "I"}
    made.tape[:] = [row | absurd for row in made.tape]
    market_folders.write(made, {market_folders.SYMBOLS[0]: 10})
    answer = audit_of(tmp_path)
    assert answer.together.prints == 0
    assert figures(answer)["sweep_recall", "window"] == (0, None, None)
    assert figures(answer)["volume_equal", "all"][1] == 0


def test_a_premium_floor_hides_signals(tmp_path):
    made = market_folders.make(tmp_path, 1)
    options = FlowOptions(gather=GatherOptions(block_min_premium_usd=1e9))
    answer = audit_of(made.path, options=options)
    assert answer.together.signals == 0
    assert figures(answer)["hedges_directional", "all"][1] == 0


def test_answers_are_json(tmp_path):
    market_folders.make(tmp_path, 1)
    answer = audit_of(tmp_path)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Audited) == answer
