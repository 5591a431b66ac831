"""Replay: what is asked for is shown, all that was read is folded and adds up."""

import datetime as dt
import runpy
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from opentape.desk.replay import Selection, Settled, replay
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.market.calendar import iso

MAKER = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_tape.py"))
PRINTS, SECOND, NOON = 20_000, 10**9, 1_779_379_200_000_000_000  # 2026-05-21 16:00 UTC
HEADER = "ts_event,symbol,price,size,bid,ask,venue,condition,sequence"
SPY, SPXW = "SPY   260619C00500000", "SPXW  260619P05000000"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A generated tape, its columns, and its open interest."""
    folder = tmp_path_factory.mktemp("made")
    columns = MAKER["make_tape"](PRINTS, seed=3, cancels=0.005)
    MAKER["write"](MAKER["tape_table"](columns), folder / "tape.parquet")
    MAKER["write"](MAKER["oi_table"](columns), folder / "oi.parquet")
    return folder / "tape.parquet", columns, folder / "oi.parquet"


def ask(path, oi=None, options=None, **selection):
    tape = open_tape([path])
    interest = read_open_interest(oi, tape.contracts)[0] if oi else None
    return replay(
        tape, settled=Settled(interest), options=options, selection=Selection(**selection)
    )


@pytest.fixture(scope="module")
def whole(made):
    return ask(made[0], made[2])


def facts(signals):
    """Signals as plain data without what depends on the rest of the answer."""
    rows = [msgspec.to_builtins(signal) for signal in signals]
    for row in rows:
        row["tags"] = [tag for tag in row["tags"] if tag != "golden"]
    return rows


def row(seconds, size=100, *, symbol=SPY, condition="", sequence="", price=2.0):
    ts = iso(NOON + int(seconds * SECOND))
    return f"{ts},{symbol},{price},{size},1,2,XCBO,{condition},{sequence}"


def written(path, *rows):
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


# ----------------------------------------------------------------------- it all adds up


def test_every_row_is_accounted_for(made, whole):
    columns, summary = made[1], whole.summary
    letters = columns["conditions"][columns["condition"]]
    cancels = int((letters == "A").sum())
    assert cancels > 50
    assert summary.cancelled + summary.cancels_unmatched == cancels
    skipped = sum(summary.skipped.values())
    assert summary.prints + skipped + cancels == letters.size
    assert summary.prints + skipped == PRINTS
    assert sum(summary.classes.values()) == summary.prints
    assert (
        summary.signals == summary.parents == whole.signals.rows == len(list(whole.rows()))
    )
    assert (summary.late, summary.unknown_conditions) == (0, {})


def test_rows_that_cannot_be_used_are_counted_and_placed(tmp_path):
    good = [row(0, sequence=1), row(1, sequence=1), row(2, price=0), row(3, price=50)]
    tape = written(tmp_path / "t.csv", *good, row(4, "many"), row(5, condition="?"))
    summary = ask(tape).summary
    assert (summary.prints, summary.parents) == (2, 2)
    assert sum(summary.skipped.values()) == 4
    assert summary.unknown_conditions == {"?": 1}
    lines = {where.rpartition(":")[2]: reason for reason, where, _ in summary.examples}
    assert lines["3"] == "duplicate"
    assert lines["5"] == "absurd_price"
    assert sorted(lines) == ["3", "4", "5", "6"]


def test_progress_tells_every_row(made):
    told = []
    tape = open_tape([made[0]])
    replay(tape, on_rows=told.append)
    skipped_by_feed = tape.skips.total
    assert sum(told) + skipped_by_feed == made[1]["ts_event"].size


# ---------------------------------------------------------------- what the answer holds


def test_from_leaves_out_signals_and_folds_everything(made, whole):
    middle = int(np.median(whole.signals.parents["first_ts"]))
    found = ask(made[0], made[2], from_ns=middle)
    later = whole.signals.parents["first_ts"] >= middle
    assert 0 < found.signals.rows == later.sum() < whole.signals.rows
    assert facts(found.rows()) == facts(
        whole._replace(signals=whole.signals.take(later)).rows()
    )
    assert found.summary.prints == whole.summary.prints


def test_from_counts_its_own_instant(tmp_path):
    tape = written(tmp_path / "t.csv", row(0), row(1), row(2))
    assert ask(tape, from_ns=NOON + SECOND).signals.rows == 2
    assert ask(tape, from_ns=NOON + SECOND + 1).signals.rows == 1


def test_to_ends_the_tape(made, tmp_path):
    """Asked to end at an instant, a tape is the file cut after it."""
    path, columns, oi = made
    end = int(columns["ts_event"][12_345])
    rows = int((columns["ts_event"] <= end).sum())
    MAKER["write"](MAKER["tape_table"](columns).slice(0, rows), tmp_path / "cut.parquet")
    found, cut = ask(path, oi, to_ns=end), ask(tmp_path / "cut.parquet", oi)
    assert list(found.rows()) == list(cut.rows())
    assert found.summary == cut.summary


def test_to_counts_its_own_instant(tmp_path):
    tape = written(tmp_path / "t.csv", row(0), row(1), row(2))
    assert ask(tape, to_ns=NOON + SECOND).summary.prints == 2
    assert ask(tape, to_ns=NOON + SECOND - 1).summary.prints == 1


def test_a_cancel_after_the_end_takes_nothing_back(tmp_path):
    tape = written(tmp_path / "t.csv", row(0), row(10, condition="A"))
    assert ask(tape).signals.rows == 0
    kept = ask(tape, to_ns=NOON + 5 * SECOND)
    assert (kept.signals.rows, kept.summary.cancelled) == (1, 0)
    assert ask(tape, from_ns=NOON, to_ns=NOON + 10 * SECOND).signals.rows == 0


def test_symbols_are_folded_apart(made, whole):
    most = [name for name, _ in Counter(s.symbol for s in whole.rows()).most_common(3)]
    found = ask(made[0], made[2], symbols=tuple(most))
    assert facts(found.rows()) == [s for s in facts(whole.rows()) if s["symbol"] in most]
    assert ask(made[0], made[2], symbols=("NONE",)).signals.rows == 0


def test_an_index_takes_all_its_roots(tmp_path):
    tape = written(tmp_path / "t.csv", row(0), row(1, symbol=SPXW, size=300))
    (found,) = ask(tape, symbols=("SPX",)).rows()
    assert (found.symbol, found.size, found.id[:5]) == ("SPX", 300, "SPXW-")


def test_symbols_do_not_change_whose_open_interest_it_is(tmp_path):
    """That of the tape's first date is stale on the second, whoever trades on either."""
    days = [row(0), row(86_400, symbol=SPXW)]
    tape = written(tmp_path / "t.csv", *days)
    oi = tmp_path / "oi.csv"
    oi.write_text(f"symbol,open_interest\n{SPXW},900\n{SPY},900\n")
    flags = {s.symbol: s.flags for s in ask(tape, oi).rows()}
    assert flags == {"SPY": [], "SPX": ["oi_stale"]}
    (alone,) = ask(tape, oi, symbols=("SPX",)).rows()
    assert alone.flags == ["oi_stale"]


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        ({"min_score": 45}, lambda s: s.score >= 45),
        ({"structure": "sweep"}, lambda s: s.structure == "sweep"),
        ({"structure": "block"}, lambda s: s.structure == "block"),
        ({"intent": "bullish"}, lambda s: s.intent == "bullish"),
        ({"intent": "neutral"}, lambda s: s.intent == "neutral"),
        (
            {"intent": "bearish", "structure": "sweep", "min_score": 50},
            lambda s: (s.intent, s.structure, s.score >= 50) == ("bearish", "sweep", True),
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "wanted",
)
def test_filters(made, whole, selection, wanted):
    found = list(ask(made[0], made[2], **selection).rows())
    assert facts(found) == facts([s for s in whole.rows() if wanted(s)])
    assert 0 < len(found) < whole.signals.rows
    few = list(ask(made[0], made[2], limit=3, **selection).rows())
    assert facts(few) == facts(found[:3])


def test_best_first_and_golden_of_what_is_shown(made, whole):
    rows = list(whole.rows())
    keys = [(-s.score, -s.premium) for s in rows]
    assert keys == sorted(keys)
    top = list(ask(made[0], made[2], limit=10).rows())
    assert top[0].score >= 70
    golden = [s.score for s in top if "golden" in s.tags]
    assert golden == [s.score for s in top if s.score == top[0].score]


def test_options_reach_the_fold(made, whole):
    larger = FlowOptions(gather=GatherOptions(block_min_contracts=500))
    found = ask(made[0], made[2], larger)
    assert 0 < found.signals.rows < whole.signals.rows
    assert int(found.signals.parents["size"].min()) >= 500


def test_several_dates_in_one_tape(tmp_path):
    tape = written(tmp_path / "t.csv", row(0), row(0.1), row(86_400, 250))
    found = sorted(ask(tape).rows(), key=lambda s: s.ts)
    assert [(s.size, s.legs, s.dte) for s in found] == [(200, 2, 29), (250, 1, 28)]
    assert found[0].expiry == dt.date(2026, 6, 19)
