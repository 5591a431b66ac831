"""The golden answers from outside, asked of the product's own functions."""

from dataclasses import replace

import numpy as np
import pytest

import tapes
from golden import tables
from naive import DOLLAR, NaivePrint
from opentape.flow import interest
from opentape.flow.judge.points import whole
from opentape.flow.judge.radar import PARTS as RADAR_PARTS
from opentape.flow.judge.radar import radar_scored
from opentape.flow.judge.score import scored
from opentape.flow.options import FlowOptions, GatherOptions, RadarOptions, ScoreOptions
from opentape.flow.records import PARENT
from opentape.flow.signal import AGGRESSORS, BIASES, SIDES, Signals, golden
from opentape.pricing.jit import kernel

TICK = DOLLAR // 10_000
BIAS = {name: number for number, name in zip((0, 1, -1), BIASES, strict=True)}
PRICE_OF_SIDE = {"buy": 10_500, "mid": 10_250, "sell": 10_000}
ROOT, EXPIRY, STRIKE, RIGHT = KEY = tapes.SERIES[2]


def a_print(at_ns=0, side="buy", size=100, **changes):
    made = NaivePrint(
        ts_event=tapes.OPEN_NS + at_ns,
        root=ROOT,
        expiry=EXPIRY,
        strike_mills=STRIKE,
        right=RIGHT,
        price=PRICE_OF_SIDE[side] * TICK,
        size=size,
        bid=10_000 * TICK,
        ask=10_500 * TICK,
        venue="XCBO",
    )
    return replace(made, **changes)


def a_tape(rows):
    return [a_print(*fields, row=row) for row, fields in enumerate(rows)]


def ids(table):
    return [row[0] for row in table]


def ints(*values):
    return np.array(values, np.int64)


def floats(*values):
    return np.array(values, np.float64)


@kernel
def written(exact, points):
    return whole(exact, points)


@pytest.mark.parametrize(
    ("_", "inputs", "score", "parts"), tables.SCORES, ids=ids(tables.SCORES)
)
def test_score(_, inputs, score, parts):
    premium, size, oi, side, aggressor, sweep, bias, confidence, dte = inputs
    parents = np.zeros(1, PARENT)
    parents["size"], parents["sweep"] = size, sweep
    parents["side"], parents["aggressor"] = SIDES.index(side), AGGRESSORS.index(aggressor)
    opening = confidence if bias == "opening_bias" else 0.0
    known = -1 if oi is None else oi
    found, given = scored(
        parents, floats(premium), ints(known), floats(opening), ints(dte), ScoreOptions()
    )
    assert (found.tolist(), given.tolist()) == ([score], [list(parts)])


@pytest.mark.parametrize(
    ("_", "inputs", "part", "points"), tables.RADAR, ids=ids(tables.RADAR)
)
def test_radar(_, inputs, part, points):
    size, oi, premium, dte, otm = inputs
    score, given = radar_scored(
        ints(size),
        ints(-1 if oi is None else oi),
        floats(premium),
        ints(dte),
        floats(np.nan if otm is None else otm),
        RadarOptions(),
    )
    assert given[0, RADAR_PARTS.index(part)] == points
    assert given.sum() == score[0]


@pytest.mark.parametrize(("values", "expected"), tables.REMAINDERS)
def test_largest_remainder(values, expected):
    points = np.empty(len(values), np.int8)
    assert written(floats(*values), points) == sum(expected)
    assert points.tolist() == expected


@pytest.mark.parametrize(("scores", "expected"), tables.GOLDEN_RULE)
def test_golden_rule(scores, expected):
    several = Signals.none()._replace(score=ints(*scores))
    assert np.flatnonzero(golden(several, ScoreOptions())).tolist() == expected


@pytest.mark.parametrize(("right", "side", "bias", "intent"), tables.INTENT)
def test_intent(right, side, bias, intent):
    """One print gives the side, others of the contract give the day its bias."""
    day = {
        "opening_bias": [a_print(60 * 10**9, "buy", 9_000)],
        "closing_bias": [a_print(60 * 10**9, "sell", 9_000)],
        "unknown": [a_print(60 * 10**9, s, 9_000) for s in ("buy", "sell")],
    }[bias]
    tape = [
        replace(p, row=i, right=right) for i, p in enumerate([a_print(0, side, 101), *day])
    ]
    oi = {(ROOT, EXPIRY, STRIKE, right): 50_000}
    (found,) = [s for s in tapes.product_signals(tape, oi) if s.size == 101]
    assert (found.side, found.open_close_bias, found.intent) == (side, bias, intent)


@pytest.mark.parametrize(
    ("_", "coalesce", "rows", "expected"), tables.SWEEPS, ids=ids(tables.SWEEPS)
)
def test_sweeps(_, coalesce, rows, expected):
    options = FlowOptions(gather=GatherOptions(coalesce=coalesce))
    for cuts in ((), range(1, len(rows))):
        found = tapes.product_signals(a_tape(rows), options=options, cuts=cuts)
        found.sort(key=lambda s: (s.ts, s.radar.spot or 0, s.id))
        assert [(s.structure, s.side, s.legs, s.size) for s in found] == expected


@pytest.mark.parametrize(("price", "bid", "ask", "side", "label"), tables.QUOTES)
def test_side_and_label(price, bid, ask, side, label):
    quote = {"bid": bid, "ask": ask}
    scaled = {name: x if x is None else x * TICK for name, x in quote.items()}
    tape = [a_print(price=price * TICK, **scaled)]
    (found,) = tapes.product_signals(tape)
    assert (found.side, found.aggressor) == (side, label)


@pytest.mark.parametrize(
    ("_", "inputs", "delta", "bias", "confidence"),
    tables.INTEREST,
    ids=ids(tables.INTEREST),
)
def test_estimate_bias_and_confidence(_, inputs, delta, bias, confidence):
    buys, sells, mids, proven, official = inputs
    options = FlowOptions().interest
    oi = -1 if official is None else official
    change = interest.estimate(
        buys, sells, mids, proven, oi, options.opening_share, options.bounds
    )
    volume = buys + sells + mids
    found = interest.bias_of(
        ints(change), ints(buys + sells), ints(volume), ints(proven), ints(oi), options
    )
    assert (change, BIASES[found[0]]) == (delta, bias)
    trust = interest.confidence_of(ints(volume), ints(proven), options)
    assert trust.tolist() == [confidence]


@pytest.mark.parametrize(
    ("_", "sizes", "official", "proven"), tables.PROVEN, ids=ids(tables.PROVEN)
)
def test_proven_opening(_, sizes, official, proven):
    rows = [(i * 10**9, "buy", size) for i, size in enumerate(sizes)]
    oi = {} if official is None else {KEY: official}
    _, (book,), _ = tapes.folded(a_tape(rows), oi)
    assert book.proven.tolist() == [proven] * sum(size >= 100 for size in sizes)


def test_a_spot_of_nothing_is_unknown():
    (found,) = tapes.product_signals([a_print(spot=0)])
    assert found.radar.otm_percent is None
    assert found.radar.score_parts.otm == 0
