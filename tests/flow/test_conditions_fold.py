"""What each class of condition gives: a lone block, and what would be a sweep."""

from dataclasses import replace

import pytest

import tapes
from naive import DOLLAR, MS, NaivePrint
from opentape.market.conditions import Condition

ROOT, EXPIRY, STRIKE, RIGHT = KEY = tapes.SERIES[0]

# class, whether the quote signs it, whether it joins a sweep, flags on the signal
CLASSES = [
    ("regular", True, True, []),
    ("iso", True, True, ["iso"]),
    ("auction", True, False, ["auction"]),
    ("auction_iso", True, True, ["auction", "iso"]),
    ("floor", True, False, ["floor"]),
    ("extended", True, True, ["extended"]),
    ("cross", False, False, ["cross"]),
    ("leg", False, False, ["multi_leg"]),
    ("stock_tied", False, False, ["multi_leg", "stock_tied"]),
    ("late", False, False, ["late"]),
    ("reopening", False, False, ["reopening"]),
    ("benchmark", False, False, ["benchmark"]),
]
NAMED = [("buy_aggressor", "buy", "bullish"), ("sell_aggressor", "sell", "bearish")]
NAMES = [row[0] for row in CLASSES]


def a_print(cls, at_ms=0, size=100, **changes):
    made = NaivePrint(
        ts_event=tapes.OPEN_NS + at_ms * MS,
        root=ROOT,
        expiry=EXPIRY,
        strike_mills=STRIKE,
        right=RIGHT,
        price=2 * DOLLAR,
        size=size,
        bid=DOLLAR,
        ask=2 * DOLLAR,
        venue="XCBO",
        cls=cls,
    )
    return replace(made, **changes)


def fold(*rows, oi=None):
    tape = [replace(p, row=row) for row, p in enumerate(rows)]
    return sorted(tapes.product_signals(tape, oi), key=lambda s: s.ts)


def test_every_class_is_in_a_table():
    named = [row[0] for row in NAMED]
    rest = ["excluded", "cancel"]
    assert sorted([*NAMES, *named, *rest]) == sorted(c.name.lower() for c in Condition)


@pytest.mark.parametrize(("cls", "signed", "_", "flags"), CLASSES, ids=NAMES)
def test_a_lone_block(cls, signed, _, flags):
    (found,) = fold(a_print(cls))
    assert (found.structure, found.legs, found.flags) == ("block", 1, flags)
    expected = ("buy", "at_ask", "bullish") if signed else ("mid", "mid", "neutral")
    assert (found.side, found.aggressor, found.intent) == expected
    assert found.nbbo_state == "ok"
    assert found.iso_legs == ("iso" in flags)


@pytest.mark.parametrize(("cls", "signed", "sweeps", "flags"), CLASSES, ids=NAMES)
def test_two_at_once(cls, signed, sweeps, flags):
    found = fold(a_print(cls), a_print(cls, 1, venue="XPHO"))
    if sweeps:
        expected = [("sweep", "buy", 2, 200, flags)]
    else:
        expected = [("block", "buy" if signed else "mid", 1, 100, flags)] * 2
    assert [(s.structure, s.side, s.legs, s.size, s.flags) for s in found] == expected


@pytest.mark.parametrize(("cls", "_", "sweeps", "flags"), CLASSES, ids=NAMES)
def test_beside_a_regular_print(cls, _, sweeps, flags):
    """Only a class that sweeps joins another; only then are its flags the parent's."""
    found = fold(a_print("regular", 0, 300), a_print(cls, 1, 60), a_print("regular", 2, 50))
    size, legs = (410, 3) if sweeps else (350, 2)
    assert [(s.structure, s.size, s.legs) for s in found] == [("sweep", size, legs)]
    assert found[0].flags == (flags if sweeps else [])


@pytest.mark.parametrize(("cls", "signed", "_", "__"), CLASSES, ids=NAMES)
def test_all_volume_counts(cls, signed, _, __):
    """What may not be signed counts too: in volume, and in what is proven to open."""
    tape = [a_print(cls, 0, 400, row=0), a_print("regular", 9_000, 600, row=1)]
    _, (book,), _ = tapes.folded(tape, {KEY: 100})
    bought, unsigned = (1_000, 0) if signed else (600, 400)
    assert book.volume.tolist() == [[bought, 0, unsigned]] * 2
    assert book.proven.tolist() == [400] * 2


@pytest.mark.parametrize(("cls", "side", "intent"), NAMED)
@pytest.mark.parametrize(
    ("quote", "label"),
    [
        ({}, "at_ask"),
        ({"bid": 2 * DOLLAR, "ask": 3 * DOLLAR}, "at_bid"),
        ({"bid": None, "ask": None}, "mid"),
        ({"bid": 3 * DOLLAR}, "mid"),
        ({"quote_kind": "stale"}, "mid"),
    ],
    ids=["at ask", "at bid", "no quote", "crossed", "stale"],
)
def test_a_named_aggressor_is_believed(cls, side, intent, quote, label):
    (found,) = fold(a_print(cls, **quote), oi={KEY: 0})
    assert (found.side, found.aggressor, found.intent) == (side, label, intent)
    joined = fold(a_print(cls, **quote), a_print(cls, 1, **quote))
    assert [(s.structure, s.side, s.legs, s.flags) for s in joined] == [
        ("sweep", side, 2, [])
    ]


def test_excluded_prints_are_volume_only():
    (found,) = fold(a_print("excluded", 0, 5_000), a_print("regular", 1), oi={KEY: 5_100})
    assert (found.size, found.flags, found.legs) == (100, [], 1)
    tape = [a_print("excluded", 0, 5_000, row=0), a_print("regular", 1, row=1)]
    _, (book,), _ = tapes.folded(tape, {KEY: 5_100})
    assert book.volume.tolist() == [[100, 0, 5_000]]


def test_excluded_prints_may_be_far_from_the_quote():
    fold_, books, _ = tapes.folded([a_print("excluded", price=30 * DOLLAR)])
    assert (fold_.skips.total, fold_.conditions[Condition.EXCLUDED]) == (0, 1)
    assert [book.parents.size for book in books] == [0]
    fold_, _, _ = tapes.folded([a_print("floor", price=30 * DOLLAR, bid=None)])
    assert fold_.skips.counts == {"absurd_price": 1}
    (shown,) = fold_.skips.examples["absurd_price"]
    assert shown.detail == "price 30, size 100, bid unknown, ask 2"


@pytest.mark.parametrize(
    ("quote", "state"),
    [
        ({}, "ok"),
        ({"quote_kind": "venue"}, "venue"),
        ({"quote_kind": "stale"}, "stale"),
        ({"bid": 2 * DOLLAR}, "locked"),
        ({"bid": 3 * DOLLAR}, "crossed"),
        ({"ask": None}, "one_sided"),
        ({"bid": 0, "ask": 0}, "missing"),
    ],
)
def test_the_state_of_the_quote(quote, state):
    (found,) = fold(a_print("regular", **quote))
    signed = state in {"ok", "venue"}
    assert (found.nbbo_state, found.side) == (state, "buy" if signed else "mid")
