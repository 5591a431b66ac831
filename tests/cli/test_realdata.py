"""A recorded morning of VIX options: the command agrees with the naive twin."""

import json
from pathlib import Path

import pytest

import naive

TAPE = (
    Path(__file__).resolve().parents[3]
    / "shared"
    / "data"
    / "trades"
    / "cboe"
    / "UnderlyingOptionsTrades_2016-06-01_morning.csv"
)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not TAPE.exists(), reason="needs ../shared/data, recorded vendor files"
    ),
]


def without_id(signals):
    return [{key: value for key, value in s.items() if key != "id"} for s in signals]


@pytest.mark.parametrize("end", [None, "10:30"])
def test_ndjson_agrees_with_the_naive_twin(run, end):
    ended = [] if end is None else ["--to", end]
    result = run("replay", TAPE, "--format", "ndjson", *ended)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    # 10:30 in New York on the first of June 2016
    to_ns = None if end is None else 1_464_791_400_000_000_000
    expected = naive.signals(naive.read_cboe(TAPE), to_ns=to_ns)
    assert len(expected) > 50
    assert without_id(found) == without_id(expected)


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_the_table_prints(run, columns):
    result = run("replay", TAPE, columns=columns)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) > 50
    assert max(map(len, lines)) <= columns
    assert "1,067 rows read" in result.stderr


def test_every_signal_can_be_explained(run):
    shown = run("replay", TAPE, "--format", "ndjson", "-q").stdout.splitlines()
    for line in shown[::20]:
        signal = json.loads(line)
        result = run("explain", TAPE, signal["id"], "--format", "json", "-q")
        evidence = json.loads(result.stdout)
        assert sum(part["points"] for part in evidence["parts"]) == signal["score"]
        assert sum(p["size"] for p in evidence["prints"]) == signal["size"]
