"""Explain: the evidence of a signal adds up to it, to the last contract and point."""

import datetime as dt
import runpy
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opentape.desk.explain import explain
from opentape.desk.replay import Selection, Settled, replay
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions, GatherOptions, ScoreOptions, Weights
from opentape.market.calendar import iso
from opentape.market.errors import NotFound

MAKER = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_tape.py"))
SECOND, NOON = 10**9, 1_779_379_200_000_000_000  # 2026-05-21 16:00 UTC
HEADER = "ts_event,symbol,price,size,bid,ask,venue,condition,sequence"
SPY = "SPY   260619C00500000"


class Made:
    """A tape in a file, and its open interest."""

    def __init__(self, folder, prints, *, seed=3, cancels=0.005):
        columns = MAKER["make_tape"](prints, seed=seed, cancels=cancels)
        self.path, self.oi = folder / "tape.parquet", folder / "oi.parquet"
        MAKER["write"](MAKER["tape_table"](columns), self.path)
        MAKER["write"](MAKER["oi_table"](columns), self.oi)

    def replay(self, **how):
        tape = open_tape([self.path])
        interest = read_open_interest(self.oi, tape.contracts)[0]
        return replay(tape, settled=Settled(interest), **how)

    def explain(self, signal_id, **how):
        tape = open_tape([self.path])
        interest = read_open_interest(self.oi, tape.contracts)[0]
        return explain(tape, signal_id, settled=Settled(interest), **how)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("made"), 12_000)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("small"), 600)


def plain(signal):
    """A signal as data without the tag that depends on the rest of the answer."""
    row = msgspec.to_builtins(signal)
    return row | {"tags": [tag for tag in row["tags"] if tag != "golden"]}


def check_lines(lines, given, total):
    """Each part is its weight times its share, within a point of it, and all add up."""
    assert {line.name: line.points for line in lines} == given
    assert sum(line.points for line in lines) == total
    for line in lines:
        assert 0 <= line.share <= 1
        assert line.exact == pytest.approx(line.weight * line.share, abs=1e-9)
        assert abs(line.points - line.exact) < 1
        assert line.formula
        assert line.inputs
    assert total == int(np.floor(sum(line.exact for line in lines) + 0.5))


def check(found, signal):
    """The prints make the parent, the parts make the scores."""
    prints, contract = found.prints, found.contract
    assert plain(found.signal) == plain(signal)
    assert len(prints) == signal.legs
    assert sum(p.size for p in prints) == signal.size
    paid = sum(round(p.price * 10_000) * p.size for p in prints)
    assert signal.premium == pytest.approx(paid / 100, abs=0.011)
    assert signal.price == pytest.approx(paid / signal.size / 10_000, abs=0.00006)
    assert (min(p.price for p in prints), max(p.price for p in prints)) == (
        signal.price_min,
        signal.price_max,
    )
    assert (prints[0].ts, max(p.ts for p in prints)) == (signal.ts, signal.last_ts)
    assert sorted({p.venue for p in prints}) == signal.venues
    assert {p.side for p in prints} == {signal.side}
    assert signal.aggressor in {p.aggressor for p in prints}
    assert prints[0].nbbo_state == signal.nbbo_state
    assert len({p.place for p in prints}) == len(prints)
    assert contract.bought + contract.sold + contract.unsigned == contract.volume
    assert contract.volume >= signal.size
    assert contract.estimate == signal.contract_net_oi_delta
    assert (contract.bias, contract.confidence) == (
        signal.open_close_bias,
        signal.open_close_confidence,
    )
    check_lines(found.parts, msgspec.to_builtins(signal.score_breakdown), signal.score)
    radar = signal.radar
    check_lines(found.radar_parts, msgspec.to_builtins(radar.score_parts), radar.score)


