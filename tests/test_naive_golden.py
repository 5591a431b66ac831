"""The naive twin against golden answers from outside, and against small tapes by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import naive
from golden import tables

TICK = 100_000  # $0.0001 in nanodollars
NOON = int(datetime(2024, 6, 3, 16, 0, tzinfo=UTC).timestamp()) * 1_000_000_000
PRICE_OF_SIDE = {"buy": 10_500, "mid": 10_250, "sell": 10_000}
KEY = ("NVDA", date(2024, 6, 14), 950_000, "C")


def a_print(at_ns=0, side="buy", size=100, **changes):
    made = naive.NaivePrint(
        ts_event=NOON + at_ns,
        root="NVDA",
        expiry=date(2024, 6, 14),
        strike_mills=950_000,
        right="C",
        price=PRICE_OF_SIDE[side] * TICK,
        size=size,
        bid=10_000 * TICK,
        ask=10_500 * TICK,
        venue="XCBO",
    )
    return replace(made, **changes)


def a_tape(rows):
    return [a_print(*fields, row=i, sequence=i + 1) for i, fields in enumerate(rows)]


def by_time(found):
    return sorted(found, key=lambda s: (s["ts"], s["id"]))


def ids(table):
    return [row[0] for row in table]


# ------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("_", "inputs", "score", "parts"), tables.SCORES, ids=ids(tables.SCORES)
)
def test_score_parts(_, inputs, score, parts):
    found = naive.score_parts(*inputs)
    assert tuple(found.values()) == parts
    assert sum(parts) == score


@pytest.mark.parametrize(("scores", "expected"), tables.GOLDEN_RULE)
def test_golden_rule(scores, expected):
    found = naive.golden([{"score": score, "tags": ["block"]} for score in scores])
    assert [i for i, s in enumerate(found) if "golden" in s["tags"]] == expected


def test_golden_is_decided_again_on_a_shorter_list():
    found = naive.golden([{"score": s, "tags": ["block"]} for s in (90, 80)])
    assert [s["tags"] for s in naive.golden(found[1:])] == [["block", "golden"]]


@pytest.mark.parametrize(("right", "side", "bias", "expected"), tables.INTENT)
def test_intent(right, side, bias, expected):
    assert naive.intent(right, side, bias) == expected


@pytest.mark.parametrize(
    ("_", "coalesce", "rows", "expected"), tables.SWEEPS, ids=ids(tables.SWEEPS)
)
def test_sweeps(_, coalesce, rows, expected):
    parents = naive.gather(a_tape(rows), coalesce=coalesce)
    assert [(p.structure, p.side, len(p.legs), p.size) for p in parents] == expected
    found = by_time(naive.signals(a_tape(rows), coalesce=coalesce))
    assert [(s["structure"], s["side"], s["legs"], s["size"]) for s in found] == expected


@pytest.mark.parametrize(("values", "expected"), tables.REMAINDERS)
def test_largest_remainder(values, expected):
    assert naive.largest_remainder(values) == expected


@pytest.mark.parametrize(
    ("_", "inputs", "part", "points"), tables.RADAR, ids=ids(tables.RADAR)
)
def test_radar_parts(_, inputs, part, points):
    assert naive.radar_parts(*inputs)[part] == points


@pytest.mark.parametrize(("price", "bid", "ask", "side", "label"), tables.QUOTES)
def test_quote_side_and_label(price, bid, ask, side, label):
    quote = [x if x is None else x * TICK for x in (bid, ask)]
    assert naive.quote_side(price * TICK, *quote) == side
    assert naive.label(price * TICK, *quote) == label


@pytest.mark.parametrize(
    ("_", "inputs", "delta", "bias", "confidence"),
    tables.INTEREST,
    ids=ids(tables.INTEREST),
)
def test_oi_state(_, inputs, delta, bias, confidence):
    assert naive.oi_state(*inputs) == (delta, bias, confidence)


@pytest.mark.parametrize(
    ("_", "sizes", "official", "proven"), tables.PROVEN, ids=ids(tables.PROVEN)
)
def test_proven_opening(_, sizes, official, proven):
    day = a_tape([(i * 10**9, "buy", size) for i, size in enumerate(sizes)])
    oi = {} if official is None else {KEY: official}
    assert naive.day_volumes(day, oi)[KEY]["proven"] == proven


# ------------------------------------------------------------------------- tapes by hand


def test_the_published_sample_from_its_prints():
    legs = [
        a_print(0, size=900, price=12_400_000_000, sequence=1),
        a_print(1, size=600, price=12_400_000_000, sequence=2, venue="XPHO", cls="iso"),
    ]
    legs = [
        replace(p, expiry=date(2024, 6, 10), bid=12 * 10**9, ask=12_300_000_000)
        for p in legs
    ]
    key = ("NVDA", date(2024, 6, 10), 950_000, "C")
    (found,) = naive.signals(legs, {key: 1500})
    assert (found["score"], found["conviction"]) == (87, "high")
    assert found["premium"] == 1_860_000.0
    assert found["tags"] == ["sweep", "opening", "whale", "golden"]
    assert found["flags"] == ["iso"]
    assert (found["dte"], found["intent"]) == (7, "bullish")
    assert (found["legs"], found["iso_legs"]) == (2, 1)
    assert found["venues"] == ["XCBO", "XPHO"]


def test_average_price_and_premium_round_half_up():
    legs = a_tape([(0, "buy", 100), (1, "buy", 100)])
    legs[1] = replace(legs[1], price=10_501 * TICK)
    (found,) = naive.signals(legs)
    assert found["price"] == 1.0501  # 1.05005 exactly
    assert found["premium"] == 21_001.0
    assert (found["price_min"], found["price_max"]) == (1.05, 1.0501)
    assert found["aggressor"] == "at_ask"  # a tie goes to at_ask before above_ask


def test_a_cancel_leaves_the_tape_as_if_the_print_had_never_been():
    tape = a_tape([(0, "buy", 100), (10, "buy", 100), (10**9, "sell", 300)])
    cancel = replace(tape[1], ts_event=NOON + 5 * 10**9, cls="cancel", sequence=9, row=9)
    assert naive.signals([*tape, cancel]) == naive.signals([tape[0], tape[2]])
    by_name = replace(cancel, cancels=1, size=1)
    assert naive.signals([*tape, by_name]) == naive.signals(tape[1:])


def test_a_print_marked_as_cancelled_is_preferred_and_never_survives_the_whole_tape():
    marked = a_print(0, sequence=1, withdrawn=True)
    other = a_print(10**9, sequence=2)
    cancel = a_print(2 * 10**9, sequence=3, cls="cancel")
    assert naive.standing([marked, other, cancel])[0] == [other]
    assert naive.standing([marked, other])[0] == [other]
    assert naive.standing([marked, other], whole_tape=False)[0] == [marked, other]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price": 0}, "bad_tick"),
        ({"size": 0}, "bad_tick"),
        ({"price": 105_001 * TICK}, "absurd_price"),
        ({"price": 999 * TICK}, "absurd_price"),
        ({"expiry": date(2024, 6, 2)}, "expired"),
        ({"price": 105_000 * TICK}, None),
        ({"price": 1_000 * TICK}, None),
        ({"price": 999 * TICK, "cls": "excluded"}, None),
        ({"price": 999 * TICK, "ask": 9_000 * TICK}, None),
        ({"expiry": date(2024, 6, 3)}, None),
    ],
)
def test_hygiene(changes, reason):
    assert naive.reject_reason(a_print(**changes)) == reason


def test_duplicates_need_a_sequence_and_cancels_have_their_own_space():
    twins = [a_print(sequence=5, row=0), a_print(sequence=5, row=1)]
    assert naive.standing(twins) == ([twins[0]], {"duplicate": 1})
    unnumbered = [a_print(sequence=0, row=0), a_print(sequence=None, row=1)]
    assert len(naive.standing(unnumbered)[0]) == 2
    cancel = a_print(1, sequence=5, row=2, cls="cancel")
    assert naive.standing([twins[0], cancel]) == ([], {"cancelled": 1})


@pytest.mark.parametrize("cls", naive.UNSIGNED)
def test_classes_that_may_not_be_signed_are_neutral_blocks(cls):
    found = naive.signals([a_print(cls=cls), a_print(1, cls=cls)])
    expected = [] if cls == "excluded" else [("block", "mid", "mid", "neutral")] * 2
    facts = [(s["structure"], s["side"], s["aggressor"], s["intent"]) for s in found]
    assert facts == expected


def test_named_aggressor_keeps_its_side_without_a_market():
    p = a_print(cls="sell_aggressor", bid=None, ask=None)
    assert naive.signed(p) == ("sell", "mid")
    assert naive.signed(replace(p, bid=10**9, ask=1_050_000_000)) == ("sell", "at_ask")


def test_every_trade_date_is_folded_by_itself():
    tape = a_tape([(0, "buy", 100), (86_400 * 10**9, "sell", 100)])
    found = by_time(naive.signals(tape, {KEY: 1000}))
    assert [s["contract_net_oi_delta"] for s in found] == [43, -43]
    assert [s["dte"] for s in found] == [11, 10]


def test_split_follows_its_like_within_five_seconds():
    ends = (0, 5_000, 10_001)
    tape = a_tape([(t * tables.MS, "buy", 100) for t in ends])
    kinds = [s["radar"]["kind"] for s in by_time(naive.signals(tape))]
    assert kinds == ["BLOCK", "SPLIT", "BLOCK"]


def test_strict_sweeps_need_evidence():
    same = a_tape([(0, "buy", 100), (1, "buy", 100)])
    assert [s["structure"] for s in naive.signals(same, sweep_strict=True)] == ["block"]
    for change in ({"venue": "XPHO"}, {"price": 10_501 * TICK}, {"cls": "iso"}):
        legs = [same[0], replace(same[1], **change)]
        found = naive.signals(legs, sweep_strict=True)
        assert [s["structure"] for s in found] == ["sweep"]
    allocation = [same[0], replace(same[1], ts_event=NOON, cls="iso")]
    (found,) = naive.signals(allocation, sweep_strict=True)
    assert (found["structure"], found["size"]) == ("block", 200)


@pytest.mark.parametrize(
    ("code", "letter", "cls"),
    [
        (0, "", "regular"),
        (18, "I", "regular"),
        (999, "?", "regular"),
        (95, "S", "iso"),
        (125, "a", "auction"),
        (126, "b", "auction_iso"),
        (127, "c", "cross"),
        (129, "e", "floor"),
        (35, "f", "leg"),
        (137, "m", "leg"),
        (135, "k", "stock_tied"),
        (143, "s", "stock_tied"),
        (144, "t", "excluded"),
        (148, "v", "extended"),
        (13, "D", "late"),
        (21, "J", "reopening"),
        (40, "A", "cancel"),
    ],
)
def test_conditions(code, letter, cls):
    assert naive.classify(code) == cls
    assert naive.classify_letter(letter) == cls


CBOE_HEADER = (
    "underlying_symbol,quote_datetime,sequence_number,root,expiration,strike,option_type,"
    "exchange_id,trade_size,trade_price,trade_condition_id,canceled_trade_condition_id,"
    "best_bid,best_ask,underlying_bid,underlying_ask,number_of_exchanges\n"
)


def test_read_cboe(tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(
        CBOE_HEADER
        + "^XYZ,2016-06-01 09:48:28.925,7,XYZ,2016-06-08,13.500,C,"
        + "5,120,2.1,95,1,2,2.4,15,15.1,1\n"
        + "^XYZ,2016-12-01 09:48:28.925,8,XYZ,2016-12-08,13.500,P,"
        + "60,1,2.1,0,2,2,2.4,0,15,1\n"
    )
    first, second = naive.read_cboe(path)
    assert naive.iso(first.ts_event) == "2016-06-01T13:48:28.925000Z"
    assert naive.iso(second.ts_event) == "2016-12-01T14:48:28.925000Z"
    assert (first.venue, first.cls, first.withdrawn) == ("XCBO", "iso", True)
    assert (second.venue, second.cls, second.withdrawn) == ("BATO", "cancel", False)
    assert (first.price, first.strike_mills) == (2_100_000_000, 13_500)
    assert (first.spot, second.spot) == (15_050_000_000, None)
