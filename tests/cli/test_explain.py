"""`opentape explain`: prints and arithmetic that add up to what replay said."""

import json

import pytest


def explained(run, day, signal_id, *arguments):
    result = run(
        "explain", day.tape, signal_id, "--oi", day.oi, "--format", "json", *arguments
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def without_golden(signal):
    return {**signal, "tags": [tag for tag in signal["tags"] if tag != "golden"]}


def test_it_adds_up_on_signals_of_every_sort(run, day):
    for signal in day.signals[:: len(day.signals) // 25]:
        evidence = explained(run, day, signal["id"])
        assert without_golden(evidence["signal"]) == without_golden(signal)
        assert_prints_make(signal, evidence["prints"])
        assert_parts_sum(signal["score_breakdown"], signal["score"], evidence["parts"])
        radar = signal["radar"]
        assert_parts_sum(radar["scoreParts"], radar["score"], evidence["radar_parts"])
        assert evidence["contract"]["estimate"] == signal["contract_net_oi_delta"]
        assert evidence["contract"]["bias"] == signal["open_close_bias"]


def assert_prints_make(signal, prints):
    assert len(prints) == signal["legs"]
    assert sum(p["size"] for p in prints) == signal["size"]
    premium = sum(p["price"] * p["size"] * 100 for p in prints)
    assert premium == pytest.approx(signal["premium"], abs=0.01)
    assert {p["venue"] for p in prints} == set(signal["venues"])
    assert {p["side"] for p in prints} == {signal["side"]}
    assert prints[0]["ts"] == signal["ts"]


def assert_parts_sum(points, score, lines):
    assert {line["name"]: line["points"] for line in lines} == points
    assert sum(line["points"] for line in lines) == score
    for line in lines:
        assert line["exact"] == pytest.approx(line["weight"] * line["share"])
        assert abs(line["exact"] - line["points"]) < 1
        assert line["formula"]


def test_places_lead_to_the_prints(run, tmp_path):
    tape = tmp_path / "tape.csv"
    tape.write_text(
        "ts_event,symbol,price,size,bid,ask,venue\n"
        "2026-05-21T14:30:00.0Z,SPY260529C00650000,1.50,80,1.40,1.50,C\n"
        "2026-05-21T14:30:00.1Z,QQQ260529C00650000,1.50,80,1.40,1.50,C\n"
        "2026-05-21T14:30:00.2Z,SPY260529C00650000,1.60,70,1.40,1.50,X\n"
    )
    shown = run("replay", tape, "--format", "ndjson", "-q").stdout
    signal_id = json.loads(shown)["id"]
    result = run("explain", tape, signal_id)
    assert result.exit_code == 0
    for place in (f"{tape}:2", f"{tape}:4"):
        assert place in result.stdout
    assert f"{tape}:3" not in result.stdout


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_drawn_it_says_the_same(run, day, columns):
    signal = day.signals[0]
    result = run("explain", day.tape, signal["id"], "--oi", day.oi, columns=columns)
    assert result.exit_code == 0
    drawn = result.stdout
    assert signal["id"] in drawn
    assert f"{signal['score']} {signal['conviction']}" in drawn
    for section in ("prints", "contract", "score", "radar"):
        assert f"\n{section}\n" in drawn
    for part, points in signal["score_breakdown"].items():
        assert any(line.split()[:2] == [part, str(points)] for line in drawn.splitlines())
    assert f"{signal['size']:,} contracts" in drawn
    assert max(len(line.rstrip()) for line in drawn.splitlines()) <= columns


def test_the_moment_matters(run, day):
    """The same id, judged when the tape is ended early."""
    early = run(
        "replay", day.tape, "--oi", day.oi, "--format", "ndjson", "--to", "11:00", "-q"
    )
    signals = [json.loads(line) for line in early.stdout.splitlines()]
    for signal in signals[:: max(1, len(signals) // 8)]:
        evidence = explained(run, day, signal["id"], "--to", "11:00")
        assert without_golden(evidence["signal"]) == without_golden(signal)