def test_every_kind_of_signal_is_explained(made):
    """A choice over all scores, the longest sweeps, and every flag that there is."""
    signals = list(made.replay().rows())
    chosen = {s.id: s for s in signals[:: max(1, len(signals) // 9)]}
    chosen |= {s.id: s for s in sorted(signals, key=lambda s: -s.legs)[:4]}
    for flag in {flag for s in signals for flag in s.flags}:
        one = next(s for s in signals if flag in s.flags)
        chosen[one.id] = one
    assert len(chosen) > 12
    for signal_id, signal in chosen.items():
        check(made.explain(signal_id), signal)


def test_options_are_explained_as_they_are(small):
    weights = Weights(premium=50, size_vs_oi=10, aggressor=10, sweep=10, opening_bias=10)
    options = FlowOptions(
        score=ScoreOptions(weights=weights, graded_sweep=True),
        gather=GatherOptions(block_min_contracts=20),
    )
    signals = list(small.replay(options=options).rows())
    assert any(s.structure == "sweep" for s in signals)
    for signal in signals[::7]:
        check(small.explain(signal.id, options=options), signal)


def test_it_is_judged_as_of_the_end_that_is_asked_for(made):
    end = int(np.median(made.replay().signals.parents["first_ts"]))
    signals = list(made.replay(selection=Selection(to_ns=end)).rows())
    for signal in signals[:: len(signals) // 5]:
        check(made.explain(signal.id, to_ns=end), signal)


def written(path, *rows):
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


def row(seconds, size=100, *, condition="", price=2.0):
    return f"{iso(NOON + int(seconds * SECOND))},{SPY},{price},{size},1,2,XCBO,{condition},"


def test_what_was_taken_back_is_no_evidence(tmp_path):
    rows = [row(0), row(0.1, 70), row(0.2, 30), row(9, 70, condition="A"), row(20, 200)]
    path = written(tmp_path / "t.csv", *rows)
    signals = list(replay(open_tape([path])).rows())
    assert sorted((s.legs, s.size) for s in signals) == [(1, 200), (2, 130)]
    for signal in signals:
        found = explain(open_tape([path]), signal.id)
        check(found, signal)
        assert found.contract.bought == 330
    places = [p.place.rpartition(":")[2] for p in found.prints]
    sizes = {p.size for p in found.prints}
    assert (places, sizes) in ((["2", "4"], {100, 30}), (["6"], {200}))


def test_what_is_withdrawn_after_the_end_asked_for_stands(tmp_path):
    path = tmp_path / "t.csv"
    prints = (0, 100, ""), (60, 200, "true"), (86_400, 300, ""), (86_460, 400, "true")
    rows = [f"{row(seconds, size)},{mark}" for seconds, size, mark in prints]
    path.write_text("\n".join([f"{HEADER},withdrawn", *rows, ""]))
    for end, sizes in ((60, [100, 200]), (86_400, [100, 300]), (172_800, [100, 300])):
        end_ns = NOON + end * SECOND
        signals = list(replay(open_tape([path]), selection=Selection(to_ns=end_ns)).rows())
        assert sorted(s.size for s in signals) == sizes
        for signal in signals:
            check(explain(open_tape([path]), signal.id, to_ns=end_ns), signal)


def test_dates_are_explained_apart(tmp_path):
    path = written(tmp_path / "t.csv", row(0), row(86_400, 300), row(86_401, 50))
    signals = sorted(replay(open_tape([path])).rows(), key=lambda s: s.ts)
    found = [explain(open_tape([path]), s.id) for s in signals]
    assert [f.contract.volume for f in found] == [100, 350]
    assert [f.contract.trade_date for f in found] == [
        dt.date(2026, 5, 21),
        dt.date(2026, 5, 22),
    ]
    for explanation, signal in zip(found, signals, strict=True):
        check(explanation, signal)


# -------------------------------------------------------------------------------- ids

GOOD = f"SPY-{NOON}-20260619-500000C-buy-100-XCBO-r0"


@pytest.fixture(scope="module")
def one_print(tmp_path_factory):
    return written(tmp_path_factory.mktemp("one") / "t.csv", row(0))


def test_an_id_is_found(one_print):
    assert explain(open_tape([one_print]), GOOD).signal.id == GOOD


@pytest.mark.parametrize(
    "garbled",
    [
        "",
        "-",
        "-" * 7,
        "SPY",
        GOOD[:-3],
        GOOD + "-1",
        GOOD.lower(),
        GOOD.replace("SPY", "QQQ"),
        GOOD.replace("SPY", ""),
        GOOD.replace("SPY", "MUCHTOOLONG"),
        GOOD.replace("SPY", "SPÝ"),
        GOOD.replace(str(NOON), "soon"),
        GOOD.replace(str(NOON), str(NOON + 1)),
        GOOD.replace(str(NOON), "9" * 19),
        GOOD.replace(str(NOON), "9" * 40),
        GOOD.replace("20260619", "20260631"),
        GOOD.replace("20260619", "00010101"),
        GOOD.replace("20260619", "99991231"),
        GOOD.replace("500000C", "500000"),
        GOOD.replace("500000C", "C"),
        GOOD.replace("500000C", "0C"),
        GOOD.replace("500000C", "500000X"),
        GOOD.replace("500000C", "9" * 30 + "C"),
        GOOD.replace("buy", "sell"),
        GOOD.replace("-100-", "-101-"),
        GOOD.replace("XCBO", "XPHO"),
        GOOD.replace("r0", "r1"),
        GOOD.replace("r0", "0"),
    ],
    ids=str,
)
def test_an_id_of_no_signal_is_not_found(one_print, garbled):
    with pytest.raises(NotFound):
        explain(open_tape([one_print]), garbled)


PIECES = st.one_of(
    st.sampled_from([*GOOD.split("-"), "", "0", "-1", "1e9", " ", "\x00", "١٢"]),
    st.integers().map(str),
    st.text(max_size=12),
)


@given(pieces=st.dictionaries(st.integers(0, 7), PIECES, min_size=1, max_size=3))
@example(pieces={1: str(-(10**18))})
@example(pieces={2: "19691231"})
def test_nothing_written_into_an_id_breaks_it(one_print, pieces):
    parts = GOOD.split("-")
    for at, text in pieces.items():
        parts[at] = text
    garbled = "-".join(parts)
    if garbled != GOOD:
        with pytest.raises(NotFound):
            explain(open_tape([one_print]), garbled)


# ---------------------------------------------------------------------- a million prints


@pytest.mark.long
@pytest.mark.slow
def test_the_parts_sum_to_the_score_on_every_signal_of_a_million_prints(tmp_path):
    found = Made(tmp_path, 1_000_000, seed=11).replay()
    signals, options = found.signals, found.options
    assert found.summary.prints + sum(found.summary.skipped.values()) == 1_000_000
    assert signals.rows > 30_000
    assert np.array_equal(signals.parts.sum(axis=1), signals.score)
    assert np.array_equal(signals.radar_parts.sum(axis=1), signals.radar)
    assert signals.parts.min() == signals.radar_parts.min() == 0
    assert (signals.parts.max(axis=0) <= np.array(options.score.points())).all()
    assert (signals.radar_parts.max(axis=0) <= np.array([40, 30, 20, 10])).all()
    assert signals.score.max() > 80
