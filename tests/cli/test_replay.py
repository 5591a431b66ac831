"""`opentape replay`: what is asked for is what comes back, in every format."""

import csv
import datetime as dt
import io
import json
import math

import msgspec
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from opentape.cli.formats import flattened
from opentape.cli.summary import listed
from opentape.flow.signal import Signal

GOLDEN_SCORE = 70


def answer(run, day, *arguments):
    result = run("replay", day.tape, "--oi", day.oi, "--format", "ndjson", *arguments)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def gilded(signals):
    """Golden as the documents say: the top tenth of these signals, from 70 on."""
    scores = sorted((s["score"] for s in signals), reverse=True)
    bar = max(GOLDEN_SCORE, scores[math.ceil(len(scores) / 10) - 1]) if scores else 0
    return [
        {
            **s,
            "tags": [t for t in s["tags"] if t != "golden"]
            + ["golden"] * (s["score"] >= bar),
        }
        for s in signals
    ]


def new_york(hour, minute):
    local = dt.datetime(2026, 9, 16, hour, minute, tzinfo=dt.UTC) + dt.timedelta(hours=4)
    return local.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_day_has_signals_of_every_sort(day):
    """Otherwise the filters below would be tested on nothing."""
    assert len(day.signals) > 100
    assert {s["structure"] for s in day.signals} == {"sweep", "block"}
    assert {s["intent"] for s in day.signals} == {"bullish", "bearish", "neutral"}
    assert any("golden" in s["tags"] for s in day.signals)
    assert gilded(day.signals) == day.signals


def test_best_first_and_parts_sum(day):
    keys = [(-s["score"], -s["premium"]) for s in day.signals]
    assert keys == sorted(keys)
    assert all(sum(s["score_breakdown"].values()) == s["score"] for s in day.signals)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--min-score", 60], lambda s: s["score"] >= 60),
        (["--structure", "sweep"], lambda s: s["structure"] == "sweep"),
        (["--structure", "block"], lambda s: s["structure"] == "block"),
        (["--intent", "bearish"], lambda s: s["intent"] == "bearish"),
        (["--symbol", "nvda"], lambda s: s["symbol"] == "NVDA"),
        (["--symbol", "^spxw"], lambda s: s["symbol"] == "SPX"),
        (["-s", "SPY", "-s", "qqq"], lambda s: s["symbol"] in {"SPY", "QQQ"}),
        (
            ["--intent", "bullish", "--structure", "sweep", "--min-score", 50],
            lambda s: (
                (s["intent"], s["structure"]) == ("bullish", "sweep") and s["score"] >= 50
            ),
        ),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_filters_keep_what_they_name_and_golden_is_decided_among_it(
    run, day, arguments, wanted
):
    expected = [s for s in day.signals if wanted(s)]
    assert 0 < len(expected) < len(day.signals)
    assert answer(run, day, *arguments) == gilded(expected)


@pytest.mark.parametrize("limit", [1, 7])
def test_limit_keeps_the_best(run, day, limit):
    assert answer(run, day, "--limit", limit) == gilded(day.signals[:limit])


def test_from_limits_the_output_only(run, day):
    start = new_york(12, 0)
    expected = gilded([s for s in day.signals if s["ts"] >= start])
    assert 0 < len(expected) < len(day.signals)
    assert answer(run, day, "--from", start) == expected


def test_to_ends_the_tape(run, day, tmp_path):
    """The same as a replay of a tape that ends there."""
    end = new_york(12, 0)
    table = pq.read_table(day.tape)
    end_ns = int(dt.datetime.fromisoformat(end).timestamp()) * 1_000_000_000
    short = tmp_path / "short.parquet"
    pq.write_table(
        table.filter(pc.less_equal(table["ts_event"].cast("int64"), end_ns)), short
    )
    found = answer(run, day, "--to", end)
    assert found == answer(run, day._replace(tape=short))
    assert 0 < len(found) < len(day.signals)


@pytest.mark.parametrize("option", ["--from", "--to"])
@pytest.mark.parametrize(
    "spelled", ["12:00", "12:00:00.000", "2026-09-16T12:00", "2026-09-16 12:00:00-04:00"]
)
def test_a_time_may_be_spelled_in_several_ways(run, day, option, spelled):
    assert answer(run, day, option, spelled) == answer(run, day, option, new_york(12, 0))


def test_clock_times_on_a_tape_in_no_order(run, day, tmp_path):
    """The date is that of the first print in time, not in the file."""
    table = pq.read_table(day.tape)
    shuffled = tmp_path / "shuffled.parquet"
    pq.write_table(table.take(list(range(table.num_rows - 1, -1, -1))), shuffled)
    asked = ("--from", "11:00", "--to", "12:00")
    assert answer(run, day._replace(tape=shuffled), *asked) == answer(run, day, *asked)


def test_ndjson_lines_are_the_struct(run, day):
    result = run("replay", day.tape, "--oi", day.oi, "--format", "ndjson")
    lines = result.stdout.splitlines()
    again = [msgspec.json.encode(msgspec.json.decode(line, type=Signal)) for line in lines]
    assert again == [line.encode() for line in lines]


def test_json_is_one_document_with_the_same_signals(run, day):
    result = run("replay", day.tape, "--oi", day.oi, "--format", "json")
    document = json.loads(result.stdout)
    assert document["signals"] == day.signals
    assert document["summary"]["signals"] == len(day.signals)
    assert document["summary"]["prints"] == 6000


def test_csv_is_the_same_flattened(run, day):
    result = run("replay", day.tape, "--oi", day.oi, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert rows == [flat(signal) for signal in day.signals]


def flat(value, name=""):
    if not isinstance(value, dict):
        text = ";".join(value) if isinstance(value, list) else value
        return {name: "" if text is None else str(text)}
    flattened = {}
    for key, inner in value.items():
        flattened |= flat(inner, f"{name}.{key}" if name else key)
    return flattened


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "table"])
def test_no_signals_is_no_error(run, day, form):
    result = run("replay", day.tape, "--symbol", "NOPE", "--format", form)
    assert result.exit_code == 0, result.output
    found = {
        "csv": [",".join(column.title for column in flattened(Signal))],
        "json": None,
        "ndjson": [],
        "table": ["score time symbol expiry strike premium"],
    }[form]
    if found is None:
        assert json.loads(result.stdout)["signals"] == []
    else:
        assert [" ".join(line.split()) for line in result.stdout.splitlines()] == found


def test_out_writes_parquet_and_prints_no_signals(run, day, tmp_path):
    out = tmp_path / "signals.parquet"
    result = run("replay", day.tape, "--oi", day.oi, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    rows = pq.read_table(out).to_pylist()
    assert [row["id"] for row in rows] == [s["id"] for s in day.signals]
    assert [row["score"] for row in rows] == [s["score"] for s in day.signals]
    assert list(tmp_path.iterdir()) == [out]


def test_out_and_a_format_do_both(run, day, tmp_path):
    out = tmp_path / "signals.parquet"
    result = run(
        "replay", day.tape, "--oi", day.oi, "--out", out, "--format", "ndjson", "-n", 3
    )
    assert len(result.stdout.splitlines()) == 3
    assert pq.read_metadata(out).num_rows == 3


def test_quiet_says_nothing_but_the_answer(run, day):
    result = run("replay", day.tape, "--quiet", "--limit", 2)
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 3


def test_the_summary_points_on_to_the_evidence(run, day):
    result = run("replay", day.tape, "--oi", day.oi, "--to", "15:00", "--limit", 1)
    shown = next(line for line in result.stderr.splitlines() if line.startswith("explain"))
    words = shown.split()[2:]
    again = run(*words)
    assert again.exit_code == 0, again.output
    assert words[2] in again.stdout


def test_several_files_are_one_tape(run, day, tmp_path):
    """Halves in the wrong order give what the whole gives."""
    table = pq.read_table(day.tape)
    half = table.num_rows // 2
    early, late = tmp_path / "early.parquet", tmp_path / "late.parquet"
    pq.write_table(table.slice(0, half), early)
    pq.write_table(table.slice(half), late)
    result = run("replay", late, early, "--oi", day.oi, "--format", "ndjson", "--quiet")
    assert [json.loads(line) for line in result.stdout.splitlines()] == day.signals


def test_settings_change_the_answer(run, day, tmp_path):
    config = tmp_path / "opentape.toml"
    config.write_text("[flow.gather]\nblock_min_contracts = 1000\n")
    found = answer(run, day, "--config", config)
    assert found
    assert all(s["size"] >= 1000 for s in found)


def test_many_unknown_conditions_are_not_all_listed():
    """Ten codes are shown, each cut, and the rest counted."""
    codes = {f"{'Q' * 40}{number}": 1 for number in range(1_500)}
    line = listed(codes)
    assert line.count("Q" * 12) == 10
    assert "Q" * 13 not in line
    assert line.endswith("and 1,490 more")
